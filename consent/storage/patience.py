"""How long a thread waits for an answer of the database; SQLite, which is no other machine, does not ask."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

_mine = threading.local()


@contextmanager
def answers_within(seconds: float) -> Iterator[None]:
    """Have this thread wait no longer than `seconds` for each answer of the database, to the end of the block."""
    before = patience()
    _mine.seconds = seconds
    try:
        yield
    finally:
        _mine.seconds = before


def patience() -> float | None:
    """Return how many seconds this thread waits, or None where that is left to its connection."""
    return getattr(_mine, "seconds", None)
