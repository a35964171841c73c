"""Guard for code that may not wait for the database: it runs on the event loop, where everybody would wait with it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import QueuePool
from sqlalchemy.pool import PoolProxiedConnection

_thread_state = threading.local()


class WouldWaitError(BaseException):
    """The work needs the database, and may not wait here: it has to begin again in a thread.

    No `Exception`: code that goes on without the database would take it for an outage.
    """


@contextmanager
def no_waiting() -> Iterator[None]:
    """Raise WouldWaitError where this thread takes a connection to a database before the block ends."""
    _thread_state.may_not_wait = True
    try:
        yield
    finally:
        _thread_state.may_not_wait = False


class GuardedPool(QueuePool):
    """Pool that gives no connection to a thread which may not wait."""

    def connect(self) -> PoolProxiedConnection:
        """Return a connection. Raises WouldWaitError within `no_waiting`."""
        if getattr(_thread_state, "may_not_wait", False):
            raise WouldWaitError
        return super().connect()
