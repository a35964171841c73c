"""Queries for active and past alarms, and for pending notifications: each event once per channel."""

import json
from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

from sqlalchemy import ColumnElement, Row, delete, func, or_, select, text, update

from consent.core.days import DAY_SECONDS
from consent.storage.database.base import Transaction
from consent.storage.tables.operations import Alarm, PastAlarm

INSTANCE = 0
"""The site id of alarms about the whole service."""


class ActiveAlarm(NamedTuple):
    """An alarm; `ended_at` is None while it is active; times are unix seconds."""

    site_id: int
    kind: str
    since: int
    sentence: str
    ended_at: int | None


class Problem(NamedTuple):
    """A problem as a sentence; `items` names the affected things, of which an additional one counts as a change."""

    sentence: str
    items: frozenset[str] = frozenset()


class EndedAlarm(NamedTuple):
    """An alarm that has ended; times are unix seconds."""

    site_id: int
    kind: str
    since: int
    ended_at: int
    sentence: str


ChannelsOf = Callable[[int], Collection[str]]
"""Returns the names of a site's alarm channels, by site id."""


class Notification(NamedTuple):
    """An alarm to be sent: `revision` counts its changes, `notified` maps channels to the last revision sent."""

    alarm: ActiveAlarm
    revision: int
    notified: dict[str, int]

    def pending(self, channels: Collection[str]) -> list[str]:
        """Return the `channels` that still need it; an end goes only to channels that got the beginning."""
        if self.alarm.ended_at is not None:
            return [channel for channel in channels if channel in self.notified]
        return [channel for channel in channels if self.notified.get(channel, -1) < self.revision]


RETENTION_SECONDS = 400 * DAY_SECONDS
"""How long ended alarms are kept."""
CLAIMED_SECONDS = 300
"""After this long, another node may send a claimed alarm: the claimant has ended, or its clock was ahead."""
_COLUMNS = [getattr(Alarm, name) for name in ActiveAlarm._fields]
_BEGIN = text(
    "INSERT INTO alarm (site_id, kind, since, sentence, items)"
    " VALUES (:site_id, :kind, :now, :sentence, :items) ON CONFLICT (site_id, kind) DO UPDATE SET"
    " sentence = excluded.sentence, items = excluded.items, ended_at = NULL,"
    " since = CASE WHEN alarm.ended_at IS NULL THEN alarm.since ELSE excluded.since END,"
    " revision = alarm.revision + CASE WHEN :is_more OR alarm.ended_at IS NOT NULL THEN 1 ELSE 0 END"
)
"""An alarm that affects more than before is sent again, as is one that recurs before all channels got its end."""
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
            "is_more": _has_more_items(problem, before.get((site_id, kind))),
            "now": now,
        }
        for (site_id, kind), problem in sorted(problems.items())
        if not _is_up_to_date(problem, before.get((site_id, kind)))
    ]
    if rows:
        transaction.execute(_BEGIN, rows)
    transaction.execute(delete(PastAlarm).where(PastAlarm.ended_at < now - RETENTION_SECONDS))
    for site_id, kind in before.keys() - problems.keys():
        transaction.execute(
            update(Alarm).where(*_matching(site_id, kind), Alarm.ended_at.is_(None)).values(ended_at=now)
        )
    transaction.execute(_SAVE_ENDED, {"now": now})


def present(transaction: Transaction, site_id: int | None = None) -> list[ActiveAlarm]:
    """Return active alarms, oldest first: those of a site and of the instance, or all."""
    query = select(*_COLUMNS).where(Alarm.ended_at.is_(None)).order_by(Alarm.since, Alarm.site_id, Alarm.kind)
    if site_id is not None:
        query = query.where(Alarm.site_id.in_((site_id, INSTANCE)))
    return [ActiveAlarm(*row) for row in transaction.execute(query)]


def past(transaction: Transaction, site_id: int, limit: int) -> list[EndedAlarm]:
    """Return the most recently ended alarms of a site and of the instance."""
    query = select(*(getattr(PastAlarm, name) for name in EndedAlarm._fields)).where(
        PastAlarm.site_id.in_((site_id, INSTANCE))
    )
    return [EndedAlarm(*row) for row in transaction.execute(query.order_by(PastAlarm.ended_at.desc()).limit(limit))]


def last_begun(transaction: Transaction, site_id: int) -> dict[tuple[int, str], int]:
    """Return when the newest ended alarm began, by site and kind, for a site and the instance."""
    of_site = PastAlarm.site_id.in_((site_id, INSTANCE))
    query = select(PastAlarm.site_id, PastAlarm.kind, func.max(PastAlarm.since)).where(of_site)
    rows = transaction.execute(query.group_by(PastAlarm.site_id, PastAlarm.kind))
    return {(site, kind): since for site, kind, since in rows}


def claim(
    transaction: Transaction, channels_of: ChannelsOf, all_channels_of: ChannelsOf, now: int
) -> Notification | None:
    """Return an alarm that some channels still need, claimed so that no other node sends it, or None.

    `all_channels_of` includes channels that aren't being tried now. Deletes ended alarms that none of them needs.
    """
    query = select(*_COLUMNS, Alarm.revision, Alarm.notified).order_by(Alarm.since, Alarm.site_id, Alarm.kind)
    for *fields, revision, notified in transaction.execute(query).all():
        notification = Notification(ActiveAlarm(*fields), revision, json.loads(notified))
        unclaimed = (
            *_unchanged(notification),
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
    """Record that the channels `reached` were notified, and release the claim."""
    if sent.alarm.ended_at is None:
        notified = sent.notified | dict.fromkeys(reached, sent.revision)
    else:
        notified = {channel: revision for channel, revision in sent.notified.items() if channel not in reached}
    values = {"notified": json.dumps(notified), "claimed_at": None}
    transaction.execute(update(Alarm).where(*_matching(sent.alarm.site_id, sent.alarm.kind)).values(values))


def _unchanged(notification: Notification) -> tuple[ColumnElement[bool], ...]:
    is_unchanged = (
        Alarm.revision == notification.revision,
        Alarm.ended_at.is_not_distinct_from(notification.alarm.ended_at),
    )
    return *_matching(notification.alarm.site_id, notification.alarm.kind), *is_unchanged


def _is_up_to_date(problem: Problem, before: Row[int, str, str, str, int | None] | None) -> bool:
    """Return whether the row is up to date: with thousands of sites, most alarms are unchanged."""
    if before is None or before.ended_at is not None:
        return False
    return bool(before.sentence == problem.sentence and before.items == json.dumps(sorted(problem.items)))


def _has_more_items(problem: Problem, before: Row[int, str, str, str, int | None] | None) -> bool:
    """Return whether the problem affects more than the previous alarm did."""
    return before is not None and not problem.items <= set(json.loads(before.items))


def _matching(site_id: int, kind: str) -> tuple[ColumnElement[bool], ...]:
    return Alarm.site_id == site_id, Alarm.kind == kind
