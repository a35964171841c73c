"""Runs a coroutine in another thread, since Playwright's own loop may be running in the tests' thread."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any


def run_apart(act: Coroutine[Any, Any, Any]) -> Any:
    """Return the result of `act`."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(asyncio.run, act).result()
