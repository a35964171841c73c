"""Find when an event happened by the browser's own clock, and whether that was before the visitor agreed."""

import datetime
import math
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from consent.classifier.own_host.request_body import MAX_FIELDS, reach

DAY_SECONDS = 86400
CLOCK_SECONDS = 2.0
"""By how much two times of one moment may differ: a choice is kept in whole seconds."""
MAX_DELAY_SECONDS = 10.0
"""How old an event may be when it comes, on the day of a grant whose moment nobody knows: libraries send often."""
_MILLISECONDS = 1e11
"""Numbers from here on are milliseconds: as seconds it would be the year 5138."""


class Grant(NamedTuple):
    """When a visitor agreed: `day` since 1970-01-01 UTC as the cookie has it; `moment` as the receipt has it, unix seconds.

    `is_of_browser` is whether the moment is by the browser's clock, as events are.
    """

    day: int
    moment: float | None = None
    is_of_browser: bool = False


class EventTimes(NamedTuple):
    """The oldest event of a request and when the browser sent it, by its own clock in unix seconds; None where not told."""

    oldest: float | None
    sent: float | None


def read_times(documents: Iterable[Any], event_paths: Iterable[str], sent_paths: Iterable[str]) -> EventTimes:
    """Return the times at the dotted paths of the documents of a request."""
    nodes = [node for document in documents for node in _nodes(document)]
    events = [time for path in event_paths for node in nodes for time in _times(reach(node, path))]
    sent = [time for path in sent_paths for node in nodes for time in _times(reach(node, path))]
    return EventTimes(min(events, default=None), max(sent, default=None))


def is_before(times: EventTimes, grant: Grant, now: float) -> bool:
    """Return whether the oldest event happened before the grant; `now` in unix seconds.

    With the receipt's moment of the browser's clock both are of one clock. Else an event's age is that between it and its
    sending, which is right however wrong the browser's clock is.
    """
    if times.oldest is None:
        return False
    if grant.moment is not None and grant.is_of_browser:
        return times.oldest < grant.moment - CLOCK_SECONDS
    age = max((now if times.sent is None else times.sent) - times.oldest, 0.0)
    happened = now - age
    if grant.moment is not None:
        return happened < grant.moment - CLOCK_SECONDS
    if happened < grant.day * DAY_SECONDS:
        return True
    return happened < (grant.day + 1) * DAY_SECONDS and age > MAX_DELAY_SECONDS


def _nodes(document: Any) -> list[Any]:
    return document[:MAX_FIELDS] if isinstance(document, list) else [document]


def _times(values: Iterable[Any]) -> Iterator[float]:
    for value in values:
        time = _time(value)
        if time is not None and math.isfinite(time):
            yield time


def _time(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return _iso(value)
    if not isinstance(value, int | float) or abs(value) > 1e15:
        return None
    return value / 1000 if value >= _MILLISECONDS else float(value)


def _iso(text: str) -> float | None:
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)).timestamp()
