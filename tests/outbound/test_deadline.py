"""One deadline for an outgoing call, whatever it waits for."""

import threading

import pytest

from consent.outbound import deadline
from consent.outbound.deadline import run_with_deadline

pytestmark = pytest.mark.attack


def test_what_comes_in_time_comes_as_it_is() -> None:
    assert run_with_deadline(20, lambda: "here") == "here"
    with pytest.raises(ZeroDivisionError):
        run_with_deadline(20, lambda: 1 / 0)


def test_a_late_result_is_closed_and_not_returned() -> None:
    go_on, closed = threading.Event(), threading.Event()
    late: list[str] = []

    def close(result: str) -> None:
        late.append(result)
        closed.set()

    with pytest.raises(TimeoutError):
        run_with_deadline(0.05, lambda: "late" if go_on.wait(20) else "", close)
    assert late == []
    go_on.set()
    assert closed.wait(20)
    assert late == ["late"]


def test_a_resolver_that_hangs_holds_no_more_threads_than_these() -> None:
    go_on = threading.Event()
    try:
        for _ in range(deadline.MAX_CALLS):
            with pytest.raises(TimeoutError):
                run_with_deadline(0.001, lambda: go_on.wait(20))
        with pytest.raises(TimeoutError, match="are under way"):
            run_with_deadline(20, lambda: "here")
    finally:
        go_on.set()
    hanging = [thread for thread in threading.enumerate() if thread.name == "outbound"]
    for thread in hanging:
        thread.join(20)
    assert run_with_deadline(20, lambda: "here") == "here"
