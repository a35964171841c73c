"""Route long reads to a standby while its replication lag is small, else to the primary."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import SQLAlchemyError

from consent.background.thread import BackgroundThread
from consent.storage.database.query_timeout import answers_within
from consent.storage.log import tree_store as store
from consent.storage.operations.nodes import HEARTBEAT_SECONDS, clock_of
from consent.storage.tables.operations import Node

log = logging.getLogger(__name__)

MEASURE_EVERY_SECONDS = 2.0
ANSWER_SECONDS = 2.0
MAX_LAG_SECONDS = 10.0
"""A replica that lags further behind isn't read."""


class Reads(BackgroundThread):
    """Where dashboard, statistics, search and exports read: the replica if there is a fit one, else the primary."""

    def __init__(self, primary: Engine, replica: Engine | None = None) -> None:
        super().__init__("replica", MEASURE_EVERY_SECONDS, first_s=0, close_s=10)
        self.primary, self._replica = primary, replica
        self.lag: float | None = None
        """The replica's lag in seconds; None if there is none or it doesn't answer."""

    @property
    def has_replica(self) -> bool:
        """Return whether a replica is configured."""
        return self._replica is not None

    @property
    def engine(self) -> Engine:
        """Return the engine to read from now."""
        fits = self.lag is not None and self.lag <= MAX_LAG_SECONDS
        return self._replica if self._replica is not None and fits else self.primary

    @property
    def is_of_replica(self) -> bool:
        """Return whether reads go to the replica now."""
        return self.engine is not self.primary

    @property
    def lag_seconds(self) -> float | None:
        """Return the lag in seconds of what is read now, or None if it is the primary."""
        return self.lag if self.is_of_replica else None

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """Yield a connection for reading; to the primary if the replica has just become unavailable."""
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
        """Return an engine for an export with proofs from a tree of `size` leaves: the replica if it has them."""
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
        """Measure the replica's lag by the newest node heartbeat, which is saved every few seconds."""
        if self._replica is None:
            return
        before, self.lag = self.lag, self._measure(self._replica)
        if before != self.lag and (before is None or self.lag is None):
            log.warning(
                "the replica %s", "does not respond; reading from the primary" if self.lag is None else "is in use"
            )

    def start(self) -> None:
        """Start measuring if there is a replica."""
        if self._replica is not None:
            super().start()

    def close(self) -> None:
        """Stop the thread and close the connections to the replica."""
        super().close()
        if self._replica is not None:
            self._replica.dispose()

    def warnings(self) -> list[str]:
        """Return the replica's problems as sentences."""
        if self._replica is None or self.is_of_replica:
            return []
        if self.lag is None:
            return ["The replica in CONSENT_REPLICA_URL does not respond; reading from the primary instead."]
        return [f"The replica is {self.lag:.0f} s behind; reading from the primary instead."]

    def _measure(self, replica: Engine) -> float | None:
        try:
            with answers_within(ANSWER_SECONDS), replica.connect() as connection:
                newest_heartbeat = connection.execute(select(func.max(Node.heartbeat_at))).scalar_one()
                now = clock_of(connection)
        except SQLAlchemyError:
            return None
        try:
            with answers_within(ANSWER_SECONDS), self.primary.connect() as connection:
                now = clock_of(connection)
        except SQLAlchemyError:
            pass  # then nothing new reaches either one, and the replica's own clock will do
        return max(now - newest_heartbeat - HEARTBEAT_SECONDS, 0.0) if newest_heartbeat is not None else 0.0

    def _round(self) -> None:
        try:
            self.measure_lag()
        except Exception:
            self.lag = None  # then the primary is read
            raise
