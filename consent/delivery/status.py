"""Who has heard of the choices on a site, who has not, and for how long."""

from typing import NamedTuple

from consent.delivery.schedule import MAX_FAILURES
from consent.storage.database.base import Transaction
from consent.storage.delivery import deliveries, outbox, receivers
from consent.storage.delivery.deliveries import Waiting
from consent.storage.delivery.receivers import ReceiverRow

REFUSAL_SECONDS = 3600
"""So long a refusal may be unheard: beyond it that is an alarm (11 CCR 7026(f): as soon as feasibly possible)."""
LATE_SECONDS = 10 * 86400
"""Some days before the end of the 15 business days that the same rule allows at most."""


class ReceiverStatus(NamedTuple):
    """How a receiver stands: `behind` events were not tried yet, `waiting` counts those that were.

    `oldest` and `oldest_refusal` are since when something waits, unix seconds, None where nothing does.
    """

    receiver: ReceiverRow
    behind: int
    waiting: Waiting
    oldest: int | None
    oldest_refusal: int | None

    @property
    def unheard(self) -> int:
        """Return how many events the receiver has not heard of and still will."""
        return self.behind + self.waiting.open

    @property
    def is_resting(self) -> bool:
        """Return whether it failed so often that it is only probed."""
        return self.receiver.failures >= MAX_FAILURES

    @property
    def word(self) -> str:
        """Return the state in one word of `WORDS`."""
        if self.receiver.state != receivers.ON:
            return self.receiver.state
        if self.is_resting:
            return "down"
        return "failing" if self.receiver.failures or self.waiting.open else "hears"


WORDS = ("hears", "failing", "down", "paused", "gone", "proposed")


def status_of(transaction: Transaction, receiver: ReceiverRow) -> ReceiverStatus:
    """Return how a receiver stands now."""
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
    """Return how each receiver of a site stands."""
    return [status_of(transaction, receiver) for receiver in receivers.of_site(transaction, site_id)]


def _earlier(one: int | None, other: int | None) -> int | None:
    times = [time for time in (one, other) if time is not None]
    return min(times, default=None)
