"""Per-thread query timeout; on SQLite it limits the wait for other threads that write."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

_thread_state = threading.local()


@contextmanager
def answers_within(seconds: float) -> Iterator[None]:
    """Limit each query of this thread to `seconds`, to the end of the block."""
    before = query_timeout()
    _thread_state.seconds = seconds
    try:
        yield
    finally:
        _thread_state.seconds = before


def query_timeout() -> float | None:
    """Return how many seconds this thread waits, or None where that is left to its connection."""
    return getattr(_thread_state, "seconds", None)
