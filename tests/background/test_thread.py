"""A background thread repeats its round, whatever the round raises, until it is closed."""

import logging
import threading
from collections.abc import Callable

import pytest

from consent.background import thread as module
from consent.background.thread import BackgroundThread
from tests.polling import wait_for


class Repeated(BackgroundThread):
    """A thread that calls `work`, and retries at once."""

    def __init__(self, work: Callable[[], float | None], every_s: float | None = 0.01) -> None:
        super().__init__("repeated", every_s, first_s=0, retry_s=0.001, max_retry_s=0.001)
        self.work, self.rounds = work, 0

    def _round(self) -> float | None:
        self.rounds += 1
        return self.work()


def nothing() -> None:
    pass


def fail() -> None:
    raise ZeroDivisionError("no such number")


def test_a_round_runs_again_and_again_until_the_thread_is_closed() -> None:
    thread = Repeated(nothing)
    assert thread.success_age is None
    thread.start()
    wait_for(lambda: thread.rounds > 3)
    thread.close()
    rounds = thread.rounds
    assert thread.success_age is not None
    assert thread.success_age < 60
    thread.start()
    thread.wake()
    assert (thread.rounds, thread.is_closing()) == (rounds, True), "what was closed does not start again"
    assert "repeated" not in {one.name for one in threading.enumerate()}


def test_a_thread_without_an_interval_runs_when_it_is_woken() -> None:
    thread = Repeated(nothing, every_s=None)
    thread.wake()
    thread.start()
    wait_for(lambda: thread.rounds == 1)
    thread.wake()
    wait_for(lambda: thread.rounds == 2)
    thread.close()


def test_a_thread_waits_as_long_as_its_round_says() -> None:
    thread = Repeated(lambda: 0.0, every_s=3600)
    thread.start()
    wait_for(lambda: thread.rounds > 3)
    thread.close()


def test_an_error_ends_a_round_and_not_the_thread_and_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    thread = Repeated(fail)
    thread.start()
    wait_for(lambda: thread.rounds > 3)
    assert thread.success_age is None
    thread.work = lambda: int("no number")
    wait_for(lambda: "no number" in caplog.text)
    thread.work = nothing
    wait_for(lambda: thread.success_age is not None)
    thread.close()
    errors = [one for one in caplog.records if one.levelno == logging.ERROR]
    assert [one.exc_info[0] for one in errors if one.exc_info] == [ZeroDivisionError, ValueError]
    assert "repeated: works again after" in caplog.text


def test_an_error_is_logged_again_after_an_hour(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOG_AGAIN_SECONDS", 0)
    thread = Repeated(fail)
    thread.start()
    wait_for(lambda: len(caplog.records) > 2)
    thread.close()


def test_the_pause_grows_with_each_error_up_to_a_limit() -> None:
    class Growing(BackgroundThread):
        def __init__(self) -> None:
            super().__init__("growing", 0.002, retry_s=0.001, max_retry_s=0.004)
            self.waits: list[float | None] = []

        def _round(self) -> None:
            fail()

        def _pause(self, seconds: float) -> None:
            self.waits.append(seconds)

    thread = Growing()
    thread.start()
    wait_for(lambda: len(thread.waits) >= 4)
    thread.close()
    assert thread.waits[:4] == [0.001, 0.002, 0.004, 0.004]


def test_a_thread_that_keeps_failing_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    thread = Repeated(fail)
    thread.start()
    wait_for(lambda: thread.rounds > 1)
    assert thread.failures() == [], "it may succeed again"
    monkeypatch.setattr(module, "WARN_SECONDS", 0)
    assert thread.failures() == ['The background thread "repeated" has been failing for 0 s (ZeroDivisionError).']
    thread.work = nothing
    wait_for(lambda: not thread.failures())
    thread.close()
