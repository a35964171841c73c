"""Waiting for a condition to come true."""

import http.client
import threading
import time
from collections.abc import Callable
from typing import Any

PATIENCE_S = 180


def wait_for(what: Callable[[], Any]) -> Any:
    """Wait until `what` returns a true value, and return it; a connection or HTTP error counts as not yet true."""
    until = time.monotonic() + PATIENCE_S
    while True:
        fault = ""
        try:
            if found := what():
                return found
        except (OSError, http.client.HTTPException) as error:
            fault = repr(error)
        assert time.monotonic() < until, f"not so within {PATIENCE_S} s {fault}"
        threading.Event().wait(0.05)
