"""Names that pages report: which are kept for review, and what is refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from consent.api.buffers.sightings import Sighting, Sightings
from consent.classifier.catalog import VENDORS, load_catalog
from consent.sites.seen_in_page import vendors_in_page
from consent.storage.scans import scans
from consent.storage.scans.scans import StoredFinding
from consent.storage.statistics import enforcement
from tests.api.shop import ORIGIN, Shop

ADDRESS = "/api/v1/sites/shop/sightings"


def send(shop: Shop, origin: str | None = ORIGIN, **met: Any) -> int:
    headers = {"Content-Type": "text/plain"} | ({"Origin": origin} if origin else {})
    return shop.client.post(ADDRESS, data=json.dumps(met), headers=headers).status_code


def found(shop: Shop) -> dict[str, StoredFinding]:
    context = shop.service.context
    context.buffers.sightings.flush()
    with context.engine.connect() as connection:
        return {f"{one.kind} {one.name}": one for one in scans.findings(connection, shop.site_id)}


@pytest.fixture
def asking(shop: Shop) -> Shop:
    """Enable reporting of names in the owner's settings."""
    shop.edit(lambda draft: draft["overrides"].update(sightings=100))
    shop.publish()
    return shop


@pytest.fixture(scope="module")
def asking_refused(shared_shop: Shop) -> Shop:
    """Enable reporting of names in one shop for all requests that are refused."""
    shared_shop.edit(lambda draft: draft["overrides"].update(sightings=100))
    shared_shop.publish()
    return shared_shop


def test_records_unknown_names_with_what_the_catalog_knows(asking: Shop) -> None:
    met = {"cookie": ["_fbp", "basket_of_shop"], "local_storage": ["theme"], "host": ["static.hotjar.com"]}
    assert send(asking, **met) == 204
    kept = found(asking)
    assert sorted(kept) == [
        "cookie _fbp",
        "cookie basket_of_shop",
        "host static.hotjar.com",
        "local_storage theme",
    ]
    assert (kept["cookie _fbp"].group, kept["cookie _fbp"].vendor) == ("advertising", "meta-pixel")
    one = kept["local_storage theme"]
    assert (one.host, one.page, one.layer) == ("www.example.com", "https://www.example.com/", "report")
    assert kept["host static.hotjar.com"].host == "static.hotjar.com"


def test_a_host_of_the_operators_filter_list_is_told_by_it(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "mine.txt"
    file.write_text("||spy.unheard.example^\n")
    sightings = Sightings(shop.service.context.engine, lists=(f"analytics={file}",))
    sightings.add(shop.site_id, Sighting("host", "spy.unheard.example", "www.example.com"))
    sightings.flush()
    kept = found(shop)["host spy.unheard.example"]
    assert (kept.group, "The filter list mine.txt classifies" in kept.reason) == ("analytics", True)


def test_does_not_record_what_the_site_declares(asking: Shop) -> None:
    own = ["consent_shop", "consent_shop_queue"]
    assert send(asking, cookie=own, local_storage=own, host=["www.example.com", "ga.example", "localhost"]) == 204
    assert found(asking) == {}


def test_code_in_the_page_counts_as_seen_once_a_browser_loads_it(asking: Shop) -> None:
    catalog, context = load_catalog(VENDORS), asking.service.context

    def leave_to_page(draft: dict[str, Any]) -> None:
        vimeo = catalog.vendor("vimeo")
        for entry in draft["vendors"]:
            if entry["id"] == "ga":
                entry["hosts"] = ["player.vimeo.com/video/"]
                entry["id"] = vimeo.id
        for tag in draft["tags"]:
            if tag["id"] == "ga":
                tag |= {"vendor": vimeo.id, "load": {"type": "marked"}}

    def seen() -> frozenset[str]:
        context.buffers.sightings.flush()
        live = context.configs.live.get("shop")
        assert live
        with context.engine.connect() as connection:
            return vendors_in_page(connection, asking.site_id, live.document, catalog)

    asking.edit(leave_to_page)
    asking.publish()
    assert send(asking, host=["other.example", "ads.example"]) == 204
    assert seen() == set()
    assert send(asking, host=["player.vimeo.com"]) == 204
    assert seen() == {"vimeo"}
    assert "code in the page loads it" in found(asking)["host player.vimeo.com"].reason


def test_records_nothing_unless_the_owner_opted_in(shop: Shop) -> None:
    assert send(shop, cookie=["_fbp"]) == 204
    assert found(shop) == {}


def test_records_nothing_without_a_page_of_the_site(asking: Shop) -> None:
    assert send(asking, origin="https://elsewhere.example", cookie=["_fbp"]) == 403
    assert send(asking, origin=None, cookie=["_fbp"]) == 204
    assert found(asking) == {}


def test_a_page_view_is_counted_with_what_it_asked(asking: Shop) -> None:
    assert send(asking, state="refused", asked=["ads", "nobody"], asked_own=["ga"], page="/shoes/red/* big") == 400
    assert send(asking, state="refused", asked=["ads", "nobody"], asked_own=["ga"], page="/shoes/red/*") == 204
    assert send(asking, state="not_asked") == 204
    assert send(asking, cookie=["_fbp"]) == 204
    context = asking.service.context
    context.buffers.sampled_views.flush()
    day = int(context.clock() // 86400)
    with context.engine.connect() as connection:
        views = enforcement.views_by_day(connection, asking.site_id, day, day)
        asked = enforcement.asked_vendors(connection, asking.site_id, day, day)
        (page,) = enforcement.first_pages(connection, asking.site_id, "ads", day, day, 5)
    assert views == {(day, "refused"): (1, 1), (day, "not_asked"): (1, 0)}
    assert asked == {("ads", "refused", False): 1, ("ga", "refused", True): 1}
    assert page.page == "/shoes/red/…"


@pytest.mark.parametrize(
    "met",
    [
        {"state": "elsewhere"},
        {"page": "shoes"},
        {"asked": "ga"},
        {"cookie": "_fbp"},
        {"cookie": [""]},
        {"cookie": ["x" * 61]},
        {"cookie": ["a\nb"]},
        {"cookie": ["n"] * 31},
        {"values": ["_fbp"]},
        {"host": [7]},
    ],
)
def test_rejects_a_report_with_invalid_names_as_a_whole(asking_refused: Shop, met: dict[str, Any]) -> None:
    assert send(asking_refused, **{"session_storage": ["good"]} | met) == 400
    assert found(asking_refused) == {}


def test_the_script_has_the_part_only_where_it_is_asked_for(shop: Shop) -> None:
    part = shop.service.context.configs.build.sends["sightings"].decode()
    assert part not in shop.get("/b/shop.js").text
    shop.edit(lambda draft: draft["overrides"].update(sightings=100))
    shop.publish()
    text = shop.get("/b/shop.js").text
    assert part in text
    assert '"sightings":100' in text
    assert '"watch":{"session":' in text
