"""Guard for code that mustn't block: on the event loop, all other requests would wait for the database too."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import QueuePool
from sqlalchemy.pool import PoolProxiedConnection

_thread_state = threading.local()


class WouldBlockError(BaseException):
    """The work needs the database but mustn't block here; restart it in a thread.

    Not an `Exception`: code that copes without the database would take it for an outage.
    """


@contextmanager
def nonblocking() -> Iterator[None]:
    """Raise WouldBlockError from any use of a database connection in this thread until the block ends."""
    _thread_state.may_not_block = True
    try:
        yield
    finally:
        _thread_state.may_not_block = False


def leave_event_loop() -> None:
    """Raise WouldBlockError within `nonblocking`: what follows is slow or must run only once per request."""
    if getattr(_thread_state, "may_not_block", False):
        raise WouldBlockError


class GuardedPool(QueuePool):
    """Connection pool that refuses connections to threads that mustn't block."""

    def connect(self) -> PoolProxiedConnection:
        """Return a connection. Raises WouldBlockError within `nonblocking`."""
        leave_event_loop()
        return super().connect()
