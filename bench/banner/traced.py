"""Script execution time of a page, from a Chromium trace."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser

CATEGORIES = ["devtools.timeline", "v8", "v8.execute"]
SCRIPT = {
    "EvaluateScript",
    "FunctionCall",
    "RunMicrotasks",
    "v8.callFunction",
    "v8.compile",
    "v8.compileModule",
    "v8.evaluateModule",
}
"""The trace's names for spans in which script is parsed or run; some are nested."""

Event = dict[str, Any]


@contextmanager
def traced(browser: Browser) -> Iterator[list[Event]]:
    """Trace the browser until the block ends, then fill the yielded list."""
    events: list[Event] = []
    browser.start_tracing(categories=CATEGORIES)
    try:
        yield events
    finally:
        events += json.loads(browser.stop_tracing())["traceEvents"]


def script_ms(events: list[Event], address: str) -> float:
    """Return the CPU time in ms that the main thread of the page at `address` spent on script.

    It is the thread's own clock, so other work on the machine, and the pauses by which Chromium throttles the CPU,
    don't count.
    """
    thread = next(_thread(one) for one in events if one["name"] == "ParseHTML" and _address(one) == address)
    spans = [one for one in events if one["name"] in SCRIPT and one.get("tdur") and _thread(one) == thread]
    total, end = 0, 0
    for one in sorted(spans, key=lambda one: (one["ts"], -one["dur"])):
        if one["ts"] >= end:  # otherwise it is nested in the previous one
            total += one["tdur"]
            end = one["ts"] + one["dur"]
    return total / 1000


def _thread(event: Event) -> tuple[int, int]:
    return event["pid"], event["tid"]


def _address(event: Event) -> str:
    return str(event["args"].get("beginData", {}).get("url", ""))
