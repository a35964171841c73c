"""`consent receipts replay-erasures`, which a restore runs too: repeat erasures, and purge what they left."""

import contextlib
import time
from collections.abc import Iterator
from typing import Any

import click

from consent.cli.common import BY, as_json, open_engine, pluralize, print_result, settings_or_exit

PROGRESS_SECONDS = 2.0


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

    eraser = eraser_of(engine, settings)
    subjects = SubjectAccounts(engine, SubjectKeyring(settings.instance / "keys", engine))
    try:
        done = sum_with_progress(eraser.replay(by=BY), None)
        accounts = AccountEraser(engine, eraser, subjects, settings.instance).replay(by=BY)
    except ErasureListError as error:
        raise click.ClickException(f"{error}; everything before it was erased.") from None
    except (SubjectKeysMissingError, KeyFileError) as error:
        raise click.ClickException(f"{error}. Everything else was erased.{purge(engine, settings)}") from None
    return done, accounts, purge(engine, settings)


def eraser_of(engine: Any, settings: Any) -> Any:
    """Return the eraser of an instance."""
    from consent.delivery.services import build_announcer
    from consent.privacy.eraser import Eraser
    from consent.signing.keys import load_keys

    keys = load_keys(settings.instance / "keys", settings.signing_keys)
    return Eraser(engine, keys.receipt, settings.instance, announcer=build_announcer(engine, keys.secret))


def purge(engine: Any, settings: Any) -> str:
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


def sum_with_progress(steps: Iterator[int], wanted: int | None) -> int:
    """Return the sum of `steps`; print a line on standard error every two seconds."""
    done, reported_at = 0, time.monotonic()
    for number in steps:
        done += number
        if time.monotonic() - reported_at > PROGRESS_SECONDS:
            click.echo(f"{done} receipts so far" + (f" of {wanted}" if wanted else ""), err=True)
            reported_at = time.monotonic()
    return done
