"""Alarms that last and that are over, and what is still to be told: each beginning, addition and end once."""

import json
from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import ColumnElement, Row, delete, func, select, text, update

from consent.storage.alarm_models import Alarm, PastAlarm
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


class Wrong(NamedTuple):
    """What is wrong, in a sentence; `things` are the names of what it tells of, where one more of them is news."""

    sentence: str
    things: frozenset[str] = frozenset()


class Past(NamedTuple):
    """One alarm that is over, times in unix seconds."""

    site_id: int
    kind: str
    since: int
    ended_at: int
    sentence: str


KEPT_S = 400 * 86400
"""How long what is over can be read."""
_COLUMNS = [getattr(Alarm, name) for name in Open._fields]
_BEGIN = text(
    "INSERT INTO alarm (site_id, kind, since, sentence, things, told)"
    " VALUES (:site_id, :kind, :now, :sentence, :things, false) ON CONFLICT (site_id, kind) DO UPDATE SET"
    " sentence = excluded.sentence, things = excluded.things, ended_at = NULL, told = alarm.told AND NOT :is_more"
)
"""An alarm that comes back before its end was told goes on; one that tells of more than before is told again."""
_KEEP_PAST = text(
    "INSERT INTO past_alarm (site_id, kind, since, ended_at, sentence)"
    " VALUES (:site_id, :kind, :since, :ended_at, :sentence)"
    " ON CONFLICT (site_id, kind, since) DO UPDATE SET ended_at = excluded.ended_at, sentence = excluded.sentence"
)


def keep(transaction: Transaction, found: Mapping[tuple[int, str], Wrong], now: int) -> None:
    """Note what is wrong now, by site and kind, and that everything else is over."""
    query = select(Alarm.site_id, Alarm.kind, Alarm.things)
    before = {(row.site_id, row.kind): row for row in transaction.execute(query)}
    rows = [
        {
            "site_id": site_id,
            "kind": kind,
            "sentence": wrong.sentence,
            "things": json.dumps(sorted(wrong.things)),
            "is_more": _is_more(wrong, before.get((site_id, kind))),
            "now": now,
        }
        for (site_id, kind), wrong in sorted(found.items())
    ]
    if rows:
        transaction.execute(_BEGIN, rows)
    transaction.execute(delete(PastAlarm).where(PastAlarm.ended_at < now - KEPT_S))
    for site_id, kind in before.keys() - found.keys():
        transaction.execute(update(Alarm).where(*_is(site_id, kind), Alarm.ended_at.is_(None)).values(ended_at=now))


def present(transaction: Transaction, site_id: int | None = None) -> list[Open]:
    """Return the alarms that last, oldest first: those of a site and of the instance, or all."""
    query = select(*_COLUMNS).where(Alarm.ended_at.is_(None)).order_by(Alarm.since, Alarm.site_id, Alarm.kind)
    if site_id is not None:
        query = query.where(Alarm.site_id.in_((site_id, INSTANCE)))
    return [Open(*row) for row in transaction.execute(query)]


def past(transaction: Transaction, site_id: int, limit: int) -> list[Past]:
    """Return the newest alarms that are over, of a site and of the instance."""
    query = select(*(getattr(PastAlarm, name) for name in Past._fields)).where(
        PastAlarm.site_id.in_((site_id, INSTANCE))
    )
    return [Past(*row) for row in transaction.execute(query.order_by(PastAlarm.ended_at.desc()).limit(limit))]


def last_begun(transaction: Transaction, site_id: int) -> dict[tuple[int, str], int]:
    """Return when the newest alarm that is over began, by site and kind: those of a site and of the instance."""
    mine = PastAlarm.site_id.in_((site_id, INSTANCE))
    query = select(PastAlarm.site_id, PastAlarm.kind, func.max(PastAlarm.since)).where(mine)
    rows = transaction.execute(query.group_by(PastAlarm.site_id, PastAlarm.kind))
    return {(found, kind): since for found, kind, since in rows}


def claim(transaction: Transaction) -> list[Open]:
    """Return what is to be told, and note that it is: no other node gets it too. What is over is kept as past.

    An alarm that ended before anybody was told of it is told to nobody.
    """
    begun = update(Alarm).where(Alarm.told.is_(False), Alarm.ended_at.is_(None)).values(told=True).returning(*_COLUMNS)
    found = [Open(*row) for row in transaction.execute(begun).all()]
    ended = delete(Alarm).where(Alarm.ended_at.is_not(None)).returning(*_COLUMNS, Alarm.told)
    over = [(Open(*row), told) for *row, told in transaction.execute(ended).all()]
    if over:
        transaction.execute(_KEEP_PAST, [one._asdict() for one, _ in over])
    return sorted([*(one for one, told in over if told), *found])


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


def _is_more(wrong: Wrong, before: Row[int, str, str | None] | None) -> bool:
    """Tell whether `wrong` tells of more than the alarm that was there before, as far as it is known of what that told."""
    return before is not None and before.things is not None and not wrong.things <= set(json.loads(before.things))


def _is(site_id: int, kind: str) -> tuple[ColumnElement[bool], ...]:
    return Alarm.site_id == site_id, Alarm.kind == kind
