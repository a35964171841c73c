"""Equal effective choices get the same decision apart from the date, so one response serves choices from many days."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.core.choice import Choice
from consent.core.days import add_months
from consent.core.decide import decide, expiry, has_granted
from consent.core.effective_choice import effective_choice
from consent.core.groups import OPTIONAL
from consent.core.resolve import resolve
from tests.core.strategies import DAY, RULES, all_signals, configs, places

PATHS = [None, "/", "/health/a", "/checkout"]
VENDORS = ["one", "two", "three", "invented", "another"]


@st.composite
def visits(draw):
    """Draw a config and a few choices that differ in their day and in values that were never published."""
    config, place, signals = draw(configs()), draw(places), draw(all_signals)
    resolved = resolve(config, RULES, place, DAY)
    known = {group: [*resolved["groups"][group]["keys"], "ffffffff", "eeeeeeee"] for group in OPTIONAL}
    groups = {group: draw(st.sampled_from([True, False, None])) for group in OPTIONAL}
    # Around both expiry dates the day makes a difference.
    edges = [add_months(DAY, -months) for months in (resolved["life"], resolved["keep"], 2 * resolved["keep"])]
    days = st.sampled_from([*(edge + ahead for edge in edges for ahead in (-1, 0, 1)), DAY - 9, DAY, DAY + 1, DAY + 2])
    choices = st.builds(
        Choice,
        days,
        st.sampled_from([resolved["regime"], "invented", "another"]),
        st.just(groups),
        st.fixed_dictionaries({group: st.sampled_from(known[group]) for group in OPTIONAL}),
        st.dictionaries(st.sampled_from(VENDORS), st.booleans(), max_size=3),
        st.just(0),
        st.sampled_from(["", "fa", "af", "x"]),
    )
    return resolved, signals, draw(st.lists(choices, min_size=6, max_size=16))


@pytest.mark.slow
@given(visits(), st.sampled_from(PATHS))
def test_choices_of_the_same_standing_get_the_same_decision(visit, path):
    resolved, signals, choices = visit
    by_effective = {}
    for choice in choices:
        decision = decide(resolved, DAY, signals, choice, path)
        without_date = replace(decision, expires=None)
        assert by_effective.setdefault(effective_choice(resolved, DAY, choice), without_date) == without_date
        assert decision.expires == expiry(
            resolved, choice, is_granted=has_granted(resolved, decision.groups, decision.tags)
        )


@given(visits())
def test_invented_values_create_no_new_equivalence_class(visit):
    resolved, _, choices = visit
    for choice in choices:
        keys = {
            group: key if key in resolved["groups"][group]["keys"] else "12345678" for group, key in choice.keys.items()
        }
        other = replace(choice, keys=keys, letters=choice.letters[::-1])
        assert effective_choice(resolved, DAY, other) == effective_choice(resolved, DAY, choice)
