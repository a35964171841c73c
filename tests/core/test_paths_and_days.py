"""Page patterns and calendar months."""

import datetime
import fnmatch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.core.days import add_months, date_of, day_of
from consent.core.paths import matches

texts = st.text("ab*", max_size=8)


@given(texts, st.text("ab", max_size=8))
def test_a_pattern_means_what_a_shell_means_by_it(pattern, path):
    assert matches(pattern, path) == fnmatch.fnmatchcase(path, pattern)


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2026-01-31", 1, "2026-02-28"),
        ("2027-11-30", 3, "2028-02-29"),
        ("2026-11-25", 13, "2027-12-25"),
        ("2026-12-31", 12, "2027-12-31"),
    ],
)
def test_months_are_calendar_months(start, months, end):
    found = add_months(day_of(datetime.date.fromisoformat(start)), months)
    assert date_of(found).isoformat() == end
