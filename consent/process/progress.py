"""Progress messages of long-running commands on standard error."""

import sys
import time
from collections.abc import Callable

EVERY_SECONDS = 2.0


def progress(things: str) -> Callable[[int], None]:
    """Return a function that prints the number of `things` done, at most every two seconds, starting after two."""
    reported_at = time.monotonic()

    def report(count: int) -> None:
        nonlocal reported_at
        if time.monotonic() - reported_at >= EVERY_SECONDS:
            reported_at = time.monotonic()
            sys.stderr.write(f"{count:,} {things} so far\n")
            sys.stderr.flush()

    return report
