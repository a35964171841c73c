"""What visitors see about the systems notified of their last choice: the groups, and when each system confirmed."""

from typing import NamedTuple

import orjson

from consent.core.groups import OPTIONAL
from consent.storage.database.base import Transaction
from consent.storage.delivery import acks, outbox, receivers
from consent.storage.delivery.outbox import Event
from consent.storage.delivery.receivers import ReceiverRow

DELIVERED, CONFIRMED, PENDING = "heard", "confirmed", "waits"
"""The states; the keys of their texts, which a page may override, end in the same words."""


class ReceiverStatus(NamedTuple):
    """Whether a receiver has a choice: `state`, since when (`time`, unix seconds), and the `groups` that it is sent."""

    name: str
    state: str
    time: int
    groups: dict[str, bool]


def receiver_statuses(transaction: Transaction, site_id: int, subject_no: str) -> list[ReceiverStatus]:
    """Return, for each receiver with a name for visitors, its status for a subject's last choice."""
    event = outbox.newest_of_subject(transaction, site_id, subject_no)
    if event is None:
        return []
    named = [receiver for receiver in receivers.of_site(transaction, site_id) if receiver.public_name]
    return [_status(transaction, receiver, event) for receiver in named if receiver.made_at <= event.time]


def _status(transaction: Transaction, receiver: ReceiverRow, event: Event) -> ReceiverStatus:
    allowed = orjson.loads(event.body)["allowed"]["groups"]
    groups = {group: allowed[group] for group in receiver.group_names or OPTIONAL}
    reported = acks.of_event(transaction, receiver.id, event.id)
    if acks.APPLIED in reported:
        return ReceiverStatus(receiver.public_name, CONFIRMED, reported[acks.APPLIED].at, groups)
    if acks.DELIVERED in reported:
        return ReceiverStatus(receiver.public_name, DELIVERED, reported[acks.DELIVERED].at, groups)
    return ReceiverStatus(receiver.public_name, PENDING, event.time, groups)
