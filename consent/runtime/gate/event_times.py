"""Find when an event happened by the browser's clock, and whether that was before the visitor's consent."""

import datetime
import math
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from consent.classifier.own_host.request_body import MAX_FIELDS, values_at_path
from consent.core.days import DAY_SECONDS

CLOCK_SECONDS = 2.0
"""How far two times of the same moment may differ: choices are stored in whole seconds."""
MAX_DELAY_SECONDS = 10.0
"""Maximum age of an arriving event on the day of a grant whose exact time is unknown: libraries send often."""
_MILLISECONDS = 1e11
"""Numbers from here on are milliseconds: as seconds they would be after the year 5138."""


class Grant(NamedTuple):
    """When a visitor agreed: `day` (since 1970-01-01 UTC) from the cookie, `moment` (unix seconds) from the receipt.

    `is_of_browser` is whether the moment is by the browser's clock, as event times are.
    """

    day: int
    moment: float | None = None
    is_of_browser: bool = False


class EventTimes(NamedTuple):
    """A request's oldest event, and when it was sent, by the browser's clock in unix seconds; None if not stated."""

    oldest: float | None
    sent: float | None


def read_times(documents: Iterable[Any], event_paths: Iterable[str], sent_paths: Iterable[str]) -> EventTimes:
    """Return the times at the given dotted paths of a request's documents."""
    nodes = [node for document in documents for node in _nodes(document)]
    events = [time for path in event_paths for node in nodes for time in _parse_times(values_at_path(node, path))]
    sent = [time for path in sent_paths for node in nodes for time in _parse_times(values_at_path(node, path))]
    return EventTimes(min(events, default=None), max(sent, default=None))


def is_before(times: EventTimes, grant: Grant, now: float) -> bool:
    """Return whether the oldest event happened before the grant; `now` is in unix seconds.

    If the receipt's moment is by the browser's clock, both times can be compared directly. Otherwise the event's age is
    the time between it and its sending, which is right however wrong the browser's clock is.
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


def _parse_times(values: Iterable[Any]) -> Iterator[float]:
    for value in values:
        time = _parse_time(value)
        if time is not None and math.isfinite(time):
            yield time


def _parse_time(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return _parse_iso(value)
    if not isinstance(value, int | float) or abs(value) > 1e15:
        return None
    return value / 1000 if value >= _MILLISECONDS else float(value)


def _parse_iso(text: str) -> float | None:
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)).timestamp()
