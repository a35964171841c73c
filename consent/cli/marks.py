"""`consent receipts hold|restrict|object`: place, lift and list privacy marks on receipts."""

import datetime
import time
from typing import Any

import click

from consent.cli.common import (
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

WORDS = {"hold": "legal hold", "restriction": "restriction", "objection": "objection"}
WITH_A = {"hold": "a legal hold", "restriction": "a restriction", "objection": "an objection"}
reason = click.option("--reason", type=Reason(), help="Reason; it is stored and must not name anyone.")


DATE = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.argument("key")
@subject_options
@click.option(
    "--period", nargs=2, type=DATE, metavar="FIRST LAST", help="Select all receipts of this period (UTC dates)."
)
@reason
@click.option("--lift", is_flag=True, help="End the hold.")
@as_json
def hold(key: str, as_json: bool, **options: Any) -> None:
    """Place a legal hold on receipts, which protects them from prune and erase. Without options, list the holds."""
    _run("hold", key, as_json, **options)


@click.command()
@click.argument("key")
@subject_options
@reason
@click.option("--lift", is_flag=True, help="End the restriction.")
@as_json
def restrict(key: str, as_json: bool, **options: Any) -> None:
    """Keep receipts but don't use them (GDPR art. 18). Without options, list the restrictions."""
    _run("restriction", key, as_json, **options)


@click.command("object")
@click.argument("key")
@subject_options
@reason
@click.option("--lift", is_flag=True, help="Withdraw the objection.")
@as_json
def objection(key: str, as_json: bool, **options: Any) -> None:
    """Record a visitor's objection (GDPR art. 21): the receipts are no longer used.

    Without options, list the objections.
    """
    _run("objection", key, as_json, **options)


def _run(kind: str, key: str, as_json: bool, reason: str | None, lift: bool, **options: Any) -> None:
    settings = settings_or_exit()
    with open_engine(settings) as engine, engine.begin() as connection:
        site = find_site(connection, key, may_be_deleted=True)
        if not (any(options.values()) or reason or lift):
            sentence, facts = _listed(connection, site, kind)
        else:
            act = _lift if lift else _put
            sentence, facts = act(connection, author(settings), site, kind, _subject(**options), reason)
    print_result(sentence, facts, as_json=as_json)


def _subject(receipt: str | None, visitor: str | None, period: Any = None) -> Any:
    from consent.storage.privacy import marks

    if period is None:
        return subject_of(receipt, visitor)
    if receipt or visitor:
        raise click.UsageError("Specify exactly one of --receipt, --visitor and --period.")
    first, last = (moment.date() for moment in period)
    if last < first:
        raise click.UsageError("The period ends before it begins.")
    return marks.period(first, last)


def _put(connection: Any, who: Any, site: Any, kind: str, subject: Any, reason: str | None) -> tuple[str, Any]:
    from consent.privacy.marks_service import DuplicateMarkError, Marking, put_mark
    from consent.storage.selection.subjects import UnknownSubjectError

    if not reason:
        raise click.UsageError("Specify a reason with --reason.")
    try:
        number = put_mark(connection, who, site, Marking(kind, subject), reason, int(time.time()))
    except UnknownSubjectError:
        raise click.ClickException(f"{site.key} has {subject.unknown}.") from None
    except DuplicateMarkError:
        raise click.ClickException(f"That {subject.kind} already has a {WORDS[kind]}.") from None
    facts = {"kind": kind, subject.kind: subject.id, "receipts": number}
    what = f"the receipts from {subject.id.replace('/', ' to ')}" if subject.kind == "period" else None
    return f"Placed {WITH_A[kind]} on {what or pluralize(number, 'receipt')} of {site.key}.", facts


def _lift(connection: Any, who: Any, site: Any, kind: str, subject: Any, reason: str | None) -> tuple[str, Any]:
    from consent.privacy.marks_service import Marking, UnknownMarkError, lift_mark

    try:
        lift_mark(connection, who, site, Marking(kind, subject), int(time.time()))
    except UnknownMarkError:
        raise click.ClickException(f"There is no {WORDS[kind]} on that {subject.kind}.") from None
    return f"Lifted the {WORDS[kind]} on that {subject.kind}.", {"kind": kind, subject.kind: subject.id}


def _listed(connection: Any, site: Any, kind: str) -> tuple[str, Any]:
    from consent.storage.privacy import marks

    marked = marks.every(connection, site.id, kind)
    number = len(marks.marked(connection, site.id, kind))
    spans = [mark.subject.replace("/", " to ") for mark in marked if mark.subject_kind == "period"]
    lines = [f"{_day(mark.time)}  {mark.subject_kind} {mark.subject}  {mark.reason}" for mark in marked]
    count = f"{pluralize(len(marked), WORDS[kind])} on {pluralize(number, 'receipt')} of {site.key}."
    count += f" All receipts of these periods are on hold: {', '.join(spans)}." if spans else ""
    facts = [{"time": _day(mark.time), mark.subject_kind: mark.subject, "reason": mark.reason} for mark in marked]
    return "\n".join([*lines, count]), facts


def _day(moment: int) -> str:
    return datetime.datetime.fromtimestamp(moment, datetime.UTC).date().isoformat()
