"""`consent receipts erase|prune` and `consent site retention`."""

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
from consent.cli.replay_erasures import eraser_of, purge, sum_with_progress
from consent.core.days import DAY_SECONDS, date_of
from consent.core.groups import AGE_BANDS


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
            done = eraser_of(engine, settings).erase(site, subject, level, reason=reason, by=BY)
        except UnknownSubjectError:
            raise click.ClickException(f"{key} has {subject.unknown}.") from None
        except LegalHoldError as error:
            raise click.ClickException(f"{error}; nothing was erased. See `consent receipts hold {key}`.") from None
        busy = purge(engine, settings)
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
        done = eraser_of(engine, settings).erase_age_band(site, band, level, reason=reason, by=BY, limit=sys.maxsize)
        busy = purge(engine, settings)
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
        done = 0 if dry_run else sum_with_progress(_prune_and_record(engine, settings, site, due.exempt), due.receipts)
        busy = "" if dry_run else purge(engine, settings)
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
    for count in eraser_of(engine, settings).prune(site, by=BY):
        with engine.begin() as connection:
            retention_runs.add_progress(connection, run, count, int(time.time()))
        yield count
    with engine.begin() as connection:
        retention_runs.finish(connection, run, exempt, int(time.time()))


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


def _day(moment: int | None) -> str | None:
    return None if moment is None else date_of(moment // DAY_SECONDS).isoformat()
