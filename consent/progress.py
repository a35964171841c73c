"""How far a long command is, told on standard error."""

import sys
import time
from collections.abc import Callable

EVERY_S = 2.0


def progress(things: str) -> Callable[[int], None]:
    """Return what is told the number of `things` done, and says it from two seconds on and every two seconds."""
    told = time.monotonic()

    def say(count: int) -> None:
        nonlocal told
        if time.monotonic() - told >= EVERY_S:
            told = time.monotonic()
            sys.stderr.write(f"{count:,} {things} so far\n")
            sys.stderr.flush()

    return say
