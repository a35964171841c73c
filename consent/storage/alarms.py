"""Alarms that are open, and what of them is still to be told: each beginning and each end once, whichever node sees it."""

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import ColumnElement, delete, select, text, update

from consent.storage.alarm_models import Alarm
from consent.storage.base import Transaction

INSTANCE = 0
"""In place of a site's id: what concerns the whole service."""


class Open(NamedTuple):
    """One alarm; `ended_at` is None while it lasts, times are unix seconds."""

    site_id: int
    kind: str
    since: int
    sentence: str
    ended_at: int | None


_COLUMNS = [getattr(Alarm, name) for name in Open._fields]
_BEGIN = text(
    "INSERT INTO alarm (site_id, kind, since, sentence, told) VALUES (:site_id, :kind, :now, :sentence, false)"
    " ON CONFLICT (site_id, kind) DO UPDATE SET sentence = excluded.sentence, ended_at = NULL"
)
"""An alarm that comes back before its end was told goes on."""


def keep(transaction: Transaction, wrong: Mapping[tuple[int, str], str], now: int) -> None:
    """Note what is wrong now, as sentences by site and kind, and that everything else is over."""
    rows = [{"site_id": site, "kind": kind, "sentence": wrong[site, kind], "now": now} for site, kind in sorted(wrong)]
    if rows:
        transaction.execute(_BEGIN, rows)
    for site_id, kind in transaction.execute(select(Alarm.site_id, Alarm.kind).where(Alarm.ended_at.is_(None))).all():
        if (site_id, kind) not in wrong:
            transaction.execute(update(Alarm).where(*_is(site_id, kind)).values(ended_at=now))


def present(transaction: Transaction, site_id: int | None = None) -> list[Open]:
    """Return the alarms that last, oldest first: those of a site and of the instance, or all."""
    query = select(*_COLUMNS).where(Alarm.ended_at.is_(None)).order_by(Alarm.since, Alarm.site_id, Alarm.kind)
    if site_id is not None:
        query = query.where(Alarm.site_id.in_((site_id, INSTANCE)))
    return [Open(*row) for row in transaction.execute(query)]


def claim(transaction: Transaction) -> list[Open]:
    """Return what is to be told, and note that it is: no other node gets it too.

    An alarm that ended before anybody was told of it is forgotten.
    """
    transaction.execute(delete(Alarm).where(Alarm.told.is_(False), Alarm.ended_at.is_not(None)))
    begun = update(Alarm).where(Alarm.told.is_(False)).values(told=True).returning(*_COLUMNS)
    ended = delete(Alarm).where(Alarm.told.is_(True), Alarm.ended_at.is_not(None)).returning(*_COLUMNS)
    found = [Open(*row) for statement in (ended, begun) for row in transaction.execute(statement).all()]
    return sorted(found)


def give_back(transaction: Transaction, one: Open) -> None:
    """Have `one`, which could not be told, told another time."""
    if one.ended_at is None:
        transaction.execute(update(Alarm).where(*_is(one.site_id, one.kind)).values(told=False))
    else:
        transaction.execute(
            text(
                "INSERT INTO alarm (site_id, kind, since, sentence, told, ended_at)"
                " VALUES (:site_id, :kind, :since, :sentence, true, :ended_at) ON CONFLICT (site_id, kind) DO NOTHING"
            ),
            one._asdict(),
        )


def _is(site_id: int, kind: str) -> tuple[ColumnElement[bool], ...]:
    return Alarm.site_id == site_id, Alarm.kind == kind
