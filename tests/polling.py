"""Waiting for what comes about by itself."""

import http.client
import threading
import time
from collections.abc import Callable
from typing import Any

PATIENCE_S = 180


def wait_for(what: Callable[[], Any]) -> Any:
    """Wait until `what` is true, and return it; nobody who answers is not true yet."""
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
