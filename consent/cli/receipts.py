"""`consent receipts erase|prune|replay-erasures` and `consent site retention`."""

import contextlib
import sys
import time
from collections.abc import Iterator
from typing import Any

import click

from consent.cli.common import (
    BY,
    Reason,
    as_json,
    author,
    find_site,
    open_engine,
    pluralize,
    print_result,
    settings_or_exit,
    subject_of,
    subject_options,
)
from consent.core.days import DAY_SECONDS, date_of
from consent.core.groups import AGE_BANDS

PROGRESS_SECONDS = 2.0


def _eraser(engine: Any, settings: Any) -> Any:
    from consent.delivery.services import build_announcer
    from consent.privacy.eraser import Eraser
    from consent.signing.keys import load_keys

    keys = load_keys(settings.instance / "keys", settings.signing_keys)
    return Eraser(engine, keys.receipt, settings.instance, announcer=build_announcer(engine, keys.secret))


def clear(engine: Any, settings: Any) -> str:
    """Purge erased receipts from exports and the database files, and return the sentences to report."""
    from consent.archive.forget_erased import forget_erased
    from consent.archive.month_lock import MonthMoveError
    from consent.exports.services import sweep_exports
    from consent.storage.archive import detached_months
    from consent.storage.maintenance.purge_erased_pages import purge_erased_pages

    sweep_exports(engine, settings.instance)
    # If months are being moved, the service does this within the hour.
    with contextlib.suppress(MonthMoveError):
        forget_erased(engine, settings.instance)
    note = "" if purge_erased_pages(engine) else " The database is busy; the service purges its files within the hour."
    with engine.connect() as connection:
        owed = [month for month in detached_months.months(connection, None) if month.pending_erasures]
    files = ", ".join(month.file for month in owed)
    return f"{note} Files that still contain erased receipts: {files}; see `consent months forget`." if owed else note


@click.command()
@click.argument("key")
@subject_options
@click.option(
    "--age-band", type=click.Choice(tuple(AGE_BANDS)), help="Select all receipts of visitors in this age band."
)
@click.option("--level", type=click.Choice(["unlink", "full"]), default="unlink", show_default=True)
@click.option(
    "--reason", type=Reason(), metavar="TEXT", required=True, help="Reason; it is stored and must not name anyone."
)
@as_json
def erase(
    key: str,
    receipt: str | None,
    visitor: str | None,
    age_band: str | None,
    level: str,
    reason: str,
    as_json: bool,
) -> None:
    """Erase the personal part of receipts, or with --level full also the signed part."""
    from consent.privacy.eraser import LegalHoldError
    from consent.storage.selection.subjects import UnknownSubjectError

    if age_band:
        if receipt or visitor:
            raise click.UsageError("Specify --age-band without --receipt and --visitor.")
        _erase_age_band(key, age_band, level, reason, as_json=as_json)
        return
    subject, settings = subject_of(receipt, visitor), settings_or_exit()
    with open_engine(settings) as engine:
        with engine.connect() as connection:
            site = find_site(connection, key, may_be_deleted=True)
        try:
            done = _eraser(engine, settings).erase(site, subject, level, reason=reason, by=BY)
        except UnknownSubjectError:
            raise click.ClickException(f"{key} has {subject.unknown}.") from None
        except LegalHoldError as error:
            raise click.ClickException(f"{error}; nothing was erased. See `consent receipts hold {key}`.") from None
        busy = clear(engine, settings)
    what = "the personal part of " if level == "unlink" else ""
    stay = "stays" if done.others == 1 else "stay"
    others = f" {pluralize(done.others, 'other receipt')} of the same visitor {stay}." if done.others else ""
    facts = {"level": level, "receipts": done.receipts, "others": done.others}
    print_result(f"Erased {what}{pluralize(done.receipts, 'receipt')} of {key}.{others}{busy}", facts, as_json=as_json)


def _erase_age_band(key: str, band: str, level: str, reason: str, *, as_json: bool) -> None:
    settings = settings_or_exit()
    with open_engine(settings) as engine:
        with engine.connect() as connection:
            site = find_site(connection, key, may_be_deleted=True)
        done = _eraser(engine, settings).erase_age_band(site, band, level, reason=reason, by=BY, limit=sys.maxsize)
        busy = clear(engine, settings)
    what = "the personal part of " if level == "unlink" else ""
    stay = "stays" if done.others == 1 else "stay"
    held = f" {pluralize(done.others, 'receipt')} of that age band {stay} under a legal hold."
    facts = {"level": level, "receipts": done.receipts, "others": done.others}
    sentence = f"Erased {what}{pluralize(done.receipts, 'receipt')} of {key}.{held if done.others else ''}{busy}"
    print_result(sentence, facts, as_json=as_json)


@click.command()
@click.argument("key")
@click.option("--dry-run", is_flag=True, help="Only show what would be erased.")
@as_json
def prune(key: str, dry_run: bool, as_json: bool) -> None:
    """Erase in full the receipts whose retention period, set by the site, has ended."""
    from consent.storage.privacy import retention

    settings = settings_or_exit()
    with open_engine(settings) as engine:
        with engine.connect() as connection:
            site = find_site(connection, key, may_be_deleted=True)
            due = retention.preview(connection, site.id, int(time.time()))
            months = retention.months_of(connection, site.id)
        done = 0 if dry_run else _sum_with_progress(_prune_and_record(engine, settings, site, due.exempt), due.receipts)
        busy = "" if dry_run else clear(engine, settings)
    verb, number = ("Would erase", due.receipts) if dry_run else ("Erased", done)
    span = f", made from {_day(due.oldest)} to {_day(due.newest)}" if due.oldest else ""
    exempt = f" {pluralize(due.exempt, 'other')} would be due but kept: on hold or restricted." if due.exempt else ""
    sentence = (
        f"{verb} {pluralize(number, 'receipt')} of {key} that ended more than {months} months ago{span}.{exempt}{busy}"
    )
    facts: dict[str, Any] = {"receipts": number, "exempt": due.exempt, "months": months, "dry_run": dry_run}
    facts |= {"oldest": _day(due.oldest), "newest": _day(due.newest)}
    print_result(sentence, facts, as_json=as_json)


def _prune_and_record(engine: Any, settings: Any, site: Any, exempt: int) -> Iterator[int]:
    """Prune, and record the run for the dashboard."""
    from consent.storage.privacy import retention_runs

    with engine.begin() as connection:
        run = retention_runs.start(connection, site.id, BY, int(time.time()))
    for count in _eraser(engine, settings).prune(site, by=BY):
        with engine.begin() as connection:
            retention_runs.add_progress(connection, run, count, int(time.time()))
        yield count
    with engine.begin() as connection:
        retention_runs.finish(connection, run, exempt, int(time.time()))


@click.command("replay-erasures")
@as_json
def replay_erasures(as_json: bool) -> None:
    """After a restore, repeat the erasures on the lists in the instance folder."""
    settings = settings_or_exit()
    with open_engine(settings) as engine:
        receipts, accounts, busy = replay(engine, settings)
    facts = {"receipts": receipts, "accounts": accounts}
    print_result(f"Erased {erased_text(receipts, accounts)} again.{busy}", facts, as_json=as_json)


def erased_text(receipts: int, accounts: int) -> str:
    """Return what a replay erased, in words."""
    return pluralize(receipts, "receipt") + (f" and {pluralize(accounts, 'account')}" if accounts else "")


def replay(engine: Any, settings: Any) -> tuple[int, int, str]:
    """Replay the erasure lists; return how many receipts and accounts were erased, and the sentences to report."""
    from consent.privacy.account_eraser import AccountEraser
    from consent.signing.keys import KeyFileError
    from consent.storage.privacy.erasure_list import ErasureListError
    from consent.subjects.accounts import SubjectAccounts
    from consent.subjects.keyring import SubjectKeyring, SubjectKeysMissingError

    eraser = _eraser(engine, settings)
    subjects = SubjectAccounts(engine, SubjectKeyring(settings.instance / "keys", engine))
    try:
        done = _sum_with_progress(eraser.replay(by=BY), None)
        accounts = AccountEraser(engine, eraser, subjects, settings.instance).replay(by=BY)
    except ErasureListError as error:
        raise click.ClickException(f"{error}; everything before it was erased.") from None
    except (SubjectKeysMissingError, KeyFileError) as error:
        raise click.ClickException(f"{error}. Everything else was erased.{clear(engine, settings)}") from None
    return done, accounts, clear(engine, settings)


@click.command()
@click.argument("key")
@click.argument("months", type=click.IntRange(1, 600), required=False)
@click.option("--by-itself/--not-by-itself", default=None, help="Whether the service prunes the site's receipts daily.")
@click.option(
    "--account-months",
    type=click.IntRange(0, 600),
    help="Months without a visit after which an account is deleted: 13 or more, or 0 for never.",
)
@as_json
def retention(key: str, months: int | None, by_itself: bool | None, account_months: int | None, as_json: bool) -> None:
    """Show or set how many MONTHS after expiry or withdrawal a site keeps its receipts."""
    from consent.privacy.retention_policy import retention_of, set_retention

    settings = settings_or_exit()
    with open_engine(settings) as engine, engine.begin() as connection:
        site = find_site(connection, key, may_be_deleted=True)
        policy = retention_of(connection, site.id)
        asked: dict[str, Any] = {"months": months, "prunes_itself": by_itself, "account_months": account_months}
        if changes := {name: value for name, value in asked.items() if value is not None}:
            policy = policy._replace(**changes)
            if not policy.account_months:
                policy = policy._replace(account_months=None)
            try:
                set_retention(connection, author(settings), site, policy, int(time.time()))
            except ValueError as error:
                raise click.ClickException(f"{str(error).capitalize()}.") from None
    how = " The service erases older receipts daily." if policy.prunes_itself else ""
    if policy.account_months:
        how += f" It deletes accounts without a visit for {pluralize(policy.account_months, 'month')}."
    print_result(
        f"{key} keeps receipts for {pluralize(policy.months, 'month')} after expiry or withdrawal.{how}",
        policy._asdict(),
        as_json=as_json,
    )


def _sum_with_progress(steps: Iterator[int], wanted: int | None) -> int:
    """Return the sum of `steps`; print a line on standard error every two seconds."""
    done, reported_at = 0, time.monotonic()
    for number in steps:
        done += number
        if time.monotonic() - reported_at > PROGRESS_SECONDS:
            click.echo(f"{done} receipts so far" + (f" of {wanted}" if wanted else ""), err=True)
            reported_at = time.monotonic()
    return done


def _day(moment: int | None) -> str | None:
    return None if moment is None else date_of(moment // DAY_SECONDS).isoformat()
