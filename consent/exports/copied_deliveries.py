"""Systems notified of a visitor's choices, for the access copy (GDPR art. 15(1)(c): recipients)."""

from collections import defaultdict
from collections.abc import Sequence
from typing import TypedDict

from consent.storage.database.base import Transaction
from consent.storage.delivery import acks, deliveries, outbox, receivers
from consent.storage.delivery.acks import Ack
from consent.storage.receipts.serializers import to_time
from consent.storage.selection.subjects import Subject, same_numbers

REMOVED = "a receiver that was removed"


class CopiedState(TypedDict):
    """A state that an event reached at a receiver, with the receiver's reference for it."""

    state: str
    time: str
    ref: str


class CopiedDelivery(TypedDict):
    """An event for one receiver; it has no states until it is delivered."""

    event: str
    type: str
    time: str
    receiver: str
    states: list[CopiedState]


def copied_deliveries(
    transaction: Transaction, site_id: int, subject: Subject, receipts: Sequence[str]
) -> list[CopiedDelivery]:
    """Return the events sent or due to the site's receivers about a subject with these `receipts`, oldest first.

    Events are kept for a limited time. Events that a receiver can't act on aren't sent to it.
    """
    events = outbox.of_subject(
        transaction, site_id, _numbers(transaction, subject, receipts), _made_by(subject, receipts)
    )
    if not events:
        return []
    ids = [event.id for event in events]
    present = {receiver.id: receiver for receiver in receivers.of_site(transaction, site_id)}
    waiting, reached = deliveries.open_states(transaction, ids), defaultdict[tuple[str, str], list[Ack]](list)
    for ack in acks.of_events(transaction, ids):
        reached[ack.event, ack.receiver_id].append(ack)
    copied: list[CopiedDelivery] = []
    for event in events:
        behind = {one.id for one in present.values() if one.state == receivers.ON and not 0 < event.n <= one.cursor}
        behind = {one for one in behind if event.receiver_id in (None, one) and present[one].made_at <= event.time}
        behind |= {receiver for receiver, waits in waiting if waits == event.id}
        for receiver_id in sorted(behind | {receiver for known, receiver in reached if known == event.id}):
            name = present[receiver_id].name if receiver_id in present else REMOVED
            states = [_state(ack) for ack in reached.get((event.id, receiver_id), ())]
            moment = to_time(event.time)
            copied.append(
                {"event": f"evt_{event.id}", "type": event.type, "time": moment, "receiver": name, "states": states}
            )
    return copied


def _numbers(transaction: Transaction, subject: Subject, receipts: Sequence[str]) -> list[str]:
    if subject.kind == "account":
        return same_numbers(transaction, subject.id)
    # A browser's first choice has no visitor id yet, so its event is stored under the receipt's id.
    return [subject.id, *receipts] if subject.kind == "visitor" else []


def _made_by(subject: Subject, receipts: Sequence[str]) -> list[str]:
    return [subject.id] if subject.kind == "receipt" else list(receipts)


def _state(ack: Ack) -> CopiedState:
    return {"state": ack.state, "time": to_time(ack.at), "ref": ack.ref}
