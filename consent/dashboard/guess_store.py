"""Where Flask-Limiter counts: in the database, so that who guesses has no more tries on several nodes than on one."""

import hmac
from typing import Any

from limits.storage import MovingWindowSupport, Storage
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from consent.storage import counted_limits, nodes

SCHEME = "consent-database"
DAY_S = 86400


class GuessStore(Storage, MovingWindowSupport):
    """Moving windows in the table of attempts; `secret`, the same on all nodes, hides whose they are."""

    STORAGE_SCHEME = [SCHEME]  # noqa: RUF012 - as the library declares it

    def __init__(self, uri: str, *, engine: Engine, secret: bytes, **options: Any) -> None:
        super().__init__(uri, **options)
        self._engine, self._secret = engine, secret

    @property
    def base_exceptions(self) -> type[Exception]:
        """Return what a database that is away raises."""
        return SQLAlchemyError

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count one try of `key`, unless there were `limit` within `expiry` seconds; tell whether it was counted."""
        if amount != 1:
            raise NotImplementedError("tries are counted one by one")
        with self._engine.begin() as connection:
            now = nodes.clock_of(connection)
            return counted_limits.try_once_more(connection, self._names(key, now, expiry), limit, expiry, now)

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        """Return when the first of the last tries was, in unix seconds, and how many there are."""
        with self._engine.connect() as connection:
            now = nodes.clock_of(connection)
            found = counted_limits.tries(connection, self._names(key, now, expiry), expiry, now)
        return found[0] if found else now, len(found)

    def check(self) -> bool:
        """Tell whether the database answers."""
        try:
            with self._engine.connect() as connection:
                return nodes.clock_of(connection) > 0
        except SQLAlchemyError:
            return False

    def reset(self) -> int:
        """Forget all tries, and return of how many keys."""
        with self._engine.begin() as connection:
            return counted_limits.forget_tries(connection)

    def clear(self, key: str) -> None:
        """Forget the tries of `key`."""
        with self._engine.begin() as connection:
            counted_limits.forget_tries(connection, self._names(key, nodes.clock_of(connection), DAY_S))

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Refuse: windows move here."""
        raise NotImplementedError

    def get(self, key: str) -> int:
        """Refuse: windows move here."""
        raise NotImplementedError

    def get_expiry(self, key: str) -> float:
        """Refuse: windows move here."""
        raise NotImplementedError

    def _names(self, key: str, now: float, seconds: int) -> list[str]:
        """Return what `key` is called on each day of the `seconds` before `now`, oldest first."""
        return [self._name(key, day) for day in range(int((now - seconds) // DAY_S), int(now // DAY_S) + 1)]

    def _name(self, key: str, day: int) -> str:
        return hmac.digest(self._secret, b"tries\0%d\0%b" % (day, key.encode()), "sha256").hex()
