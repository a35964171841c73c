"""Runs a coroutine in a thread: Playwright's own loop may be running in that of the tests."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any


def run_apart(act: Coroutine[Any, Any, Any]) -> Any:
    """Return what `act` gives."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(asyncio.run, act).result()
