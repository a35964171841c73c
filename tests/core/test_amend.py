"""A choice that changes a part of the one before: what it keeps, and from when the time counts."""

import pytest

from consent.core.amend import amended, has_grant
from consent.core.choice import Choice, parse_choice

LIFE = 12
DAY = 20_000
YEAR = DAY + 365


def choice(answers: str, day: int = DAY, regime: str = "eu_opt_in", told: int = 0, vendors: str = "") -> Choice:
    states = "".join(mark + "12345678" for mark in answers)
    found = parse_choice(f"v1.{day}.{regime}.{told}.{states}.{vendors}")
    assert found
    return found


@pytest.mark.parametrize(
    ("before", "now", "after"),
    [
        # A refusal of one group leaves the grants of others, which live no longer for it.
        (choice("111"), choice("-0-", DAY + 90), choice("101")),
        (choice("1-1", vendors="hotjar:0"), choice("-0-", DAY + 90), choice("101", vendors="hotjar:0")),
        (choice("000", vendors="video:1"), choice("-0-", DAY + 9), choice("000", vendors="video:1")),
        # A grant under the same rule, too.
        (choice("001"), choice("---", DAY + 90, vendors="video:1"), choice("001", vendors="video:1")),
        (choice("0-1"), choice("1--", DAY + 90), choice("1-1")),
        # Under another rule, or another signal that was told of, a new grant keeps earlier refusals alone.
        (choice("001"), choice("1--", DAY + 90, "us_ca"), choice("10-", DAY + 90, "us_ca")),
        (
            choice("1-0", vendors="a:1~b:0"),
            choice("-1-", DAY + 9, told=1),
            choice("-10", DAY + 9, told=1, vendors="b:0"),
        ),
        # The first grant lives its own time, and what was refused before it is kept for longer.
        (choice("000"), choice("---", YEAR - 9, vendors="a:1"), choice("000", YEAR - 9, vendors="a:1")),
        (choice("0-0"), choice("-1-", DAY + 90, "us_ca", 1), choice("010", DAY + 90, "us_ca", 1)),
        # Once nothing is granted any more the time counts from the last refusal.
        (choice("100"), choice("0--", YEAR - 9), choice("000", YEAR - 9)),
        (choice("000", vendors="a:1"), choice("---", YEAR - 9, vendors="a:0"), choice("000", YEAR - 9, vendors="a:0")),
        # What has ended is no longer there to be kept.
        (choice("110"), choice("0--", YEAR + 9), choice("0-0", YEAR + 9)),
    ],
)
def test_what_is_left_open_stays_as_it_was(before: Choice, now: Choice, after: Choice) -> None:
    found = amended(before, now, LIFE)
    assert found == after
    assert has_grant(found) is has_grant(after)
