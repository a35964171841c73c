"""`consent receipts hold|restrict`: marks that people set on receipts, lift and list."""

import datetime
import time
from typing import Any

import click

from consent.commands.shared import BY, as_json, author, counted, find_site, open_engine, say, settings_here
from consent.commands.subject import Reason, of_subject, subject_of

WORDS = {"hold": "legal hold", "restriction": "restriction"}
reason = click.option("--reason", type=Reason(), help="Why; it is kept in the database and should name nobody.")


@click.command()
@click.argument("key")
@of_subject
@reason
@click.option("--lift", is_flag=True, help="End the hold.")
@as_json
def hold(key: str, as_json: bool, **given: Any) -> None:
    """Put a legal hold on receipts: neither prune nor erase touches them. Alone it lists the holds."""
    _run("hold", key, **given, as_json=as_json)


@click.command()
@click.argument("key")
@of_subject
@reason
@click.option("--lift", is_flag=True, help="End the restriction.")
@as_json
def restrict(key: str, as_json: bool, **given: Any) -> None:
    """Keep receipts but leave them out of use (GDPR art. 18). Alone it lists the restrictions."""
    _run("restriction", key, **given, as_json=as_json)


def _run(
    kind: str, key: str, receipt: str | None, visitor: str | None, reason: str | None, lift: bool, as_json: bool
) -> None:
    settings = settings_here()
    with open_engine(settings) as engine, engine.begin() as connection:
        site = find_site(connection, key)
        if not (receipt or visitor or reason or lift):
            sentence, facts = _listed(connection, site, kind)
        elif lift:
            sentence, facts = _lifted(connection, site, kind, subject_of(receipt, visitor))
            _tell(connection, settings, site, f"{kind}.lifted", receipt)
        else:
            sentence, facts = _put(connection, site, kind, subject_of(receipt, visitor), reason)
            _tell(connection, settings, site, f"{kind}.put", receipt)
    say(sentence, facts, as_json=as_json)


def _tell(connection: Any, settings: Any, site: Any, action: str, receipt: str | None) -> None:
    """Tell the log, which cannot forget, that there was a mark, and nobody's id."""
    author(settings).tell(
        connection, site, action, "a receipt" if receipt else "a visitor", None, None, int(time.time())
    )


def _put(connection: Any, site: Any, kind: str, subject: Any, reason: str | None) -> tuple[str, Any]:
    from consent.storage import marks
    from consent.storage.subjects import UnknownSubject, ids_of

    if not reason:
        raise click.UsageError("Say why with --reason.")
    try:
        number = len(ids_of(connection, site.id, subject))
    except UnknownSubject:
        raise click.ClickException(f"{site.key} has no receipt of that {subject.kind}.") from None
    if not marks.put(connection, site.id, kind, subject, reason=reason, by=BY, now=int(time.time())):
        raise click.ClickException(f"There is a {WORDS[kind]} on that {subject.kind} already.")
    facts = {"kind": kind, subject.kind: subject.id, "receipts": number}
    return f"Put a {WORDS[kind]} on {counted(number, 'receipt')} of {site.key}.", facts


def _lifted(connection: Any, site: Any, kind: str, subject: Any) -> tuple[str, Any]:
    from consent.storage import marks

    if not marks.lift(connection, site.id, kind, subject):
        raise click.ClickException(f"There is no {WORDS[kind]} on that {subject.kind}.")
    return f"Lifted the {WORDS[kind]} on that {subject.kind}.", {"kind": kind, subject.kind: subject.id}


def _listed(connection: Any, site: Any, kind: str) -> tuple[str, Any]:
    from consent.storage import marks

    found = marks.every(connection, site.id, kind)
    number = len(marks.marked(connection, site.id, kind))
    lines = [f"{_day(mark.time)}  {mark.subject_kind} {mark.subject}  {mark.reason}" for mark in found]
    count = f"{counted(len(found), WORDS[kind])} on {counted(number, 'receipt')} of {site.key}."
    facts = [{"time": _day(mark.time), mark.subject_kind: mark.subject, "reason": mark.reason} for mark in found]
    return "\n".join([*lines, count]), facts


def _day(moment: int) -> str:
    return datetime.datetime.fromtimestamp(moment, datetime.UTC).date().isoformat()
