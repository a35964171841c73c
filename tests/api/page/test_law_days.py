"""A law that begins while the service runs holds from its first second of UTC on, without a restart."""

import datetime
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.test import Client

from consent.runtime.edge.day_ends import DAY_SECONDS
from consent.sites.law.calendar import LawChange, law_changes
from tests.api.shop import Shop, open_shop
from tests.golden import shipped_rules

TODAY = datetime.date(2026, 12, 1)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Open the shop behind an edge that says where each visitor is, and may keep scripts for a minute."""
    folder: Path = tmp_path_factory.mktemp("edge")
    opened = open_shop(folder, edge="own", trusted_proxies=("192.0.2.9/32",), edge_cache=60)
    door = opened.service.door
    opened.client = Client(
        lambda environ, start: door({"REMOTE_ADDR": "192.0.2.9"} | environ, start), use_cookies=False
    )
    yield opened
    opened.service.close()


def changes(shop: Shop) -> list[LawChange]:
    live = shop.service.context.configs.live.get("shop")
    assert live is not None
    return law_changes(live.document, shipped_rules(), TODAY)


def from_place(code: str) -> dict[str, str]:
    country, _, part = code.partition("-")
    return {"Consent_Country": country} | ({"Consent_Subdivision": part} if part else {})


def test_each_law_of_the_coming_months_begins_at_its_midnight_in_the_running_service(shop: Shop) -> None:
    coming = changes(shop)
    assert {"US-OK", "US-LA", "US-AL", "US-VT", "IN"} <= {one.code for one in coming}
    for one in coming:
        begins = datetime.datetime.combine(one.day, datetime.time(), datetime.UTC).timestamp()
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
    begins = datetime.datetime(2027, 1, 1, tzinfo=datetime.UTC).timestamp()
    place = from_place("US-OK")
    shop.service.context.clock = lambda: begins - 30
    before = shop.get("/b/shop.js", **place)
    kept = int(before.headers["Cache-Control"].partition("s-maxage=")[2])
    assert 0 < kept <= 30
    shop.service.context.clock = lambda: begins
    assert shop.get("/b/shop.js", If_None_Match=before.headers["ETag"], **place).status_code == 200
