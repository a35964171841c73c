"""Guard for code that may not block: on the event loop, everybody would wait for the database with it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import QueuePool
from sqlalchemy.pool import PoolProxiedConnection

_thread_state = threading.local()


class WouldBlockError(BaseException):
    """The work needs the database, and may not wait here: it has to begin again in a thread.

    No `Exception`: code that goes on without the database would take it for an outage.
    """


@contextmanager
def nonblocking() -> Iterator[None]:
    """Raise WouldBlockError where this thread takes a connection to a database before the block ends."""
    _thread_state.may_not_block = True
    try:
        yield
    finally:
        _thread_state.may_not_block = False


def leave_event_loop() -> None:
    """Raise WouldBlockError within `nonblocking`: what follows takes long, or may happen only once for a request."""
    if getattr(_thread_state, "may_not_block", False):
        raise WouldBlockError


class GuardedPool(QueuePool):
    """Pool that gives no connection to a thread which may not wait."""

    def connect(self) -> PoolProxiedConnection:
        """Return a connection. Raises WouldBlockError within `nonblocking`."""
        leave_event_loop()
        return super().connect()
