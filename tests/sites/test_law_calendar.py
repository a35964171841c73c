"""What a law changes for a site's own config, on the exact day; draft laws change nothing."""

import datetime
from typing import Any

from consent.core.rules import Place
from consent.sites.law.calendar import (
    MinorStop,
    coming_events,
    dated_laws,
    law_changes,
    law_events,
    tags_stopped_by_signal,
)
from consent.sites.shipped_rules import load_rules
from tests.golden import make_config

TODAY = datetime.date(2026, 11, 30)
TAGS = [{"id": "map", "group": "functional"}, {"id": "ads", "group": "advertising", "precise_location": True}]


def named(**overrides: Any) -> Any:
    return make_config([tag | {"name": tag["id"].title()} for tag in TAGS], overrides)


def by_place(today: datetime.date, until: datetime.date | None = None, **overrides: Any) -> dict[tuple[str, str], Any]:
    return {(one.code, one.day.isoformat()): one for one in law_changes(named(**overrides), load_rules(), today, until)}


def test_each_day_of_the_next_two_years_that_visitors_meet_is_there() -> None:
    found = by_place(TODAY)
    first, later = found["US-VT", "2027-01-01"], found["US-VT", "2028-01-01"]
    assert (first.minors, first.falls, first.is_gpc_bound) == ((MinorStop("Ads", tuple(range(13, 18))),), (), False)
    assert (later.before, later.after, later.is_gpc_bound) == ("none", "ask", True)
    assert {code for code, _ in found} == {"CL", "IN", "US-OK", "US-LA", "US-AL", "US-VT"}
    assert found["IN", "2027-05-14"].old_regime == "fallback"


def test_a_ban_on_selling_a_precise_location_is_one() -> None:
    found = by_place(datetime.date(2026, 6, 1), datetime.date(2026, 7, 1))
    # Before, it required consent: without a choice it didn't run.
    assert (found["US-VA", "2026-07-01"].banned, found["US-VA", "2026-07-01"].falls) == (("Ads",), ())
    # Below 13, a parent had to consent before.
    assert found["US-AR", "2026-07-01"].minors[0] == MinorStop("Map", tuple(range(13, 17)))
    assert [one.words for one in found["US-AR", "2026-07-01"].minors] == ["Map (13–16)", "Ads (13–16)"]
    assert MinorStop("Ads", (0, 1, 2, 5, 16, 17)).words == "Ads (0–2, 5, 16–17)"


def test_one_rule_for_all_states_leaves_nothing_to_change_there() -> None:
    one_rule = [{"country": "US", "reason": "x", "by": "", "on": "2026-11-25"}]
    assert {code for code, _ in by_place(TODAY, one_rule=one_rule)} == {"CL", "IN"}


def test_a_signal_that_browsers_must_offer_stops_tags_on_its_day() -> None:
    day = datetime.date(2027, 1, 1)
    (signal,) = [one for one in dated_laws(TODAY, day) if one.signal]
    assert (signal.code, signal.day) == ("US-CA", "2027-01-01")
    assert tags_stopped_by_signal(named(), load_rules(), signal) == ("Ads",)
    assert tags_stopped_by_signal(named(), load_rules(), signal._replace(signal="")) == ()
    assert dated_laws(day, day) == []


def test_drafts_of_law_are_marked_and_reach_no_decision() -> None:
    drafts = [one for one in law_events() if one.kind == "draft"]
    assert drafts
    assert {one.kind for one in law_events()} == {"law", "draft"}
    assert [one.kind for one in coming_events(TODAY)][-len(drafts) :] == ["draft"] * len(drafts)
    far = datetime.date(2031, 1, 1)
    assert all("draft" not in load_rules().rule_at(Place(one.code[:2]), far).law.lower() for one in drafts)
    assert {row["status"] for row in load_rules().rows.values()} <= {
        "confirmed",
        "partial",
        "recalled",
        "design_choice",
    }
