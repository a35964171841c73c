"""A rule that asks minors themselves: their grants count, and an adult's grant doesn't count for them."""

import datetime
from typing import Any

import pytest

from consent.core.age_rules import letters_of, minor_effects, strongest_bands
from consent.core.choice import Choice
from consent.core.days import day_of
from consent.core.decide import Signals, decide
from consent.core.groups import AGE_BANDS, OPTIONAL
from consent.core.resolve import resolve
from consent.core.rules import Place
from tests.golden import make_config, shipped_rules

RULES = shipped_rules()
DAY = day_of(datetime.date(2026, 11, 25))
TAGS = [{"id": group, "group": group} for group in OPTIONAL]
SOLD = {"id": "sold", "group": "analytics", "sale_or_share": True}
PLACES = [Place(), *(Place(code[:2], code[3:] or None) for code in RULES.codes if code not in ("ZZ", "EU"))]
CALIFORNIA, GERMANY = Place("US", "CA"), Place("DE")


def resolved_in(place: Place, **overrides: Any) -> dict[str, Any]:
    return resolve(make_config([*TAGS, SOLD], overrides), RULES, place, DAY)


def accepting(resolved: dict[str, Any], band: str) -> Choice:
    """Return the choice of somebody in this age band who accepts everything that can be granted."""
    first = decide(resolved, DAY, Signals(age_band=band), None, "/")
    groups = {group: None if first.groups[group]["reason"] == "minor" else True for group in OPTIONAL}
    keys = {group: facts["keys"][0] for group, facts in resolved["groups"].items()}
    return Choice(DAY, resolved["regime"], groups, keys, letters=letters_of(resolved, band))


@pytest.mark.parametrize("band", ["unknown", *AGE_BANDS])
@pytest.mark.parametrize("place", PLACES, ids=[place.code or "unknown" for place in PLACES])
def test_who_accepts_all_is_not_asked_again_and_gets_all_that_no_rule_bars(place: Place, band: str) -> None:
    resolved = resolved_in(place)
    found = decide(resolved, DAY, Signals(age_band=band), accepting(resolved, band), "/")
    assert found.show != "ask"
    barred = {group for group in OPTIONAL if found.groups[group]["reason"] == "minor"}
    assert all(tag["mode"] == "full" for tag in found.tags if tag["reason"] != "minor" and tag["group"] not in barred)
    assert all(tag["reason"] != "stricter_place" for tag in found.tags)


def test_a_teenager_in_california_grants_under_an_opt_in_of_his_own() -> None:
    resolved = resolved_in(CALIFORNIA)
    assert [letters_of(resolved, band) for band in ("unknown", "adult", "16_17", "13_15", "under13")] == [
        "",
        "",
        "",
        "ad",
        "",
    ]
    teenager = Signals(age_band="13_15")
    for choice, reason in ((accepting(resolved, "13_15"), "granted"), (accepting(resolved, "adult"), "stricter_place")):
        found = decide(resolved, DAY, teenager, choice, "/")
        assert {tag["id"]: tag["reason"] for tag in found.tags}["advertising"] == reason


def test_only_what_he_was_asked_for_reaches_a_stricter_place() -> None:
    there = resolved_in(GERMANY)
    choice = accepting(resolved_in(CALIFORNIA), "13_15")
    found = decide(there, DAY, Signals(), choice, "/")
    reasons = {tag["id"]: tag["reason"] for tag in found.tags}
    assert (reasons["functional"], reasons["advertising"]) == ("stricter_place", "granted")


def test_where_a_site_addresses_children_nobody_who_says_nothing_counts_as_a_teenager() -> None:
    resolved = resolved_in(CALIFORNIA, addresses_children=True)
    assert letters_of(resolved, "unknown") == letters_of(resolved, "under13")


@pytest.mark.parametrize("place", PLACES, ids=[place.code for place in PLACES])
def test_bands_of_many_rows_are_told_as_few_that_do_the_same(place: Place) -> None:
    bands = RULES.rule_at(place, datetime.date(2026, 12, 1)).minors
    few = strongest_bands(bands)
    assert all(minor_effects(few, age) == minor_effects(bands, age) for age in range(20))
    assert len(few) <= 6


def test_the_consent_of_parent_and_child_together_keeps_its_name() -> None:
    bands = RULES.rule_at(Place("FR"), datetime.date(2026, 12, 1)).minors
    assert [band.effect for band in strongest_bands(bands)] == ["parent_and_child"]
