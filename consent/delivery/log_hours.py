"""Log which states events reached, per receiver and hour: counts, and a Merkle root over the acknowledgments."""

import time
from collections.abc import Callable, Iterable, Sequence

from sqlalchemy import Engine

from consent.core.days import HOUR_SECONDS
from consent.core.merkle import EMPTY_ROOT, leaf_hash, node_hash
from consent.log.audit_author import Author
from consent.log.entry import Owner
from consent.signing.canonical_json import canonical_without_floats
from consent.signing.receipt_claims import utc
from consent.storage.database.base import Transaction
from consent.storage.delivery import acks, receivers
from consent.storage.delivery.acks import Ack
from consent.storage.sites import sites

SETTLED_SECONDS = 60
"""An hour is logged this long after its end, when the batches that were in progress have been recorded."""
ACTION = "delivery.recorded"
MAX_HOURS = 48
"""Maximum hours of one receiver per round."""


class DeliveryJournal:
    """Writes the log entries of completed hours, as `author`."""

    def __init__(self, engine: Engine, author: Author, clock: Callable[[], float] = time.time) -> None:
        self._engine, self._author, self._clock = engine, author, clock

    def run_once(self) -> int:
        """Write the entries of all completed hours, and return how many."""
        with self._engine.connect() as connection:
            every = receivers.every(connection)
            owners = {site.id: site for site in sites.every(connection)}
        return sum(self._record_hours(owners[receiver.site_id], receiver.id) for receiver in every)

    def _record_hours(self, owner: Owner, receiver_id: str) -> int:
        for count in range(MAX_HOURS):
            with self._engine.begin() as connection:
                if not self._record_hour(connection, owner, receiver_id):
                    return count
        return MAX_HOURS

    def _record_hour(self, connection: Transaction, owner: Owner, receiver_id: str) -> bool:
        first, now = acks.first_unlogged(connection, receiver_id), int(self._clock())
        if first is None:
            return False
        begin = first - first % HOUR_SECONDS
        end = begin + HOUR_SECONDS
        if now < end + SETTLED_SECONDS:
            return False
        facts = facts_of_hour(receiver_id, begin, acks.in_period(connection, receiver_id, begin, end))
        acks.logged_until(connection, receiver_id, end)
        self._author.record(connection, owner, ACTION, receiver_id, None, facts, now)
        return True


def facts_of_hour(receiver_id: str, begin: int, lines: Iterable[Ack]) -> dict[str, object]:
    """Return the log entry of one hour: it identifies nobody, and `root` covers each of its `lines`."""
    counts = dict.fromkeys(("delivered", "acknowledged", "dead"), 0)
    leaves: list[bytes] = []
    first = last = 0
    for ack in lines:
        first, last = first or ack.n, ack.n
        counts[ack.state if ack.state in counts else "acknowledged"] += 1
        leaves.append(leaf_hash(line_of(ack)))
    numbers = {"receiver": receiver_id, "hour": utc(begin), "from_n": first, "to_n": last}
    return {**numbers, **counts, "root": root_of(leaves).hex()}


def line_of(ack: Ack) -> bytes:
    """Return an acknowledgment as hashed into the root."""
    return canonical_without_floats(
        {"event": f"evt_{ack.event}", "state": ack.state, "at": utc(ack.at), "body_sha256": ack.body_sha256}
    )


def path_of(leaves: Sequence[bytes], number: int) -> list[bytes]:
    """Return the RFC 6962 audit path from leaf `number` to the root over leaf hashes."""
    if len(leaves) < 2:
        return []
    middle = 1 << (len(leaves) - 1).bit_length() - 1
    if number < middle:
        return [*path_of(leaves[:middle], number), root_of(leaves[middle:])]
    return [*path_of(leaves[middle:], number - middle), root_of(leaves[:middle])]


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Return the RFC 6962 root over leaf hashes."""
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    middle = 1 << (len(leaves) - 1).bit_length() - 1
    return node_hash(root_of(leaves[:middle]), root_of(leaves[middle:]))
