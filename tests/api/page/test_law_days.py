"""A law that takes effect while the service runs applies from midnight local time, without a restart."""

import datetime
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from werkzeug.test import Client

from consent.core.days import DAY_SECONDS
from consent.runtime.banner_replay import past_showing
from consent.sites.law.calendar import LawChange, law_changes
from tests.api.shop import Shop, claims_of, open_shop
from tests.golden import shipped_rules

TODAY = datetime.date(2026, 12, 1)
ZONES = {
    "IN": "Asia/Kolkata",
    "US-AL": "America/Chicago",
    "US-LA": "America/Chicago",
    "US-OK": "America/Chicago",
    "US-VT": "America/New_York",
}
"""Where laws are about to take effect, with one time zone each."""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Open the shop behind an edge that sends each visitor's place and may cache scripts for a minute."""
    folder: Path = tmp_path_factory.mktemp("edge")
    opened = open_shop(folder, edge="own", trusted_proxies=("192.0.2.9/32",), edge_cache=60)
    app = opened.service.wsgi_app
    opened.client = Client(lambda environ, start: app({"REMOTE_ADDR": "192.0.2.9"} | environ, start), use_cookies=False)
    yield opened
    opened.service.close()


def changes(shop: Shop) -> list[LawChange]:
    live = shop.service.context.configs.live.get("shop")
    assert live is not None
    return law_changes(live.document, shipped_rules(), TODAY)


def midnight(code: str, day: datetime.date) -> float:
    return datetime.datetime.combine(day, datetime.time(), ZoneInfo(ZONES[code])).timestamp()


def from_place(code: str) -> dict[str, str]:
    country, _, part = code.partition("-")
    return {"Consent_Country": country} | ({"Consent_Subdivision": part} if part else {})


def test_each_law_of_the_coming_months_begins_at_its_midnight_in_the_running_service(shop: Shop) -> None:
    coming = changes(shop)
    assert {one.code for one in coming} == set(ZONES)
    for one in coming:
        begins = midnight(one.code, one.day)
        place, seen = from_place(one.code), []
        for time in (begins - DAY_SECONDS, begins - 1, begins, begins + 1, begins + DAY_SECONDS - 1):
            shop.service.context.clock = lambda time=time: time
            script, decision = shop.get("/b/shop.js", **place), shop.decision(**place).json
            seen.append((script.headers["ETag"], decision["groups"]["advertising"]["rule"], decision["show"]))
        eve, night, *after = seen
        assert len({rule for _, rule, _ in (eve, night)}) == 1, one.code
        assert {show for *_, show in (eve, night)} == {one.before}, one.code
        assert {show for *_, show in after} == {one.after}, one.code
        assert night[0] not in {etag for etag, *_ in after}, one.code


def test_no_cache_and_no_browser_keeps_the_script_of_before(shop: Shop) -> None:
    begins = midnight("US-OK", datetime.date(2027, 1, 1))
    place = from_place("US-OK")
    shop.service.context.clock = lambda: begins - 30
    before = shop.get("/b/shop.js", **place)
    kept = int(before.headers["Cache-Control"].partition("s-maxage=")[2])
    assert 0 < kept <= 30
    shop.service.context.clock = lambda: begins
    assert shop.get("/b/shop.js", If_None_Match=before.headers["ETag"], **place).status_code == 200


def test_a_receipt_at_the_day_boundary_uses_the_rule_that_the_visitor_was_shown(shop: Shop) -> None:
    begins = int(midnight("US-OK", datetime.date(2027, 1, 1)))
    place = from_place("US-OK")
    for number, time in enumerate((begins - 1, begins)):
        shop.service.context.clock = lambda time=time: time
        shown = shop.decision("?view=banner", **place).json
        body = shop.choice("reject_all", granted=False) | {"config": shown["config"], "token": shown["token"]}
        answer = shop.choose(body | {"key": f"{number:032x}"}, **place)
        assert answer.status_code == 201, answer.json
        claims = claims_of(shop, answer)
        decided = answer.json["decision"]
        rule = shown["groups"]["advertising"]["rule"]
        assert (claims["regime"], decided["regime"]) == (shown["regime"], shown["regime"])
        assert decided["groups"]["advertising"]["rule"] == rule
        assert rule.startswith(("US us_notice", "US-OK us_opt_out")[number])
        live = shop.service.context.configs.live.get("shop")
        assert live is not None
        # The record's page redraws what was shown.
        assert past_showing(live, claims).resolved["rule"] == rule
