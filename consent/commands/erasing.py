"""`consent receipts erase|prune|replay-erasures` and `consent site retention`."""

import contextlib
import time
from collections.abc import Iterator
from typing import Any

import click

from consent.commands.shared import BY, as_json, author, counted, find_site, open_engine, say, settings_here
from consent.commands.subject import Reason, of_subject, subject_of
from consent.core.days import date_of

PROGRESS_S = 2.0


def _eraser(engine: Any, settings: Any) -> Any:
    from consent.proof.erasing import Eraser
    from consent.proof.keys import load_keys

    return Eraser(engine, load_keys(settings.instance / "keys", settings.signing_keys).receipt, settings.instance)


def clear(engine: Any, settings: Any) -> str:
    """Clear the files of what was erased, and return what is left to be said of it."""
    from consent.months.forgetting import forget_erased
    from consent.months.turn import NotMoved
    from consent.storage import detached
    from consent.storage.remains import clear_remains

    # Where months are being moved the service does it, within the hour.
    with contextlib.suppress(NotMoved):
        forget_erased(engine, settings.instance)
    said = "" if clear_remains(engine) else " The database is busy: the service clears its files within the hour."
    with engine.connect() as connection:
        owed = [month for month in detached.months(connection, None) if month.owed]
    files = ", ".join(month.file for month in owed)
    return f"{said} Files that still hold what was erased: {files}; see `consent months forget`." if owed else said


@click.command()
@click.argument("key")
@of_subject
@click.option("--level", type=click.Choice(["unlink", "full"]), default="unlink", show_default=True)
@click.option("--reason", type=Reason(), metavar="TEXT", required=True, help="Why; kept in the database, name nobody.")
@as_json
def erase(key: str, receipt: str | None, visitor: str | None, level: str, reason: str, as_json: bool) -> None:
    """Delete the personal part of receipts, or with --level full the signed part too."""
    from consent.proof.erasing import OnHold
    from consent.storage.subjects import UnknownSubject

    subject, settings = subject_of(receipt, visitor), settings_here()
    with open_engine(settings) as engine:
        with engine.connect() as connection:
            site = find_site(connection, key)
        try:
            done = _eraser(engine, settings).erase(site, subject, level, reason=reason, by=BY)
        except UnknownSubject:
            raise click.ClickException(f"{key} has {subject.unknown}.") from None
        except OnHold as error:
            raise click.ClickException(f"{error}; nothing was erased. See `consent receipts hold {key}`.") from None
        busy = clear(engine, settings)
    what = "the personal part of " if level == "unlink" else ""
    stay = "stays" if done.others == 1 else "stay"
    others = f" {counted(done.others, 'other receipt')} of the same visitor {stay}." if done.others else ""
    facts = {"level": level, "receipts": done.receipts, "others": done.others}
    say(f"Erased {what}{counted(done.receipts, 'receipt')} of {key}.{others}{busy}", facts, as_json=as_json)


@click.command()
@click.argument("key")
@click.option("--dry-run", is_flag=True, help="Only tell what would be erased.")
@as_json
def prune(key: str, dry_run: bool, as_json: bool) -> None:
    """Erase in full the receipts that were kept for the time that the site sets."""
    from consent.storage import retention

    settings = settings_here()
    with open_engine(settings) as engine:
        with engine.connect() as connection:
            site = find_site(connection, key)
            due = retention.preview(connection, site.id, int(time.time()))
            months = retention.months_of(connection, site.id)
        done = 0 if dry_run else _progress(_told(engine, settings, site, due.exempt), due.receipts)
        busy = "" if dry_run else clear(engine, settings)
    verb, number = ("Would erase", due.receipts) if dry_run else ("Erased", done)
    span = f", made from {_day(due.oldest)} to {_day(due.newest)}" if due.oldest else ""
    exempt = f" {counted(due.exempt, 'other')} would be due and stay: held or restricted." if due.exempt else ""
    sentence = (
        f"{verb} {counted(number, 'receipt')} of {key} that ended more than {months} months ago{span}.{exempt}{busy}"
    )
    facts: dict[str, Any] = {"receipts": number, "exempt": due.exempt, "months": months, "dry_run": dry_run}
    facts |= {"oldest": _day(due.oldest), "newest": _day(due.newest)}
    say(sentence, facts, as_json=as_json)


def _told(engine: Any, settings: Any, site: Any, exempt: int) -> Iterator[int]:
    """Prune, and tell the job log of the dashboard of it."""
    from consent.storage import retention_runs

    with engine.begin() as connection:
        run = retention_runs.begin(connection, site.id, BY, int(time.time()))
    for count in _eraser(engine, settings).prune(site, by=BY):
        with engine.begin() as connection:
            retention_runs.tell(connection, run, count, int(time.time()))
        yield count
    with engine.begin() as connection:
        retention_runs.finish(connection, run, exempt, int(time.time()))


@click.command("replay-erasures")
@as_json
def replay_erasures(as_json: bool) -> None:
    """Erase again, after a restore, what the lists in the instance's folder name."""
    settings = settings_here()
    with open_engine(settings) as engine:
        done, busy = replay(engine, settings)
    say(f"Erased {counted(done, 'receipt')} again.{busy}", {"receipts": done}, as_json=as_json)


def replay(engine: Any, settings: Any) -> tuple[int, str]:
    """Do what `replay-erasures` says; return how many receipts that were and what is left to be said."""
    from consent.storage.erasure_list import DamagedList

    try:
        done = _progress(_eraser(engine, settings).replay(by=BY), None)
    except DamagedList as error:
        raise click.ClickException(f"{error}; what stands before it was erased.") from None
    return done, clear(engine, settings)


@click.command()
@click.argument("key")
@click.argument("months", type=click.IntRange(1, 600), required=False)
@click.option("--by-itself/--not-by-itself", default=None, help="Whether the service prunes the site once a day.")
@as_json
def retention(key: str, months: int | None, by_itself: bool | None, as_json: bool) -> None:
    """Tell or set for how many MONTHS after expiry or withdrawal a site keeps its receipts."""
    from consent.proof.retention import Keeping, keeping_of, set_keeping

    settings = settings_here()
    with open_engine(settings) as engine, engine.begin() as connection:
        site = find_site(connection, key)
        kept = keeping_of(connection, site.id)
        if months is not None or by_itself is not None:
            kept = Keeping(
                kept.months if months is None else months, kept.prunes_itself if by_itself is None else by_itself
            )
            set_keeping(connection, author(settings), site, kept, int(time.time()))
    how = " The service erases once a day what is older." if kept.prunes_itself else ""
    say(
        f"{key} keeps receipts for {counted(kept.months, 'month')} after expiry or withdrawal.{how}",
        kept._asdict(),
        as_json=as_json,
    )


def _progress(steps: Iterator[int], wanted: int | None) -> int:
    """Go through `steps` and return their sum, with a line on standard error every two seconds."""
    done, told = 0, time.monotonic()
    for number in steps:
        done += number
        if time.monotonic() - told > PROGRESS_S:
            click.echo(f"{done} receipts so far" + (f" of {wanted}" if wanted else ""), err=True)
            told = time.monotonic()
    return done


def _day(moment: int | None) -> str | None:
    return None if moment is None else date_of(moment // 86400).isoformat()
