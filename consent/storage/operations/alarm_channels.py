"""Queries for the channels through which a site's users get alarms and weekly summaries."""

from typing import NamedTuple

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from consent.storage.database.base import Transaction
from consent.storage.tables.operations import AlarmChannel

MAIL, SLACK, TEAMS, WEBHOOK = KINDS = ("mail", "slack", "teams", "webhook")
MAX_CHANNELS = 20
"""Per site."""


class Channel(NamedTuple):
    """A channel: whether it gets alarms, and when it last got a weekly summary (None: not wanted).

    `label` is the name that users gave it, or None, and `language` that of its messages.
    """

    id: int
    site_id: int
    kind: str
    address: str
    alarms: bool
    weekly_since: int | None
    label: str | None = None
    language: str = "en"

    @property
    def name(self) -> str:
        """Return the name under which deliveries are recorded."""
        return f"channel {self.id}"


_COLUMNS = [getattr(AlarmChannel, name) for name in Channel._fields]


def every(transaction: Transaction) -> list[Channel]:
    """Return the channels of all sites."""
    return [Channel(*row) for row in transaction.execute(select(*_COLUMNS).order_by(AlarmChannel.id))]


def of_site(transaction: Transaction, site_id: int) -> list[Channel]:
    """Return the channels of a site, oldest first."""
    query = select(*_COLUMNS).where(AlarmChannel.site_id == site_id).order_by(AlarmChannel.id)
    return [Channel(*row) for row in transaction.execute(query)]


def add(
    transaction: Transaction,
    site_id: int,
    kind: str,
    address: str,
    *,
    alarms: bool,
    weekly: bool,
    now: int,
    label: str = "",
    language: str = "en",
) -> bool:
    """Save a channel; return False if the site already has it."""
    values = {"site_id": site_id, "kind": kind, "address": address, "alarms": alarms, "created_at": now}
    values |= {"weekly_since": now if weekly else None, "label": label or None, "language": language}
    try:
        with transaction.begin_nested():
            transaction.execute(insert(AlarmChannel).values(values))
    except IntegrityError:
        return False
    return True


def save(transaction: Transaction, channel: Channel) -> None:
    """Save the name, the language and what is wanted of a channel that exists."""
    values = {name: getattr(channel, name) for name in ("label", "language", "alarms", "weekly_since")}
    same = (AlarmChannel.site_id == channel.site_id, AlarmChannel.id == channel.id)
    transaction.execute(update(AlarmChannel).where(*same).values(values))


def remove(transaction: Transaction, site_id: int, channel_id: int) -> Channel | None:
    """Delete a channel of the site and return it, or None if there is none."""
    same = (AlarmChannel.site_id == site_id, AlarmChannel.id == channel_id)
    row = transaction.execute(select(*_COLUMNS).where(*same)).one_or_none()
    transaction.execute(delete(AlarmChannel).where(*same))
    return Channel(*row) if row else None


def claim_weekly(transaction: Transaction, before: int, now: int) -> list[Channel]:
    """Return channels whose last weekly summary was before `before`, and set it to `now`: no other node gets them."""
    due = (AlarmChannel.weekly_since.is_not(None), AlarmChannel.weekly_since < before)
    claimed = update(AlarmChannel).where(*due).values(weekly_since=now).returning(*_COLUMNS)
    return [Channel(*row) for row in transaction.execute(claimed)]
