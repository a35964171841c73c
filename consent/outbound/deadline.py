"""An overall deadline for outgoing calls: the libraries have none for name resolution and handshakes."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

MAX_CALLS = 64
"""At a time, including calls that have timed out: a hanging resolver can't take more threads than this."""
_slots = threading.BoundedSemaphore(MAX_CALLS)
T = TypeVar("T")


def run_with_deadline(seconds: float, call: Callable[[], T], close: Callable[[T], object] | None = None) -> T:
    """Return the result of `call`, run in its own thread. Raises TimeoutError after `seconds`, and what `call` raises.

    A result that comes too late is passed to `close`.
    """
    if not _slots.acquire(blocking=False):
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
        _slots.release()
