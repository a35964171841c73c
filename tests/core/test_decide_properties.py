"""Properties of every decision, whatever the site, place, day, signals and choice."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from consent.core.age_rules import age_key, band_of_age, minor_effects
from consent.core.choice import Choice
from consent.core.days import date_of
from consent.core.decide import Signals, decide
from consent.core.groups import LETTERS, OPT_IN, OPTIONAL
from consent.core.resolve import resolve
from consent.core.rules import Place
from tests.core.strategies import DAY, PLACES, RULES, all_signals, configs, days, places
from tests.golden import make_config

pytestmark = pytest.mark.extended

GRANTS = ("granted", "vendor_granted")

subdivisions = st.sampled_from([place for place in PLACES if place.subdivision])
paths = st.sampled_from([None, "/", "/health/a", "/checkout"])


@st.composite
def choices(draw, config, states=(True, False, None)):
    """Draw a choice that a visitor of `config` could have made anywhere within the last two years."""
    keys = {g: draw(st.sampled_from([config["purpose_keys"][g][0]["key"][:8], "ffffffff"])) for g in OPTIONAL}
    return Choice(
        DAY - draw(st.integers(0, 730)),
        draw(st.sampled_from(sorted(RULES.under))),
        {group: draw(st.sampled_from(states)) for group in OPTIONAL},
        keys,
        draw(
            st.dictionaries(
                st.sampled_from(["one", "two", "three"]),
                st.sampled_from([s for s in states if s is not None]),
                max_size=2,
            )
        ),
        draw(st.integers(0, 3)),
    )


@st.composite
def visits(draw):
    """Draw a config with a choice or none."""
    config = draw(configs())
    return config, draw(st.none() | choices(config))


def decide_at(config, place, signals, choice, path, day=DAY):
    return decide(resolve(config, RULES, place, day), day, signals, choice, path)


def reasons(decision):
    return {tag["id"]: tag["reason"] for tag in decision.tags}


@given(visits(), places, all_signals, paths)
def test_nothing_runs_in_an_opt_in_place_without_a_grant_that_covers_it(visit, place, signals, path):
    config, choice = visit
    resolved = resolve(config, RULES, place, DAY)
    decision = decide(resolved, DAY, signals, choice, path)
    for tag, answer in zip(resolved["tags"], decision.tags, strict=True):
        if answer["mode"] != "full" or tag["group"] == "essential" or tag["level"] != 4:
            continue
        assert answer["reason"] in GRANTS
        assert choice is not None
        by_vendor = choice.vendors.get(tag["vendor"])
        assert by_vendor or (choice.groups[tag["group"]] and choice.keys[tag["group"]] in tag["covered"])


@given(visits(), places, all_signals, paths)
def test_a_signal_never_widens(visit, place, signals, path):
    config, choice = visit
    quiet = decide_at(config, place, Signals(False, False, signals.age_band), choice, path)
    loud = decide_at(config, place, signals, choice, path)
    assert set(loud.allowed_tags) <= set(quiet.allowed_tags)


@given(visits(), places, all_signals, paths, st.sampled_from(OPTIONAL))
def test_a_refusal_never_widens(visit, place, signals, path, group):
    config, choice = visit
    before = decide_at(config, place, signals, choice, path)
    blank = Choice(DAY, "fallback", dict.fromkeys(OPTIONAL), dict.fromkeys(OPTIONAL, "00000000"))
    had = choice or blank
    refused = Choice(had.day, had.regime, had.groups | {group: False}, had.keys, had.vendors, had.told, had.letters)
    assert set(decide_at(config, place, signals, refused, path).allowed_tags) <= set(before.allowed_tags)


@given(visits(), places, all_signals, paths, st.integers(0, 5000))
def test_time_never_turns_a_refusal_into_a_grant(visit, place, signals, path, days):
    config, choice = visit
    assume(choice is not None)
    now, later = (reasons(decide_at(config, place, signals, choice, path, DAY + ahead)) for ahead in (0, days))
    for tag_id, reason in now.items():
        if reason in ("refused", "vendor_refused"):
            assert later[tag_id] not in GRANTS
            assert not later[tag_id].endswith("_default")


@given(
    configs().flatmap(lambda c: st.tuples(st.just(c), choices(c, (True, None)))),
    places,
    places,
    all_signals,
    paths,
)
def test_a_grant_never_reaches_a_stricter_place(visit, here, there, signals, path):
    config, choice = visit
    given_here = resolve(config, RULES, here, DAY)
    asked_there = resolve(config, RULES, there, DAY)
    made = Choice(
        choice.day,
        given_here["regime"],
        choice.groups,
        choice.keys,
        choice.vendors,
        choice.told,
        given_here["letters"],
    )
    decision = decide(asked_there, DAY, signals, made, path)
    by_opt_in = {group for letter, group in LETTERS.items() if letter in given_here["letters"]}
    for before, after, answer in zip(given_here["tags"], asked_there["tags"], decision.tags, strict=True):
        # A group that was opt-in as a whole was granted by opt-in, including its tags that required less.
        stood_under = OPT_IN if before["group"] in by_opt_in else before["level"]
        if after["level"] > stood_under:
            assert answer["reason"] not in GRANTS


@given(visits(), places, all_signals, paths, days)
def test_an_unknown_place_is_never_laxer_than_any_place(visit, place, signals, path, day):
    config, _ = visit
    unknown = decide_at(config, Place(), signals, None, path, day)
    known = decide_at(config, place, signals, None, path, day)
    assert set(unknown.allowed_tags) <= set(known.allowed_tags)
    for group in OPTIONAL:
        assert known.groups[group]["granted"] or not unknown.groups[group]["granted"]


@given(visits(), places, all_signals, paths)
def test_essential_is_always_allowed_except_on_pages_that_the_site_excludes(visit, place, signals, path):
    config, choice = visit
    decision = decide_at(config, place, signals, choice, path)
    assert decision.groups["essential"] == {"granted": True, "reason": "essential"}
    for tag in decision.tags:
        if tag["group"] == "essential":
            assert tag["reason"] in ("essential", "out_of_page")


@given(visits(), subdivisions, all_signals, paths, days)
def test_a_country_without_subdivision_is_never_laxer_than_its_subdivisions(visit, place, signals, path, day):
    config, _ = visit
    whole = decide_at(config, Place(place.country), signals, None, path, day)
    assert set(whole.allowed_tags) <= set(decide_at(config, place, signals, None, path, day).allowed_tags)


@given(configs(), places | st.just(Place()), st.integers(0, 17), days)
def test_an_age_in_years_stands_under_the_effects_on_just_that_age(config, place, age, day):
    resolved = resolve(config, RULES, place, day)
    key = age_key(resolved, band_of_age(age), age)
    effects = minor_effects(RULES.rule_at(place, date_of(day)).minors, age)
    assert resolved["minors"].get(key, [0, 0, 0, 0]) == effects


@given(configs(), places | st.just(Place()), days)
def test_what_no_consent_can_release_stays_held(config, place, day):
    resolved = resolve(config, RULES, place, day)
    keys = {group: resolved["groups"][group]["keys"][0] for group in OPTIONAL}
    everything = Choice(day, resolved["regime"], dict.fromkeys(OPTIONAL, True), keys, {}, 3, "fadx")
    banned = {tag["id"] for tag in resolved["tags"] if tag["hold"] == "precise_location"}
    decision = decide(resolved, day, Signals(), everything, None)
    assert not banned & {*decision.allowed_tags, *decision.limited_tags}


@given(configs(), places | st.just(Place()), days)
def test_a_precise_location_waits_where_sensitive_data_needs_consent(config, place, day):
    sends = {tag["id"] for tag in config["tags"] if tag["precise_location"] and tag["group"] in OPTIONAL}
    words = set(RULES.rule_at(place, date_of(day)).sensitive_data)
    needs_consent = words & {"opt_in", "explicit_opt_in", "strictly_necessary_only"}
    allowed = decide_at(config, place, Signals(), None, None, day).allowed_tags
    assert not needs_consent or not sends & set(allowed)


def test_texas_and_maryland_ask_before_a_precise_location_is_sent_and_iowa_does_not():
    config = make_config([{"id": "map", "group": "functional", "precise_location": True}])
    for state in ("TX", "MD"):
        assert not decide_at(config, Place("US", state), Signals(), None, None, DAY).allowed_tags
    assert decide_at(config, Place("US", "IA"), Signals(), None, None, DAY).allowed_tags == ["map"]


@given(visits(), places, all_signals, paths)
def test_a_visitor_who_answered_everything_today_is_not_asked(visit, place, signals, path):
    config, _ = visit
    resolved = resolve(config, RULES, place, DAY)
    keys = {group: resolved["groups"][group]["keys"][0] for group in OPTIONAL}
    for state in (True, False):
        # The choice's letters record a level that only this page or age requires, as the script writes them.
        made = Choice(DAY, resolved["regime"], dict.fromkeys(OPTIONAL, state), keys, {}, 3, "fad")
        shown = decide(resolved, DAY, signals, made, path).show
        exempt = any(tag["relaxed"] or tag["exempt"] for tag in resolved["tags"])
        assert shown == "none" or (state and exempt)


@given(visits(), places, all_signals)
def test_on_a_payment_page_runs_what_is_essential_or_was_let_there(visit, place, signals):
    config, choice = visit
    notes = {tag["id"]: tag["payment_note"] for tag in config["tags"]}
    for tag in decide_at(config, place, signals, choice, "/checkout").tags:
        assert tag["mode"] == "held" or tag["group"] == "essential" or notes[tag["id"]]
