"""First-in, first-out lock for this process's transactions that write to one SQLite file.

SQLite lets one connection write at a time. A connection that finds the file locked sleeps and retries, eventually ten
times a second (`sqliteDefaultBusyCallback` in main.c), so with many threads, one may keep failing until its busy
timeout expires.
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
    """The lock couldn't be acquired; the message says why."""


class _Ticket:
    """Ticket of a thread that waits for the lock or holds it."""

    __slots__ = ("is_given_up", "signal", "since", "thread")

    def __init__(self) -> None:
        self.thread = threading.get_ident()
        self.since = time.monotonic()
        self.is_given_up = False
        self.signal = threading.Lock()
        self.signal.acquire()


class WriteLock:
    """Lock held by the ticket that `acquire` returns, and granted in the order of arrival.

    It isn't tied to a thread: the garbage collector may roll back an abandoned connection in any thread.
    """

    def __init__(self) -> None:
        # Reentrant, since the collector may roll back a connection in the middle of these few lines.
        self._state = threading.RLock()
        self._waiting: deque[_Ticket] = deque()
        self._holder: _Ticket | None = None

    def acquire(self, seconds: float) -> object:
        """Wait for the lock and return its ticket, to be passed to `release`.

        Raises WriteLockError after `seconds`, or immediately if this thread already holds the lock and would deadlock.
        """
        ticket = _Ticket()
        with self._state:
            holder = self._holder
            if holder is not None and holder.thread == ticket.thread:
                raise WriteLockError("this thread is already writing on another connection")
            self._waiting.append(ticket)
            self._grant_next()
        try:
            is_signaled = ticket.signal.acquire(timeout=seconds)
        except BaseException:
            self._dequeue(ticket)
            self.release(ticket)
            raise
        if ticket.is_given_up or not (is_signaled or self._dequeue(ticket)):
            raise WriteLockError("timed out waiting for other writers")
        return ticket

    def release(self, holder: object) -> None:
        """Pass the lock to the longest waiter; do nothing if `holder` doesn't hold it."""
        with self._state:
            if self._holder is holder:
                self._holder = None
                self._grant_next()

    def give_up_older(self, seconds: float) -> None:
        """Fail all who have waited for `seconds`: another process is writing, and each would have to wait for it in turn."""
        with self._state:
            until = time.monotonic() - seconds
            for waiting in [one for one in self._waiting if one.since <= until]:
                self._waiting.remove(waiting)
                waiting.is_given_up = True
                waiting.signal.release()

    def _dequeue(self, waiting: _Ticket) -> bool:
        """Remove `waiting` from the queue; return whether it was granted the lock in the meantime."""
        with self._state:
            if waiting in self._waiting:
                self._waiting.remove(waiting)
            return self._holder is waiting

    def _grant_next(self) -> None:
        while self._holder is None and self._waiting:
            self._holder = self._waiting.popleft()
            self._holder.signal.release()


_locks: WeakValueDictionary[str, WriteLock] = WeakValueDictionary()
_registry = threading.Lock()


def lock_of(file: str) -> WriteLock:
    """Return the lock for the database `file`, shared by all engines of this process."""
    name = os.path.realpath(file)
    with _registry:
        return _locks.setdefault(name, WriteLock())


@contextlib.contextmanager
def write_lock(engine: Engine) -> Iterator[None]:
    """Keep other threads of this process from writing to a SQLite database until the block ends.

    Transactions don't need it: their connection takes the lock. Raises WriteLockError if this thread already holds it.
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
