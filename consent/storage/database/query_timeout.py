"""Per-thread query timeout; on SQLite it limits the wait for other writing threads."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

_thread_state = threading.local()


@contextmanager
def answers_within(seconds: float) -> Iterator[None]:
    """Limit each query of this thread to `seconds` until the block ends."""
    before = query_timeout()
    _thread_state.seconds = seconds
    try:
        yield
    finally:
        _thread_state.seconds = before


def query_timeout() -> float | None:
    """Return this thread's timeout in seconds, or None to use its connection's."""
    return getattr(_thread_state, "seconds", None)
