"""Fair lock for the transactions of this process that write to one SQLite file, in the order of their arrival.

SQLite lets one connection write at a time. Whoever finds the file locked sleeps and tries again, at last ten times a second
(`sqliteDefaultBusyCallback` in main.c), so that of many threads one may try in vain until its busy timeout is over.
"""

import contextlib
import os
import threading
import time
from collections import deque
from collections.abc import Iterator
from weakref import WeakValueDictionary

from sqlalchemy import Engine


class WriteLockError(Exception):
    """The lock could not be had; the text says why."""


class _Waiting:
    """One that waits for the lock, or has it."""

    __slots__ = ("is_given_up", "signal", "since", "thread")

    def __init__(self) -> None:
        self.thread = threading.get_ident()
        self.since = time.monotonic()
        self.is_given_up = False
        self.signal = threading.Lock()
        self.signal.acquire()


class WriteLock:
    """Held by what `acquire` returns, and given to those that wait in the order in which they came.

    Not by a thread: a connection that is left to the garbage collector is rolled back in whichever one that runs in.
    """

    def __init__(self) -> None:
        # Reentrant, since the collector may roll a connection back in the middle of these few lines.
        self._state = threading.RLock()
        self._waiting: deque[_Waiting] = deque()
        self._holder: _Waiting | None = None

    def acquire(self, seconds: float) -> object:
        """Wait for the lock and return its holder, for `release`.

        Raises WriteLockError after `seconds`, and at once where this thread holds the lock, which it cannot wait for.
        """
        ticket = _Waiting()
        with self._state:
            holder = self._holder
            if holder is not None and holder.thread == ticket.thread:
                raise WriteLockError("this thread writes on another connection")
            self._waiting.append(ticket)
            self._hand_over()
        try:
            is_signaled = ticket.signal.acquire(timeout=seconds)
        except BaseException:
            self._leave(ticket)
            self.release(ticket)
            raise
        if ticket.is_given_up or not (is_signaled or self._leave(ticket)):
            raise WriteLockError("others write for long")
        return ticket

    def release(self, holder: object) -> None:
        """Pass the lock to the one that waits longest; does nothing where `holder` is not the holder."""
        with self._state:
            if self._holder is holder:
                self._holder = None
                self._hand_over()

    def give_up_older(self, seconds: float) -> None:
        """End the wait of all that have waited for `seconds`: another process writes, and each would wait for it again."""
        with self._state:
            until = time.monotonic() - seconds
            for waiting in [one for one in self._waiting if one.since <= until]:
                self._waiting.remove(waiting)
                waiting.is_given_up = True
                waiting.signal.release()

    def _leave(self, waiting: _Waiting) -> bool:
        """Take `waiting` out of the queue; return whether it has been given the lock meanwhile."""
        with self._state:
            if waiting in self._waiting:
                self._waiting.remove(waiting)
            return self._holder is waiting

    def _hand_over(self) -> None:
        while self._holder is None and self._waiting:
            self._holder = self._waiting.popleft()
            self._holder.signal.release()


_locks: WeakValueDictionary[str, WriteLock] = WeakValueDictionary()
_registry = threading.Lock()


def lock_of(file: str) -> WriteLock:
    """Return the lock of the database in `file`, the same for all engines of this process."""
    name = os.path.realpath(file)
    with _registry:
        return _locks.setdefault(name, WriteLock())


@contextlib.contextmanager
def write_lock(engine: Engine) -> Iterator[None]:
    """Keep all other threads of this process from writing to the database of `engine`, on SQLite, to the end of the block.

    Transactions need not: their connection takes the lock by itself. Raises WriteLockError where this thread is in one.
    """
    if engine.dialect.name != "sqlite":
        yield
        return
    lock = lock_of(engine.url.database or "")
    holder = lock.acquire(threading.TIMEOUT_MAX)
    try:
        yield
    finally:
        lock.release(holder)
