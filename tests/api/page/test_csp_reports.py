"""CSP reports from pages: which hosts they record, and what is refused."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from consent.api.buffers.rate_limit import WriteLimit
from consent.core.days import DAY_SECONDS
from consent.storage.scans import scans
from consent.storage.scans.scans import StoredFinding
from tests.api.shop import ORIGIN, Shop, open_shop

pytestmark = pytest.mark.app

ADDRESS = "/api/v1/sites/shop/csp-reports"


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Open one shop for all tests that record nothing."""
    opened = open_shop(tmp_path_factory.mktemp("still"))
    yield opened
    opened.service.close()


def old(blocked: str, page: str = ORIGIN + "/cart?user=7", directive: str = "script-src-elem") -> str:
    facts = {
        "document-uri": page,
        "blocked-uri": blocked,
        "effective-directive": directive,
        "referrer": "https://a.example/",
    }
    return json.dumps({"csp-report": facts})


def new(*blocked: str) -> str:
    def report(address: str) -> dict[str, Any]:
        body = {"documentURL": ORIGIN + "/cart", "blockedURL": address, "effectiveDirective": "img-src"}
        return {"type": "csp-violation", "age": 3, "url": ORIGIN + "/cart", "user_agent": "x", "body": body}

    return json.dumps([report(address) for address in blocked] + [{"type": "deprecation", "body": {"id": "x"}}])


def send(shop: Shop, body: str, kind: str = "application/csp-report", **headers: str) -> int:
    return shop.client.post(ADDRESS, data=body, headers={"Content-Type": kind, **headers}).status_code


def found(shop: Shop) -> list[StoredFinding]:
    context = shop.service.context
    context.buffers.sightings.flush()
    with context.engine.connect() as connection:
        return scans.findings(connection, shop.site_id)


def test_both_formats_keep_only_the_host(any_shop: Shop) -> None:
    assert send(any_shop, old("https://px.unheard.example/t?id=visitor-77&mail=a@b.example")) == 204
    assert send(any_shop, new("https://cdn.unheard.example/a.js#7"), "application/reports+json; charset=utf-8") == 204
    kept = {one.host: one for one in found(any_shop)}
    assert sorted(kept) == ["cdn.unheard.example", "px.unheard.example"]
    one = kept["px.unheard.example"]
    assert (one.kind, one.layer, one.made_by, one.page) == ("host", "report", "script-src", "https://www.example.com/")
    assert not [part for part in ("visitor-77", "mail", "user=7", "a.example/") if part in json.dumps(one._asdict())]


def test_many_reports_that_a_browser_sends_at_once_are_read_though_each_holds_the_whole_policy(shop: Shop) -> None:
    reports = json.loads(new(*[f"https://px{number}.unheard.example/t" for number in range(40)]))
    for report in reports:
        report["body"]["originalPolicy"] = "default-src " + "https://vendor.example " * 150
    assert send(shop, json.dumps(reports), "application/reports+json") == 204
    assert len(found(shop)) == 40


def test_a_known_vendor_of_the_catalog_is_named(shop: Shop) -> None:
    send(shop, old("https://static.hotjar.com/c/hotjar-1.js"))
    (one,) = found(shop)
    assert (one.vendor, one.group) == ("hotjar", "analytics")


def test_a_vendor_of_one_path_does_not_explain_another_on_its_host(shop: Shop) -> None:
    shop.edit(lambda draft: draft["vendors"][2].update(hosts=["www.shared.example/maps/"]))
    shop.publish()
    send(shop, old("https://www.shared.example/maps/embed?pb=1"))
    send(shop, old("https://www.shared.example"))
    assert found(shop) == []
    send(shop, old("https://www.shared.example/pixel"))
    assert [one.host for one in found(shop)] == ["www.shared.example"]


@pytest.mark.parametrize(
    "body",
    [
        old("inline"),
        old("eval"),
        old("data"),
        old("chrome-extension://abcdef/x.js"),
        old("https://[broken"),
        old(ORIGIN + "/own.js"),
        old("https://ga.example/x.js"),
        old("https://px.unheard.example/", page="https://elsewhere.example/"),
        old("https://px.unheard.example/", directive="<b>"),
        old("https://" + "a." * 130 + "example/"),
        json.dumps({"csp-report": {"blocked-uri": 7}}),
    ],
)
def test_other_reports_yield_nothing(still: Shop, body: str) -> None:
    assert send(still, body) == 204
    assert found(still) == []


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        ("{", "application/csp-report", 400),
        ("[]", "application/csp-report", 400),
        ('{"csp-report": 1}', "application/csp-report", 400),
        ('{"a": 1, "a": 2}', "application/reports+json", 400),
        ("[" * 3000, "application/reports+json", 400),
        ('"text"', "application/reports+json", 400),
        (old("https://px.unheard.example/"), "text/plain", 415),
        (new(*["https://px.unheard.example/"] * 2000), "application/reports+json", 413),
    ],
)
def test_rejects_an_invalid_report_and_stores_nothing(still: Shop, body: str, kind: str, status: int) -> None:
    assert send(still, body, kind) == status
    assert found(still) == []


def test_a_foreign_origin_may_not_report_and_the_sites_own_may_after_a_preflight(shop: Shop) -> None:
    assert send(shop, old("https://px.unheard.example/"), Origin="https://elsewhere.example") == 403
    assert send(shop, old("https://px.unheard.example/"), Origin=ORIGIN) == 204
    assert shop.client.options(ADDRESS, headers={"Origin": ORIGIN}).status_code == 204
    assert shop.client.post("/api/v1/sites/none/csp-reports", data="{}").status_code == 404


def test_reports_have_their_own_rate_limit_that_does_not_affect_choices(shop: Shop) -> None:
    shop.service.context.buffers.report_limit = WriteLimit(2)
    shop.service.context.buffers.choice_limit = WriteLimit(2)
    assert [send(shop, old("https://px.unheard.example/")) for _ in range(3)] == [204, 204, 429]
    assert shop.choose(shop.choice()).status_code == 201


def test_so_many_hosts_are_kept_and_no_more_and_a_known_one_is_looked_at_once_an_hour(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scans, "MAX_REPORTED_HOSTS", 3)
    for number in range(6):
        send(shop, old(f"https://x{number}.unheard.example/"))
    kept = found(shop)
    assert len(kept) == 3
    send(shop, old("https://x0.unheard.example/"))
    assert [one.last_seen for one in found(shop)] == [one.last_seen for one in kept]


def test_made_up_hosts_expire_after_a_day_and_recurring_ones_stay(
    any_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scans, "MAX_REPORTED_HOSTS", 3)
    engine, now = any_shop.service.context.engine, int(time.time())
    send(any_shop, old("https://real.example/"))
    (real,) = found(any_shop)

    def meet(name: str, days: float) -> None:
        seen = real._replace(name=name, host=name)
        with engine.begin() as connection:
            scans.save_sighting(connection, any_shop.site_id, seen, now + int(days * DAY_SECONDS))

    for name in ("up1.example", "up2.example"):
        meet(name, 0)
    meet("late.example", 0.9)
    assert "late.example" not in {one.host for one in found(any_shop)}
    meet("real.example", 1)
    for name in ("late.example", "later.example", "last.example"):
        meet(name, 1.5)
    assert {one.host for one in found(any_shop)} == {"real.example", "late.example", "later.example"}


def test_a_known_vendor_gets_a_place_though_made_up_hosts_have_taken_all(
    any_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scans, "MAX_REPORTED_HOSTS", 3)
    for number in range(5):
        send(any_shop, old(f"https://x{number}.unheard.example/"))
    made_up = {one.host for one in found(any_shop)}
    send(any_shop, old("https://static.hotjar.com/c/hotjar-1.js"))
    hosts = {one.host for one in found(any_shop)}
    assert (len(hosts), "static.hotjar.com" in hosts, len(hosts & made_up)) == (3, True, 2)
    send(any_shop, old("https://x9.unheard.example/"))
    engine, later = any_shop.service.context.engine, int(time.time()) + 20 * DAY_SECONDS
    (real,) = [one for one in found(any_shop) if one.host == "static.hotjar.com"]
    for number in range(9):
        unknown = real._replace(name=f"y{number}.example", host=f"y{number}.example", vendor="")
        with engine.begin() as connection:
            scans.save_sighting(connection, any_shop.site_id, unknown, later)
    assert "static.hotjar.com" in {one.host for one in found(any_shop)}, "nothing made up pushes it out"


def test_a_scan_does_not_mark_as_gone_what_visitors_reported(shop: Shop) -> None:
    from consent.scanner.audit.classify_items import Promise
    from consent.scanner.save_results import save_scan_results

    send(shop, old("https://px.unheard.example/"))
    (one,) = found(shop)
    with shop.service.context.engine.begin() as connection:
        result = {"url": ORIGIN + "/", "visits": [], "is_complete": True, "is_whole": True, "regions": []}
        changes = save_scan_results(connection, shop.site_id, result, Promise(), one.last_seen + 60)
    assert changes == []
    assert [kept.gone_at for kept in found(shop)] == [None]
