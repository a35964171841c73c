"""Base class of the threads that repeat the same work: it starts, wakes and stops them, and survives their errors."""

import logging
import threading
import time
from abc import ABC, abstractmethod

log = logging.getLogger(__name__)

CLOSE_SECONDS = 5.0
RETRY_SECONDS, MAX_RETRY_SECONDS = 0.5, 30.0
LOG_AGAIN_SECONDS = 3600.0
"""An error that keeps occurring is logged again after this time."""
WARN_SECONDS = 60.0
"""How long the rounds may fail before there is a warning."""


class BackgroundThread(ABC):
    """Calls `_round` every `every_s` seconds or, if that is None, whenever it is woken; first after `first_s` seconds.

    An unexpected exception ends the round, not the thread: the next one comes after `retry_s` seconds, which double with
    each further error, up to `max_retry_s` or `every_s`. `close` waits at most `close_s` seconds.
    """

    def __init__(
        self,
        name: str,
        every_s: float | None,
        *,
        first_s: float | None = None,
        close_s: float = CLOSE_SECONDS,
        retry_s: float = RETRY_SECONDS,
        max_retry_s: float = MAX_RETRY_SECONDS,
    ) -> None:
        self.name, self._every_s, self._close_s = name, every_s, close_s
        self._first_s = every_s if first_s is None else first_s
        self._retry_s, self._max_retry_s = retry_s, max(max_retry_s, retry_s, every_s or 0)
        self._is_closing, self._is_woken, self._starting = threading.Event(), threading.Event(), threading.Lock()
        self._thread: threading.Thread | None = None
        self._errors, self._logged_at = 0, dict[str, float]()
        self._failing_since, self._problem = 0.0, ""
        self.last_success: float | None = None
        """When a round last succeeded, by the monotonic clock."""

    @abstractmethod
    def _round(self) -> float | None:
        """Do what is due, and return the seconds until the next round; None for `every_s`."""

    def is_closing(self) -> bool:
        """Return whether the thread is to stop; a long round then ends early."""
        return self._is_closing.is_set()

    def start(self) -> None:
        """Start the thread, unless it was started or closed before."""
        with self._starting:
            if self._thread is None and not self.is_closing():
                self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)
                self._thread.start()

    def wake(self) -> None:
        """Start the next round now, or right after the present one."""
        self._is_woken.set()

    def close(self) -> None:
        """Stop the thread after its present round."""
        self._is_closing.set()
        self._is_woken.set()
        if self._thread is not None:
            self._thread.join(self._close_s)

    @property
    def success_age(self) -> float | None:
        """Return the seconds since a round last succeeded, or None if none has yet."""
        return None if self.last_success is None else time.monotonic() - self.last_success

    def failures(self) -> list[str]:
        """Return a sentence if rounds have been failing for long, each with an unexpected error."""
        seconds = time.monotonic() - self._failing_since
        if not self._errors or seconds < WARN_SECONDS:
            return []
        return [f'The background thread "{self.name}" has been failing for {seconds:.0f} s ({self._problem}).']

    def _pause(self, seconds: float) -> None:
        """Wait within a round for `seconds`, or until `close`."""
        self._is_closing.wait(seconds)

    def _wait(self, seconds: float | None) -> None:
        """Wait for `seconds`, or until the thread is woken."""
        self._is_woken.wait(seconds)
        self._is_woken.clear()

    def _run(self) -> None:
        pause = self._first_s
        while not self.is_closing():
            pause = self._run_round(pause)

    def _run_round(self, pause: float | None = 0.0) -> float | None:
        """Run a round after a pause, unless the thread is to stop, and return the pause until the next one."""
        try:
            self._wait(pause)
            if self.is_closing():
                return None
            seconds = self._round()
            self._record_success()
            return self._every_s if seconds is None else seconds
        except Exception as error:
            return self._handle(error)

    def _record_success(self) -> None:
        if self._errors:
            log.info("%s: works again after %d failed rounds", self.name, self._errors)
        self._errors, self.last_success = 0, time.monotonic()

    def _handle(self, error: Exception) -> float | None:
        """Log the error that ended a round, and return the seconds until the next one."""
        self._failing_since = self._failing_since if self._errors else time.monotonic()
        self._errors, self._problem = self._errors + 1, type(error).__name__
        self._log(error)
        seconds = min(self._retry_s * 2.0 ** min(self._errors - 1, 20), self._max_retry_s)
        # What wakes the thread often must not repeat the error as often.
        at_least = min(seconds, RETRY_SECONDS)
        self._pause(at_least)
        return seconds - at_least

    def _log(self, error: Exception) -> None:
        """Log an error with its traceback, unless the same one was logged within the hour."""
        now, kind = time.monotonic(), _kind_of(error)
        if now - self._logged_at.get(kind, -LOG_AGAIN_SECONDS) >= LOG_AGAIN_SECONDS:
            self._logged_at[kind] = now
            log.error("%s: a round failed", self.name, exc_info=error)


def _kind_of(error: BaseException) -> str:
    """Return the error's type and the line that raised it."""
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    place = f"{traceback.tb_frame.f_code.co_filename}:{traceback.tb_lineno}" if traceback else ""
    return f"{type(error).__name__} {place}"
