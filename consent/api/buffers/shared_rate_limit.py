"""Share the counts of write-heavy networks with the other processes once a second.

The database gets keyed hashes of network and minute: a network can't be derived from a hash, and two minutes of the
same network can't be linked.
"""

import hmac
import secrets
from collections.abc import Mapping

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from consent.api.buffers.background_flush import Flusher
from consent.api.buffers.rate_limit import WriteLimit
from consent.core.days import MINUTE_SECONDS
from consent.storage.operations.shared_counters import exchange_counts

FLUSH_SECONDS = 1.0


class SharedLimits(Flusher):
    """Limits, by kind, that are kept in step with those of other processes. All nodes share `secret`."""

    def __init__(
        self, engine: Engine, secret: bytes, limits: Mapping[str, WriteLimit], flush_s: float = FLUSH_SECONDS
    ) -> None:
        super().__init__("shared limits", engine, flush_s)
        self._engine, self._secret, self._limits = engine, secret, limits
        self._process = secrets.token_hex(16)

    def flush(self) -> None:
        """Exchange counts of busy networks with other processes; in a database outage each process counts alone."""
        for kind, limit in self._limits.items():
            minute, busy = limit.shareable_counts()
            if not busy:
                continue
            prefixes = {self._name(kind, minute, prefix): prefix for prefix in busy}
            counts = {name: busy[prefix] for name, prefix in prefixes.items()}
            try:
                with self._engine.begin() as connection:
                    found = exchange_counts(connection, self._process, counts, (minute + 2) * MINUTE_SECONDS)
            except SQLAlchemyError as error:
                self.outage.begins(error)
                return
            self.outage.is_over()
            limit.set_remote_counts(minute, {prefixes[name]: number for name, number in found.items()})

    def _name(self, kind: str, minute: int, prefix: bytes) -> str:
        return hmac.digest(self._secret, b"writes\0%b\0%d\0%b" % (kind.encode(), minute, prefix), "sha256").hex()
