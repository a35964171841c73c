"""Alarms that last and that are over, and what is still to be told: each beginning, addition and end once by each way."""

import json
from collections.abc import Collection, Mapping
from typing import NamedTuple

from sqlalchemy import ColumnElement, Row, delete, func, or_, select, text, update

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


class News(NamedTuple):
    """An alarm with who knows what of it: `news` counts what there was to tell, `knows` has how much a way was told."""

    one: Open
    news: int
    knows: dict[str, int]

    def untold(self, ways: Collection[str]) -> list[str]:
        """Return those of `ways` that are to be told: of an end only those that know of the beginning."""
        if self.one.ended_at is not None:
            return [way for way in ways if way in self.knows]
        return [way for way in ways if self.knows.get(way, -1) < self.news]


KEPT_S = 400 * 86400
"""How long what is over can be read."""
CLAIMED_S = 300
"""A node that has not told what it claimed so long ago has ended, or its clock was ahead: another one may tell it."""
_COLUMNS = [getattr(Alarm, name) for name in Open._fields]
_STATE = (Alarm.told, Alarm.news, Alarm.knows)
_BEGIN = text(
    "INSERT INTO alarm (site_id, kind, since, sentence, things, told)"
    " VALUES (:site_id, :kind, :now, :sentence, :things, false) ON CONFLICT (site_id, kind) DO UPDATE SET"
    " sentence = excluded.sentence, things = excluded.things, ended_at = NULL,"
    " since = CASE WHEN alarm.ended_at IS NULL THEN alarm.since ELSE excluded.since END,"
    " news = alarm.news + CASE WHEN :is_more OR alarm.ended_at IS NOT NULL THEN 1 ELSE 0 END,"
    " told = alarm.told AND NOT :is_more AND alarm.ended_at IS NULL"
)
"""One that tells of more than before is told again, and so is one that comes back before all were told of its end."""
_KEEP_PAST = text(
    "INSERT INTO past_alarm (site_id, kind, since, ended_at, sentence)"
    " SELECT site_id, kind, since, ended_at, sentence FROM alarm WHERE ended_at = :now"
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
    transaction.execute(_KEEP_PAST, {"now": now})


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


def claim(transaction: Transaction, ways: Collection[str], every_way: Collection[str], now: int) -> News | None:
    """Return one alarm that some of `ways` are to be told of, or None; no other node gets it meanwhile.

    `every_way` has also those that are not tried now. What is over, and of which none of them is left to be told, goes.
    """
    query = select(*_COLUMNS, *_STATE).order_by(Alarm.since, Alarm.site_id, Alarm.kind)
    for *fields, told, news, knows in transaction.execute(query).all():
        found = News(Open(*fields), news, _known(told, news, knows, every_way))
        mine = (
            *_same(found),
            or_(Alarm.claimed_at.is_(None), ~Alarm.claimed_at.between(now - CLAIMED_S, now + CLAIMED_S)),
        )
        if found.one.ended_at is not None and not found.untold(every_way):
            transaction.execute(delete(Alarm).where(*mine))
        elif found.untold(ways):
            claimed = update(Alarm).where(*mine).values(claimed_at=now).returning(Alarm.site_id)
            if transaction.execute(claimed).first():
                return found
    return None


def release(transaction: Transaction, found: News, reached: Collection[str]) -> None:
    """Note that the ways `reached` were told of what was claimed, and let others claim it."""
    if found.one.ended_at is None:
        knows = found.knows | dict.fromkeys(reached, found.news)
    else:
        knows = {way: news for way, news in found.knows.items() if way not in reached}
    values = {"knows": json.dumps(knows), "told": bool(knows), "claimed_at": None}
    transaction.execute(update(Alarm).where(*_is(found.one.site_id, found.one.kind)).values(values))


def _known(told: bool, news: int, knows: str | None, ways: Collection[str]) -> dict[str, int]:
    """Return who knows what; where only a node of an older version told somebody, that is everybody."""
    if knows is None:
        return dict.fromkeys(ways, news) if told else {}
    known: dict[str, int] = json.loads(knows)
    return known


def _same(found: News) -> tuple[ColumnElement[bool], ...]:
    is_as_seen = (Alarm.news == found.news, Alarm.ended_at.is_not_distinct_from(found.one.ended_at))
    return *_is(found.one.site_id, found.one.kind), *is_as_seen


def _is_more(wrong: Wrong, before: Row[int, str, str | None] | None) -> bool:
    """Tell whether `wrong` tells of more than the alarm that was there before, as far as it is known of what that told."""
    return before is not None and before.things is not None and not wrong.things <= set(json.loads(before.things))


def _is(site_id: int, kind: str) -> tuple[ColumnElement[bool], ...]:
    return Alarm.site_id == site_id, Alarm.kind == kind
