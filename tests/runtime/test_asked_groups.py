"""Which groups a site asks for: those that have something to ask about."""

from typing import Any

import pytest

from consent.core.resolve import resolve
from consent.core.rules import Place
from consent.runtime.asked_groups import asked_groups
from tests.golden import make_config, make_tag, shipped_rules

DAY = 20782
GA4 = {"id": "google-analytics", "group": "analytics"}
ADS = {"id": "ads", "group": "advertising"}


def asked(*tags: dict[str, Any], place: str = "DE", cookies: Any = (), **overrides: Any) -> list[str]:
    config = make_config(list(tags), overrides) | {"cookies": list(cookies)}
    country, _, subdivision = place.partition("-")
    return asked_groups(config, resolve(config, shipped_rules(), Place(country, subdivision or None), DAY))


def test_a_site_with_analytics_alone_asks_for_nothing_else() -> None:
    assert asked(GA4) == ["analytics"]
    assert asked({"id": "shop", "group": "essential"}) == []


@pytest.mark.parametrize("off", [{"enabled": False}, {"places": {"only": ["US"], "except": []}}, {"group": "new"}])
def test_a_tag_that_cannot_run_here_asks_for_nothing(off: dict[str, Any]) -> None:
    assert asked(GA4, make_tag(**ADS) | off) == ["analytics"]


def test_a_tag_that_waits_for_its_day_is_asked_for_ahead() -> None:
    assert asked(GA4, ADS | {"schedule": {"from": "2030-01-01", "until": None}}) == ["analytics", "advertising"]


def test_a_site_goes_on_asking_while_its_kill_switch_is_on() -> None:
    assert asked(GA4, kill_switch=True) == ["analytics"]


def test_a_cookie_of_the_sites_own_is_asked_for_and_one_of_a_vendor_follows_its_tag() -> None:
    own, theirs = {"group": "functional", "vendor": None}, {"group": "advertising", "vendor": "ads"}
    assert asked(GA4, cookies=[own, theirs]) == ["functional", "analytics"]


@pytest.mark.parametrize("overrides", [{"foreign_marks": True}, {"asked_groups": ["functional", "advertising"]}])
def test_what_pages_hold_without_a_tag_is_asked_for_where_the_owner_says_so(overrides: dict[str, Any]) -> None:
    assert asked(GA4, **overrides) == ["functional", "analytics", "advertising"]


def test_a_container_may_load_tags_of_every_group() -> None:
    assert asked({"id": "google-tag-manager", "group": "functional"}) == ["functional", "analytics", "advertising"]


def test_where_the_opt_out_is_about_sale_what_is_sold_asks_for_advertising_too() -> None:
    sold = GA4 | {"sale_or_share": True}
    assert asked(sold, place="US-CA") == ["analytics", "advertising"]
    assert asked(sold) == ["analytics"]
