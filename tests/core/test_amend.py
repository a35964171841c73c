"""A choice that changes part of an earlier one: what it keeps, and when its lifetime starts."""

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
        # Refusing one group keeps the grants of other groups, but doesn't extend them.
        (choice("111"), choice("-0-", DAY + 90), choice("101")),
        (choice("1-1", vendors="hotjar:0"), choice("-0-", DAY + 90), choice("101", vendors="hotjar:0")),
        (choice("000", vendors="video:1"), choice("-0-", DAY + 9), choice("000", vendors="video:1")),
        # So does a grant under the same rule.
        (choice("001"), choice("---", DAY + 90, vendors="video:1"), choice("001", vendors="video:1")),
        (choice("0-1"), choice("1--", DAY + 90), choice("1-1")),
        # Under another rule, or with another signal shown, a new grant keeps only the earlier refusals.
        (choice("001"), choice("1--", DAY + 90, "us_ca"), choice("10-", DAY + 90, "us_ca")),
        (
            choice("1-0", vendors="a:1~b:0"),
            choice("-1-", DAY + 9, told=1),
            choice("-10", DAY + 9, told=1, vendors="b:0"),
        ),
        # The first grant starts its own lifetime, and earlier refusals are kept longer.
        (choice("000"), choice("---", YEAR - 9, vendors="a:1"), choice("000", YEAR - 9, vendors="a:1")),
        (choice("0-0"), choice("-1-", DAY + 90, "us_ca", 1), choice("010", DAY + 90, "us_ca", 1)),
        # Once no grant is left, the lifetime starts at the last refusal.
        (choice("100"), choice("0--", YEAR - 9), choice("000", YEAR - 9)),
        (choice("000", vendors="a:1"), choice("---", YEAR - 9, vendors="a:0"), choice("000", YEAR - 9, vendors="a:0")),
        # An expired choice has nothing left to keep.
        (choice("110"), choice("0--", YEAR + 9), choice("0-0", YEAR + 9)),
    ],
)
def test_undecided_parts_stay_unchanged(before: Choice, now: Choice, after: Choice) -> None:
    found = amended(before, now, LIFE)
    assert found == after
    assert has_grant(found) is has_grant(after)
