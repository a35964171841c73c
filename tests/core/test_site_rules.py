"""A site's own rules: they can make a rule stricter, and laxer only where no source confirms the law."""

import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.core.choice import Choice
from consent.core.days import day_of
from consent.core.decide import Signals, decide
from consent.core.groups import LEVELS, OPT_IN, OPT_OUT, OPTIONAL, RELAXED
from consent.core.resolve import OWN, resolve
from consent.core.rules import Place
from consent.core.site_rules import EVERYWHERE, OWN_LEVELS
from tests.golden import make_config, shipped_rules

RULES = shipped_rules()
DAY = day_of(datetime.date(2026, 11, 25))
REPLAY = {"id": "replay", "group": "analytics", "purposes": ["session_replay"]}
COUNTS = {"id": "counts", "group": "analytics", "purposes": ["visitor_statistics"]}
PLACES = [Place(), *(Place(code[:2], code[3:] or None) for code in RULES.codes if code not in ("ZZ", "EU"))]


def own(place: str, level: str, **what: str) -> dict[str, str]:
    return {"place": place, "level": level, "reason": "Our lawyer says so", **what}


def levels(place: Place, *entries: dict[str, str], tags: Any = (REPLAY, COUNTS), **overrides: Any) -> dict[str, int]:
    config = make_config(list(tags), {"rules": list(entries), **overrides})
    return {tag["id"]: tag["level"] for tag in resolve(config, RULES, place, DAY)["tags"]}


def visit(place: Place, *entries: dict[str, str], choose: bool = False, **overrides: Any) -> tuple[str, dict[str, str]]:
    """Return what the visitor is shown and each tag's reason, after accepting all if `choose`."""
    config = make_config([REPLAY, COUNTS], {"rules": list(entries), **overrides})
    resolved = resolve(config, RULES, place, DAY)
    keys = {group: facts["keys"][0] for group, facts in resolved["groups"].items()}
    choice = Choice(DAY, resolved["regime"], dict.fromkeys(OPTIONAL, True), keys, letters=resolved["letters"])
    found = decide(resolved, DAY, Signals(), choice if choose else None, "/")
    return found.show, {tag["id"]: tag["reason"] for tag in found.tags}


def test_session_replay_can_need_a_grant_in_california_while_other_analytics_do_not() -> None:
    rule = own("US-CA", "opt_in", purpose="session_replay")
    california, texas = Place("US", "CA"), Place("US", "TX")
    assert levels(california, rule) == {"replay": OPT_IN, "counts": OPT_OUT}
    assert levels(texas, rule) == levels(texas)
    assert visit(california, rule) == ("ask", {"replay": "opt_in_not_given", "counts": "opt_out_default"})
    # Whoever accepts has been asked, so the grant counts under the stricter rule too, and nobody is asked again.
    assert visit(california, rule, choose=True) == ("none", {"replay": "granted", "counts": "granted"})
    assert OWN in resolve(make_config([REPLAY], {"rules": [rule]}), RULES, california, DAY)["rule"]
    assert OWN not in resolve(make_config([REPLAY], {"rules": [rule]}), RULES, texas, DAY)["rule"]


def test_a_grant_of_before_the_own_rule_does_not_reach_what_is_stricter_now() -> None:
    california = Place("US", "CA")
    before = resolve(make_config([REPLAY]), RULES, california, DAY)
    keys = {group: facts["keys"][0] for group, facts in before["groups"].items()}
    choice = Choice(DAY, before["regime"], dict.fromkeys(OPTIONAL, True), keys, letters=before["letters"])
    now = make_config([REPLAY], {"rules": [own("US", "opt_in", group="analytics")]})
    found = decide(resolve(now, RULES, california, DAY), DAY, Signals(), choice, "/")
    assert (found.show, found.tags[0]["reason"]) == ("ask", "stricter_place")


@pytest.mark.parametrize("place", ["US", "*", "US-CA"])
def test_a_visitor_whose_state_is_not_known_gets_what_any_of_them_would(place: str) -> None:
    assert levels(Place("US"), own(place, "opt_in", group="analytics"))["counts"] == OPT_IN
    assert levels(Place("CA"), own("US-CA", "opt_in", group="functional"), tags=[COUNTS]) == levels(
        Place("CA"), tags=[COUNTS]
    )


def test_one_rule_for_all_states_is_the_strictest_of_them() -> None:
    one = {"one_rule": [{"country": "US", "reason": "One notice for all"}]}
    strictest = resolve(make_config([COUNTS]), RULES, Place("US"), DAY)
    for state in ("CA", "TX", "AK"):
        found = resolve(make_config([COUNTS], one), RULES, Place("US", state), DAY)
        assert {**found, "place": ""} == {**strictest, "place": ""}
    assert levels(Place("CA", "ON"), **one) == levels(Place("CA", "ON"))


def test_an_exemption_yields_to_a_stricter_rule_of_the_site() -> None:
    measured = COUNTS | {"exemptions": ["audience:FR"]}
    assert levels(Place("FR"), tags=[measured])["counts"] == RELAXED
    assert levels(Place("FR"), own("FR", "opt_in", group="analytics"), tags=[measured])["counts"] == OPT_IN
    assert levels(Place("FR"), own("FR", "notice", group="analytics"), tags=[measured])["counts"] == RELAXED


def test_what_is_known_by_recollection_alone_can_be_made_laxer_and_what_is_confirmed_cannot() -> None:
    laxer = own("AE", "opt_out", group="analytics")
    assert levels(Place("AE"))["counts"] == OPT_IN
    assert levels(Place("AE"), laxer)["counts"] == OPT_OUT
    assert levels(Place("AE"), own("*", "opt_out", group="analytics"))["counts"] == OPT_IN
    assert levels(Place("DE"), own("DE", "opt_out", group="analytics"))["counts"] == OPT_IN
    # A grant from there counts only where the rules are no stricter.
    config = make_config([COUNTS], {"rules": [laxer]})
    there = resolve(config, RULES, Place("AE"), DAY)
    keys = {group: facts["keys"][0] for group, facts in there["groups"].items()}
    choice = Choice(DAY, there["regime"], dict.fromkeys(OPTIONAL, True), keys, letters=there["letters"])
    found = decide(resolve(config, RULES, Place("TR"), DAY), DAY, Signals(), choice, "/")
    assert found.tags[0]["reason"] == "stricter_place"


@pytest.mark.parametrize("overrides", [{"sensitive": True}, {"sensitive_paths": ["/*"]}])
def test_who_accepts_on_a_sensitive_page_is_not_asked_for_ever(overrides: dict[str, Any]) -> None:
    california = Place("US", "CA")
    assert visit(california, **overrides)[0] == "ask"
    assert visit(california, choose=True, **overrides) == ("none", {"replay": "granted", "counts": "granted"})


entries = st.lists(
    st.one_of(
        st.fixed_dictionaries(
            {
                "place": st.sampled_from([EVERYWHERE, "US", *RULES.codes]),
                "level": st.sampled_from(OWN_LEVELS),
                **{name: st.sampled_from(values)},
            }
        )
        for name, values in (("group", OPTIONAL), ("purpose", ("session_replay", "visitor_statistics")))
    ),
    max_size=4,
)


@given(st.sampled_from(PLACES), entries, st.booleans())
def test_own_rules_never_make_a_confirmed_rule_laxer(place: Place, rules: list[dict[str, str]], one: bool) -> None:
    tags = [REPLAY, COUNTS | {"exemptions": ["statistics:GB"]}, {"id": "ads", "group": "advertising"}]
    config = make_config(tags, {"rules": rules, "one_rule": [{"country": "US"}] if one else []})
    lawful, found = (resolve(c, RULES, place, DAY) for c in (make_config(tags), config))
    unsure = RULES.rule_at(place, datetime.date(2026, 11, 25)).unsure
    for before, after in zip(lawful["tags"], found["tags"], strict=True):
        assert after["level"] >= before["level"] or before["group"] in unsure
        assert LEVELS[after["level"]]
    for group in OPTIONAL:
        assert found["groups"][group]["level"] >= lawful["groups"][group]["level"] or group in unsure
