"""Route long reads to a standby while its replication lag is small, else to the primary."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import SQLAlchemyError

from consent.storage.database.query_timeout import answers_within
from consent.storage.log import tree_store as store
from consent.storage.operations.nodes import HEARTBEAT_SECONDS, clock_of
from consent.storage.tables.operations import Node

log = logging.getLogger(__name__)

MEASURE_EVERY_SECONDS = 2.0
ANSWER_SECONDS = 2.0
MAX_LAG_SECONDS = 10.0
"""A replica that is further behind is not read."""


class Reads:
    """Where dashboard, statistics, search and exports read: the replica, or the primary where that is none or unfit."""

    def __init__(self, primary: Engine, replica: Engine | None = None) -> None:
        self.primary, self._replica = primary, replica
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="replica", daemon=True)
        self.lag: float | None = None
        """Seconds that the replica is behind; None where there is none or it does not answer."""

    @property
    def has_replica(self) -> bool:
        """Return whether there should be a replica."""
        return self._replica is not None

    @property
    def engine(self) -> Engine:
        """Return where to read now."""
        fits = self.lag is not None and self.lag <= MAX_LAG_SECONDS
        return self._replica if self._replica is not None and fits else self.primary

    @property
    def is_of_replica(self) -> bool:
        """Return whether reads go to the replica now."""
        return self.engine is not self.primary

    @property
    def behind(self) -> float | None:
        """Return how many seconds what is read now is behind, or None where the primary is read."""
        return self.lag if self.is_of_replica else None

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """Yield a connection to read by; one to the primary where the replica has just gone."""
        engine = self.engine
        if engine is not self.primary:
            try:
                connection = engine.connect()
            except SQLAlchemyError:
                self.lag = None
            else:
                with connection:
                    yield connection
                return
        with self.primary.connect() as connection:
            yield connection

    def engine_with(self, site_id: int, size: int) -> Engine:
        """Return where an export can read that proves by a tree of `size` leaves: the replica once it has them."""
        engine = self.engine
        if engine is not self.primary:
            try:
                with engine.connect() as connection:
                    head = store.head(connection, site_id)
                if (head.size if head else 0) >= size:
                    return engine
            except SQLAlchemyError:
                self.lag = None
        return self.primary

    def measure_lag(self) -> None:
        """Measure how far the replica is behind: by the newest heartbeat of a node, saved each few seconds."""
        if self._replica is None:
            return
        before, self.lag = self.lag, self._measure(self._replica)
        if before != self.lag and (before is None or self.lag is None):
            log.warning("the replica %s", "does not answer: the primary is read" if self.lag is None else "is read")

    def start(self) -> None:
        """Start to measure, where there is a replica."""
        if self._replica is not None:
            self._thread.start()

    def close(self) -> None:
        """End the thread and the connections to the replica."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(10)
        if self._replica is not None:
            self._replica.dispose()

    def warnings(self) -> list[str]:
        """Return the problems of the replica in words."""
        if self._replica is None or self.is_of_replica:
            return []
        if self.lag is None:
            return ["The replica of CONSENT_REPLICA_URL does not answer: the primary is read in its place."]
        return [f"The replica is {self.lag:.0f} s behind: the primary is read in its place."]

    def _measure(self, replica: Engine) -> float | None:
        try:
            with answers_within(ANSWER_SECONDS), replica.connect() as connection:
                heard = connection.execute(select(func.max(Node.heartbeat_at))).scalar_one()
                now = clock_of(connection)
        except SQLAlchemyError:
            return None
        try:
            with answers_within(ANSWER_SECONDS), self.primary.connect() as connection:
                now = clock_of(connection)
        except SQLAlchemyError:
            pass  # then nothing new comes to either, and the replica's own clock will do
        return max(now - heard - HEARTBEAT_SECONDS, 0.0) if heard is not None else 0.0

    def _watch(self) -> None:
        while True:
            self.measure_lag()
            if self._stop.wait(MEASURE_EVERY_SECONDS):
                return
