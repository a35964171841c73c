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
"""In a process that helps, what it asks, and of what all."""


def map_many(function: Callable[[Sequence[Question]], Reply], questions: Sequence[Question]) -> Iterator[Reply]:
    """Yield the result of `function` for each part of `questions`, in their order.

    What helps is forked, so that it has the questions and all that is loaded; nothing may have started threads. Raises
    BrokenProcessPool where one that helps is killed.
    """
    helpers = _processors() if len(questions) >= WORTH_IT else 1
    starts = range(0, len(questions), AT_ONCE)
    if helpers < 2:
        yield from (function(questions[start : start + AT_ONCE]) for start in starts)
        return
    fork, task = multiprocessing.get_context("fork"), (function, questions)
    with ProcessPoolExecutor(helpers, fork, _task.append, (task,)) as pool:
        yield from pool.map(_reply, starts)


@contextmanager
def without_search_for_cycles() -> Iterator[None]:
    """Disable cyclic garbage collection, at exit too: a pass over millions of rows finds nothing."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_on:
            gc.enable()


def _processors() -> int:
    """Return how many processors this process may use; 1 where there is no fork."""
    if "fork" not in multiprocessing.get_all_start_methods():
        return 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _reply(start: int) -> Any:
    ((function, questions),) = _task
    return function(questions[start : start + AT_ONCE])
