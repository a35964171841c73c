"""One end for a call that goes out: looking a name up and shaking hands have none of their own in the libraries."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

MAX_CALLS = 64
"""At a time, with those that nobody waits for any more: a resolver that hangs takes no more threads than these."""
_places = threading.BoundedSemaphore(MAX_CALLS)
T = TypeVar("T")


def within(seconds: float, call: Callable[[], T], close: Callable[[T], object] | None = None) -> T:
    """Return what `call` returns, made in a thread of its own. Raises TimeoutError after `seconds`, and what `call` raises.

    What comes too late is given to `close`.
    """
    if not _places.acquire(blocking=False):
        raise TimeoutError(f"{MAX_CALLS} calls are under way")
    made: Future[T] = Future()
    threading.Thread(target=_run, args=(call, made), name="outbound", daemon=True).start()
    try:
        return made.result(seconds)
    except TimeoutError:
        if close is not None:
            made.add_done_callback(lambda late: late.exception() or close(late.result()))
        raise


def _run(call: Callable[[], T], made: Future[T]) -> None:
    try:
        result = call()
    except BaseException as error:
        made.set_exception(error)
    else:
        made.set_result(result)
    finally:
        _places.release()
