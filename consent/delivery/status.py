"""Which receivers have been notified of a site's choices, which haven't, and for how long."""

from typing import NamedTuple

from consent.core.days import DAY_SECONDS, HOUR_SECONDS
from consent.delivery.schedule import MAX_FAILURES
from consent.storage.database.base import Transaction
from consent.storage.delivery import deliveries, outbox, receivers
from consent.storage.delivery.deliveries import Waiting
from consent.storage.delivery.receivers import ReceiverRow

REFUSAL_SECONDS = HOUR_SECONDS
"""An alarm is raised when a refusal stays undelivered for longer (11 CCR 7026(f): as soon as feasibly possible)."""
LATE_SECONDS = 10 * DAY_SECONDS
"""Some days before the limit of 15 business days in the same rule."""


class ReceiverStatus(NamedTuple):
    """The state of a receiver's queue: `behind` events were not tried yet, `waiting` counts those that were.

    `oldest` and `oldest_refusal` are since when an event has been waiting, in unix seconds, or None.
    """

    receiver: ReceiverRow
    behind: int
    waiting: Waiting
    oldest: int | None
    oldest_refusal: int | None

    @property
    def undelivered(self) -> int:
        """Return how many events the receiver still has to be sent."""
        return self.behind + self.waiting.open

    @property
    def is_resting(self) -> bool:
        """Return whether the receiver failed so often that it is only probed."""
        return self.receiver.failures >= MAX_FAILURES

    @property
    def word(self) -> str:
        """Return the state as one of `WORDS`."""
        if self.receiver.state != receivers.ON:
            return self.receiver.state
        if self.is_resting:
            return "down"
        return "failing" if self.receiver.failures or self.waiting.open else "ok"


WORDS = ("ok", "failing", "down", "paused", "gone", "proposed")


def status_of(transaction: Transaction, receiver: ReceiverRow) -> ReceiverStatus:
    """Return the current status of a receiver."""
    if receiver.state == receivers.PROPOSED:
        return ReceiverStatus(receiver, 0, Waiting(0, 0, 0, None, None), None, None)
    of = (receiver.site_id, receiver.id, receiver.cursor)
    waiting, behind = deliveries.waiting(transaction, receiver.id), outbox.count_after(transaction, *of)
    fresh = outbox.oldest_after(transaction, *of, refuses=False) if behind else None
    refusal = outbox.oldest_after(transaction, *of, refuses=True) if behind else None
    return ReceiverStatus(
        receiver, behind, waiting, _earlier(fresh, waiting.oldest), _earlier(refusal, waiting.oldest_refusal)
    )


def statuses_of_site(transaction: Transaction, site_id: int) -> list[ReceiverStatus]:
    """Return the status of each receiver of a site."""
    return [status_of(transaction, receiver) for receiver in receivers.of_site(transaction, site_id)]


def _earlier(one: int | None, other: int | None) -> int | None:
    times = [time for time in (one, other) if time is not None]
    return min(times, default=None)
