"""An event from before the grant is recognized by its own time, however wrong the browser's clock is."""

import pytest

from consent.core.days import DAY_SECONDS
from consent.runtime.gate.event_times import EventTimes, Grant, is_before, read_times

DAY = 20_000
NOON = DAY * DAY_SECONDS + 43_200.0
EVENTS, SENT = ("timestamp", "batch[].timestamp", "events[].time"), ("sent_at",)


@pytest.mark.parametrize(
    ("document", "oldest", "sent"),
    [
        ({"timestamp": "2024-10-04T12:00:00.000Z", "sent_at": "2024-10-04T12:00:03Z"}, NOON, NOON + 3),
        ({"batch": [{"timestamp": NOON}, {"timestamp": NOON - 5}]}, NOON - 5, None),
        ({"events": [{"time": int(NOON * 1000)}]}, NOON, None),
        ([{"timestamp": str(NOON)}, {"timestamp": NOON - 9}], NOON - 9, None),
        ({"timestamp": True}, None, None),
        ({"timestamp": "soon"}, None, None),
        ({"timestamp": "NaN"}, None, None),
        ({"timestamp": "1e400"}, None, None),
        ("text", None, None),
    ],
)
def test_times_are_read(document: object, oldest: float | None, sent: float | None) -> None:
    assert read_times([document], EVENTS, SENT) == EventTimes(oldest, sent)


HOUR = 3600.0
CASES = [
    # The moment of the grant by the browser's own clock: nothing else counts.
    (EventTimes(NOON - 60, None), Grant(DAY, NOON, is_of_browser=True), NOON + 600, True),
    (EventTimes(NOON + 60, None), Grant(DAY, NOON, is_of_browser=True), NOON + 9000, False),
    (EventTimes(NOON - HOUR + 1, NOON - HOUR + 4), Grant(DAY, NOON - HOUR, is_of_browser=True), NOON + 4, False),
    # The moment by our clock: the browser's clock is an hour slow, and its event 3 s or 60 s old.
    (EventTimes(NOON - HOUR, NOON - HOUR + 3), Grant(DAY, NOON - 10), NOON, False),
    (EventTimes(NOON - HOUR, NOON - HOUR + 60), Grant(DAY, NOON - 10), NOON, True),
    # Only the day is known: events from an earlier day never pass, and those from the same day only at once.
    (EventTimes(NOON - DAY_SECONDS, None), Grant(DAY), NOON, True),
    (EventTimes(NOON - 5, None), Grant(DAY), NOON, False),
    (EventTimes(NOON - 60, None), Grant(DAY), NOON, True),
    (EventTimes(NOON - 60, None), Grant(DAY - 1), NOON, False),
    (EventTimes(NOON + HOUR, None), Grant(DAY), NOON, False),
    (EventTimes(None, None), Grant(DAY), NOON, False),
]


@pytest.mark.parametrize(("times", "grant", "now", "expected"), CASES)
def test_recognizes_an_event_before_the_grant(times: EventTimes, grant: Grant, now: float, expected: bool) -> None:
    assert is_before(times, grant, now) is expected
