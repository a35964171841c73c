"""What a visitor is told of the systems that heard of the last choice: which groups, told when, confirmed when."""

from typing import NamedTuple

import orjson

from consent.core.groups import OPTIONAL
from consent.storage.database.base import Transaction
from consent.storage.delivery import acks, outbox, receivers
from consent.storage.delivery.outbox import Event
from consent.storage.delivery.receivers import ReceiverRow

HEARD, CONFIRMED, WAITS = "heard", "confirmed", "waits"


class Echo(NamedTuple):
    """How a receiver stands to a choice: `state` since or at `time`, unix seconds; `groups` are those it is about."""

    name: str
    state: str
    time: int
    groups: dict[str, bool]


def echo_of(transaction: Transaction, site_id: int, subject_no: str) -> list[Echo]:
    """Return what each receiver with a name for visitors has heard of the last choice of a subject."""
    event = outbox.newest_of_subject(transaction, site_id, subject_no)
    if event is None:
        return []
    named = [receiver for receiver in receivers.of_site(transaction, site_id) if receiver.public_name]
    return [_echo(transaction, receiver, event) for receiver in named if receiver.made_at <= event.time]


def _echo(transaction: Transaction, receiver: ReceiverRow, event: Event) -> Echo:
    allowed = orjson.loads(event.body)["allowed"]["groups"]
    groups = {group: allowed[group] for group in receiver.group_names or OPTIONAL}
    reported = acks.of_event(transaction, receiver.id, event.id)
    if acks.APPLIED in reported:
        return Echo(receiver.public_name, CONFIRMED, reported[acks.APPLIED].at, groups)
    if acks.DELIVERED in reported:
        return Echo(receiver.public_name, HEARD, reported[acks.DELIVERED].at, groups)
    return Echo(receiver.public_name, WAITS, event.time, groups)
