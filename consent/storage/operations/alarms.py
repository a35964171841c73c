"""Queries of active and past alarms, and of their pending notifications: each event once per channel."""

import json
from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

from sqlalchemy import ColumnElement, Row, delete, func, or_, select, text, update

from consent.storage.database.base import Transaction
from consent.storage.tables.operations import Alarm, PastAlarm

INSTANCE = 0
"""In place of a site's id: what concerns the whole service."""


class ActiveAlarm(NamedTuple):
    """One alarm; `ended_at` is None while it lasts, times are unix seconds."""

    site_id: int
    kind: str
    since: int
    sentence: str
    ended_at: int | None


class Problem(NamedTuple):
    """What is wrong, in a sentence; `items` are the names of what it concerns, where one more of them is a change."""

    sentence: str
    items: frozenset[str] = frozenset()


class EndedAlarm(NamedTuple):
    """One alarm that is over, times in unix seconds."""

    site_id: int
    kind: str
    since: int
    ended_at: int
    sentence: str


ChannelsOf = Callable[[int], Collection[str]]
"""Gives the names of the channels of a site's alarms, by the site's id."""


class Notification(NamedTuple):
    """An alarm to be sent: `revision` counts its changes, `notified` has the last revision sent, by channel."""

    alarm: ActiveAlarm
    revision: int
    notified: dict[str, int]

    def pending(self, channels: Collection[str]) -> list[str]:
        """Return those of `channels` that are to get it: an end only those that got the beginning."""
        if self.alarm.ended_at is not None:
            return [channel for channel in channels if channel in self.notified]
        return [channel for channel in channels if self.notified.get(channel, -1) < self.revision]


RETENTION_SECONDS = 400 * 86400
"""How long what is over can be read."""
CLAIMED_SECONDS = 300
"""A node that has not sent what it claimed so long ago has ended, or its clock was ahead: another one may send it."""
_COLUMNS = [getattr(Alarm, name) for name in ActiveAlarm._fields]
_BEGIN = text(
    "INSERT INTO alarm (site_id, kind, since, sentence, items)"
    " VALUES (:site_id, :kind, :now, :sentence, :items) ON CONFLICT (site_id, kind) DO UPDATE SET"
    " sentence = excluded.sentence, items = excluded.items, ended_at = NULL,"
    " since = CASE WHEN alarm.ended_at IS NULL THEN alarm.since ELSE excluded.since END,"
    " revision = alarm.revision + CASE WHEN :is_more OR alarm.ended_at IS NOT NULL THEN 1 ELSE 0 END"
)
"""One that concerns more than before is sent again, and so is one that comes back before all channels got its end."""
_SAVE_ENDED = text(
    "INSERT INTO past_alarm (site_id, kind, since, ended_at, sentence)"
    " SELECT site_id, kind, since, ended_at, sentence FROM alarm WHERE ended_at = :now"
    " ON CONFLICT (site_id, kind, since) DO UPDATE SET ended_at = excluded.ended_at, sentence = excluded.sentence"
)


def save(transaction: Transaction, problems: Mapping[tuple[int, str], Problem], now: int) -> None:
    """Save the current problems, by site and kind, and end all other alarms."""
    query = select(Alarm.site_id, Alarm.kind, Alarm.items, Alarm.sentence, Alarm.ended_at)
    before = {(row.site_id, row.kind): row for row in transaction.execute(query)}
    rows = [
        {
            "site_id": site_id,
            "kind": kind,
            "sentence": problem.sentence,
            "items": json.dumps(sorted(problem.items)),
            "is_more": _is_more(problem, before.get((site_id, kind))),
            "now": now,
        }
        for (site_id, kind), problem in sorted(problems.items())
        if not _is_saved(problem, before.get((site_id, kind)))
    ]
    if rows:
        transaction.execute(_BEGIN, rows)
    transaction.execute(delete(PastAlarm).where(PastAlarm.ended_at < now - RETENTION_SECONDS))
    for site_id, kind in before.keys() - problems.keys():
        transaction.execute(update(Alarm).where(*_is(site_id, kind), Alarm.ended_at.is_(None)).values(ended_at=now))
    transaction.execute(_SAVE_ENDED, {"now": now})


def present(transaction: Transaction, site_id: int | None = None) -> list[ActiveAlarm]:
    """Return the alarms that last, oldest first: those of a site and of the instance, or all."""
    query = select(*_COLUMNS).where(Alarm.ended_at.is_(None)).order_by(Alarm.since, Alarm.site_id, Alarm.kind)
    if site_id is not None:
        query = query.where(Alarm.site_id.in_((site_id, INSTANCE)))
    return [ActiveAlarm(*row) for row in transaction.execute(query)]


def past(transaction: Transaction, site_id: int, limit: int) -> list[EndedAlarm]:
    """Return the newest alarms that are over, of a site and of the instance."""
    query = select(*(getattr(PastAlarm, name) for name in EndedAlarm._fields)).where(
        PastAlarm.site_id.in_((site_id, INSTANCE))
    )
    return [EndedAlarm(*row) for row in transaction.execute(query.order_by(PastAlarm.ended_at.desc()).limit(limit))]


def last_begun(transaction: Transaction, site_id: int) -> dict[tuple[int, str], int]:
    """Return when the newest alarm that is over began, by site and kind: those of a site and of the instance."""
    of_site = PastAlarm.site_id.in_((site_id, INSTANCE))
    query = select(PastAlarm.site_id, PastAlarm.kind, func.max(PastAlarm.since)).where(of_site)
    rows = transaction.execute(query.group_by(PastAlarm.site_id, PastAlarm.kind))
    return {(site, kind): since for site, kind, since in rows}


def claim(
    transaction: Transaction, channels_of: ChannelsOf, all_channels_of: ChannelsOf, now: int
) -> Notification | None:
    """Return one alarm that some of its channels are to get, or None; no other node gets it meanwhile.

    `all_channels_of` has also those that are not tried now. An ended alarm that none of them is still to get is deleted.
    """
    query = select(*_COLUMNS, Alarm.revision, Alarm.notified).order_by(Alarm.since, Alarm.site_id, Alarm.kind)
    for *fields, revision, notified in transaction.execute(query).all():
        notification = Notification(ActiveAlarm(*fields), revision, json.loads(notified))
        unclaimed = (
            *_same(notification),
            or_(Alarm.claimed_at.is_(None), ~Alarm.claimed_at.between(now - CLAIMED_SECONDS, now + CLAIMED_SECONDS)),
        )
        if notification.alarm.ended_at is not None and not notification.pending(
            all_channels_of(notification.alarm.site_id)
        ):
            transaction.execute(delete(Alarm).where(*unclaimed))
        elif notification.pending(channels_of(notification.alarm.site_id)):
            claimed = update(Alarm).where(*unclaimed).values(claimed_at=now).returning(Alarm.site_id)
            if transaction.execute(claimed).first():
                return notification
    return None


def release(transaction: Transaction, sent: Notification, reached: Collection[str]) -> None:
    """Store that the channels `reached` were notified, and release the claim."""
    if sent.alarm.ended_at is None:
        notified = sent.notified | dict.fromkeys(reached, sent.revision)
    else:
        notified = {channel: revision for channel, revision in sent.notified.items() if channel not in reached}
    values = {"notified": json.dumps(notified), "claimed_at": None}
    transaction.execute(update(Alarm).where(*_is(sent.alarm.site_id, sent.alarm.kind)).values(values))


def _same(notification: Notification) -> tuple[ColumnElement[bool], ...]:
    is_unchanged = (
        Alarm.revision == notification.revision,
        Alarm.ended_at.is_not_distinct_from(notification.alarm.ended_at),
    )
    return *_is(notification.alarm.site_id, notification.alarm.kind), *is_unchanged


def _is_saved(problem: Problem, before: Row[int, str, str, str, int | None] | None) -> bool:
    """Return whether the row has all that there is to save: on thousands of sites most alarms only go on."""
    if before is None or before.ended_at is not None:
        return False
    return bool(before.sentence == problem.sentence and before.items == json.dumps(sorted(problem.items)))


def _is_more(problem: Problem, before: Row[int, str, str, str, int | None] | None) -> bool:
    """Return whether the problem concerns more than the alarm that was there before."""
    return before is not None and not problem.items <= set(json.loads(before.items))


def _is(site_id: int, kind: str) -> tuple[ColumnElement[bool], ...]:
    return Alarm.site_id == site_id, Alarm.kind == kind
