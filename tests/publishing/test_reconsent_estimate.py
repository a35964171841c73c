"""How many visitors a publish asks again: by place, group, and what each answer covered."""

import copy
from datetime import date
from functools import cache
from typing import Any

import pytest

from consent.app import load_artifacts, load_rules
from consent.core.days import day_of
from consent.core.documents.config import Config, Draft
from consent.demo.ports import Ports
from consent.demo.site import demo_draft
from consent.publishing.preview import config_of
from consent.publishing.publish import freeze
from consent.publishing.reconsent_estimate import ReconsentEstimate, estimate_reconsent, keys_of
from consent.storage.statistics.answer_groups import Answers

RULES, ARTIFACTS = load_rules(), load_artifacts()
TODAY = day_of(date(2026, 11, 25))


@cache
def live_config() -> Config:
    """Return the demo's frozen draft, computed only in the process that runs these tests."""
    return freeze(demo_draft(Ports()), None, 1, ARTIFACTS)


def answers(country: str, regime: str, choice: str, count: int, days_ago: int = 30, subdivision: str = "") -> Answers:
    return Answers("sha256:live", country, subdivision, regime, choice, TODAY - days_ago, count)


GERMANY = answers("DE", "eu_opt_in", "111", 100)
REFUSED = answers("DE", "eu_opt_in", "000", 40)
TEXAS = answers("US", "us_opt_out", "111", 7, subdivision="TX")


def asked(draft: Draft, *given: Answers, keys: dict[str, Any] | None = None) -> ReconsentEstimate:
    live = live_config()
    new = freeze(draft, live, 2, ARTIFACTS)
    known = {"sha256:live": keys_of(live)} if keys is None else keys
    return estimate_reconsent(given, known, config_of(live, 1, RULES), config_of(new, 1, RULES), TODAY)


def with_vendor(group: str) -> Draft:
    """Return the demo's draft with another vendor in `group`."""
    draft = demo_draft(Ports())
    tag = next(tag for tag in draft["tags"] if tag["group"] == group)
    vendor = next(vendor for vendor in draft["vendors"] if vendor["id"] == tag["vendor"])
    draft["tags"].append(copy.deepcopy(tag) | {"id": "newcomer", "vendor": "newcomer", "name": "Newcomer"})
    draft["vendors"].append(copy.deepcopy(vendor) | {"id": "newcomer"})
    return draft


def test_who_granted_the_group_of_a_new_vendor_is_asked_again_where_consent_is_needed() -> None:
    found = asked(with_vendor("advertising"), GERMANY, REFUSED, TEXAS)
    assert found.by_groups == {("advertising",): 100}
    assert found.by_country == {"DE": 100}
    assert (found.total, found.counting) == (100, 47)


def test_who_granted_all_that_was_asked_for_is_asked_for_a_group_that_was_empty() -> None:
    with_ads = demo_draft(Ports())
    analytics_alone = demo_draft(Ports())
    analytics_alone["tags"] = [tag for tag in analytics_alone["tags"] if tag["group"] in ("essential", "analytics")]
    live = freeze(analytics_alone, None, 1, ARTIFACTS)
    new = freeze(with_ads, live, 2, ARTIFACTS)
    given = [answers("DE", "eu_opt_in", "-1-", 9), answers("DE", "eu_opt_in", "000", 4)]
    configs = config_of(live, 1, RULES), config_of(new, 1, RULES)
    found = estimate_reconsent(given, {"sha256:live": keys_of(live)}, *configs, TODAY)
    assert found.by_groups == {("functional", "advertising"): 9}


@pytest.mark.parametrize("choice", ["110", "000", "---", "10-"])
def test_a_visitor_who_did_not_grant_that_group_is_not_asked(choice: str) -> None:
    found = asked(with_vendor("advertising"), answers("DE", "eu_opt_in", choice, 5))
    # Without an answer for a group, the live config already asks.
    assert found.total == 0


def test_removals_and_an_unchanged_draft_ask_nobody() -> None:
    less = demo_draft(Ports())
    less["tags"] = [tag for tag in less["tags"] if tag["group"] != "advertising"]
    assert asked(less, GERMANY).total == 0
    assert asked(demo_draft(Ports()), GERMANY).total == 0


def test_an_expired_answer_is_not_counted() -> None:
    found = asked(with_vendor("advertising"), answers("DE", "eu_opt_in", "111", 9, days_ago=380))
    assert (found.total, found.counting) == (0, 0)


def test_where_new_vendors_wait_for_the_expiry_nobody_is_asked_now() -> None:
    draft = with_vendor("advertising")
    draft["overrides"]["ask_for_new_vendors"] = "expiry"
    assert asked(draft, GERMANY).total == 0


def test_a_visitor_who_is_asked_anyway_is_not_counted() -> None:
    older = {"sha256:live": dict.fromkeys(("functional", "analytics", "advertising"), "0" * 8)}
    found = asked(with_vendor("advertising"), GERMANY, keys=older)
    assert (found.total, found.counting) == (0, 100)


def test_ignores_an_answer_to_an_unknown_config() -> None:
    assert asked(with_vendor("advertising"), GERMANY, keys={}).counting == 0


def test_a_stricter_rule_asks_those_who_answered_under_a_laxer_one() -> None:
    draft = demo_draft(Ports())
    draft["overrides"]["sensitive"] = True
    found = asked(draft, TEXAS, GERMANY)
    assert found.by_country == {"US": 7}
