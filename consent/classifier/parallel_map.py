"""Process pool map for large batches of classifications, one process per CPU."""

import gc
import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

AT_ONCE = 1000
WORTH_IT = 20 * AT_ONCE
Question = TypeVar("Question")
Reply = TypeVar("Reply")

_task: list[tuple[Callable[[Any], Any], Sequence[Any]]] = []
"""In a worker process, the function and the full list of questions."""


def map_chunks(function: Callable[[Sequence[Question]], Reply], questions: Sequence[Question]) -> Iterator[Reply]:
    """Yield the result of `function` for each chunk of `questions`, in order.

    Workers are forked, so that they share the questions and all loaded data; no threads may have been started. Raises
    BrokenProcessPool if a worker is killed.
    """
    helpers = _processors() if len(questions) >= WORTH_IT else 1
    starts = range(0, len(questions), AT_ONCE)
    if helpers < 2:
        yield from (function(questions[start : start + AT_ONCE]) for start in starts)
        return
    fork, task = multiprocessing.get_context("fork"), (function, questions)
    with ProcessPoolExecutor(helpers, fork, _task.append, (task,)) as pool:
        yield from pool.map(_run_chunk, starts)


@contextmanager
def without_cyclic_gc() -> Iterator[None]:
    """Disable cyclic garbage collection, even at exit: scanning millions of rows would find nothing."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_on:
            gc.enable()


def _processors() -> int:
    """Return the number of CPUs available to this process, or 1 if it can't fork."""
    if "fork" not in multiprocessing.get_all_start_methods():
        return 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _run_chunk(start: int) -> Any:
    ((function, questions),) = _task
    return function(questions[start : start + AT_ONCE])
