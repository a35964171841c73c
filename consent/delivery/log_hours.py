"""Put into the log, for each receiver and hour, which states events reached there: counts, and a root over the lines."""

import time
from collections.abc import Callable, Iterable, Sequence

from sqlalchemy import Engine

from consent.core.merkle import EMPTY_ROOT, leaf_hash, node_hash
from consent.log.audit_author import Author
from consent.log.entry import Owner
from consent.signing.canonical_json import canonical_without_floats
from consent.signing.receipt_claims import utc
from consent.storage.database.base import Transaction
from consent.storage.delivery import acks, receivers
from consent.storage.delivery.acks import Ack
from consent.storage.sites import sites

HOUR_SECONDS = 3600
SETTLED_SECONDS = 60
"""So long after its end an hour is put into the log: a batch that was on its way is written down by then."""
ACTION = "delivery.recorded"
MAX_HOURS = 48
"""Hours of one receiver in one round."""


class DeliveryJournal:
    """Writes the entries of hours that are over, as `author`."""

    def __init__(self, engine: Engine, author: Author, clock: Callable[[], float] = time.time) -> None:
        self._engine, self._author, self._clock = engine, author, clock

    def work(self) -> int:
        """Write the entries of all hours that are over, and return how many."""
        with self._engine.connect() as connection:
            every = receivers.every(connection)
            owners = {site.id: site for site in sites.every(connection)}
        return sum(self._work_off(owners[receiver.site_id], receiver.id) for receiver in every)

    def _work_off(self, owner: Owner, receiver_id: str) -> int:
        for count in range(MAX_HOURS):
            with self._engine.begin() as connection:
                if not self._record(connection, owner, receiver_id):
                    return count
        return MAX_HOURS

    def _record(self, connection: Transaction, owner: Owner, receiver_id: str) -> bool:
        first, now = acks.first_unlogged(connection, receiver_id), int(self._clock())
        if first is None:
            return False
        begin = first - first % HOUR_SECONDS
        end = begin + HOUR_SECONDS
        if now < end + SETTLED_SECONDS:
            return False
        facts = facts_of_hour(receiver_id, begin, acks.within(connection, receiver_id, begin, end))
        acks.logged_until(connection, receiver_id, end)
        self._author.record(connection, owner, ACTION, receiver_id, None, facts, now)
        return True


def facts_of_hour(receiver_id: str, begin: int, lines: Iterable[Ack]) -> dict[str, object]:
    """Return what the log is told of an hour: it names nobody, and `root` stands for each line of it."""
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
    """Return one line as its root has it."""
    return canonical_without_floats(
        {"event": f"evt_{ack.event}", "state": ack.state, "at": utc(ack.at), "body_sha256": ack.body_sha256}
    )


def path_of(leaves: Sequence[bytes], number: int) -> list[bytes]:
    """Return the audit path of RFC 6962 from the leaf `number` to the root over hashes of leaves."""
    if len(leaves) < 2:
        return []
    middle = 1 << (len(leaves) - 1).bit_length() - 1
    if number < middle:
        return [*path_of(leaves[:middle], number), root_of(leaves[middle:])]
    return [*path_of(leaves[middle:], number - middle), root_of(leaves[:middle])]


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Return the root of RFC 6962 over hashes of leaves."""
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    middle = 1 << (len(leaves) - 1).bit_length() - 1
    return node_hash(root_of(leaves[:middle]), root_of(leaves[middle:]))
