"""Waiting for what comes about by itself."""

import http.client
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

PATIENCE_S = 180


def wait_for(what: Callable[[], Any]) -> Any:
    """Wait until `what` is true, and return it; nobody who answers is not true yet."""
    until = time.monotonic() + PATIENCE_S
    while True:
        with suppress(OSError, http.client.HTTPException):
            if found := what():
                return found
        assert time.monotonic() < until
        threading.Event().wait(0.05)
