"""*Add what was found*: one press adds what a check or a scan saw on the page to the draft."""

import json

import pytest

from consent.app import load_artifacts, load_rules
from consent.publishing.publish import freeze
from consent.runtime.blocking import blocker_attributes
from consent.runtime.compiled_config import CompiledConfig
from consent.signing.canonical_json import canonical
from consent.sites.custom.code import NOTHING
from consent.sites.draft import check_draft
from consent.sites.health_report import Finding
from consent.sites.in_page_tags import hosts_of
from consent.storage.tables.accounts import SITE_ROLES
from tests.dashboard.client import Dashboard
from tests.dashboard.publishing.publish_page import publish
from tests.dashboard.scan_findings import found as scanned
from tests.dashboard.scan_findings import kept
from tests.dashboard.site_check import ADS, GA4, HOTJAR, NOBODY, PIXEL, STRIPE, checked, tag_of
from tests.dashboard.undo_toast import undo

PRESS = {"source": "check"}
NECESSITY = "Visitors pay by card"


def test_one_click_adds_the_tags_of_the_page_and_one_undoes_it(dashboard: Dashboard) -> None:
    before = dashboard.draft()
    admin = checked(dashboard, GA4, PIXEL, HOTJAR)
    page = admin.get("/sites/demo/check").text
    for words in (
        "Google Analytics 4",
        "G-ABC1234567",
        "no ID found",
        "Not blocked",
        "through the page&#39;s Tag Manager",
    ):
        assert words in page
    assert admin.post("/sites/demo/found", PRESS).location == "/sites/demo/tags"
    check_draft(dashboard.draft())
    ga4, pixel, hotjar = (tag_of(dashboard, tag) for tag in ("ga4", "meta-pixel", "hotjar"))
    assert (ga4["in_page"], ga4["parameters"], ga4["load"]["type"]) == (True, GA4.parameters, "script")
    assert (pixel["in_page"], pixel["parameters"], pixel["load"]) == (True, {}, NOTHING)
    assert (hotjar["in_page"], hotjar["load"]) == (True, NOTHING)
    assert [tag["group"] for tag in (ga4, pixel, hotjar)] == ["analytics", "advertising", "analytics"]
    assert {"google-analytics", "meta-pixel", "hotjar"} <= {vendor["id"] for vendor in dashboard.draft()["vendors"]}
    undo(admin, admin.get("/sites/demo/tags").text)
    assert dashboard.draft() == before


def test_a_tag_of_the_draft_that_would_run_twice_is_left_to_the_page_and_others_stay(dashboard: Dashboard) -> None:
    before = {tag["id"]: tag for tag in dashboard.draft()["tags"]}
    admin = checked(dashboard, ADS)
    assert "in the draft, and loaded twice" in admin.get("/sites/demo/check").text
    admin.post("/sites/demo/found", PRESS)
    after = {tag["id"]: tag for tag in dashboard.draft()["tags"]}
    assert after == before | {"demo-ads": before["demo-ads"] | {"in_page": True}}
    assert "Add what was found" not in admin.get("/sites/demo/check").text
    assert admin.post("/sites/demo/found", PRESS).location == "/sites/demo/check"


def test_an_essential_tag_requires_a_checkbox_and_a_reason(dashboard: Dashboard) -> None:
    admin = checked(dashboard, STRIPE, GA4)
    page = admin.get("/sites/demo/check").text
    assert "Add Stripe.js as essential" in page
    tick = PRESS | {"essential": "stripe/stripe-js"}
    assert admin.post("/sites/demo/found", tick | {"necessity stripe/stripe-js": " "}).location == "/sites/demo/check"
    assert "ga4" not in {tag["id"] for tag in dashboard.draft()["tags"]}
    admin.post("/sites/demo/found", PRESS)
    assert "stripe-js" not in {tag["id"] for tag in dashboard.draft()["tags"]}
    admin.post("/sites/demo/found", tick | {"necessity stripe/stripe-js": NECESSITY})
    stripe = tag_of(dashboard, "stripe-js")
    assert (stripe["group"], stripe["necessity"], stripe["in_page"]) == ("essential", NECESSITY, True)


def test_two_snippets_of_one_product_are_one_tag(dashboard: Dashboard) -> None:
    admin = checked(
        dashboard, GA4._replace(parameters={}), GA4, GA4._replace(parameters={"measurement_id": "G-OTHER99999"})
    )
    admin.post("/sites/demo/found", PRESS)
    assert [tag["parameters"] for tag in dashboard.draft()["tags"] if tag["vendor"] == "google-analytics"] == [
        GA4.parameters
    ]


@pytest.mark.parametrize(
    "parameters", [{"measurement_id": "<script>"}, {"measurement_id": "G-" + "A" * 400}, {"x": "1"}]
)
def test_a_tag_with_an_invalid_id_is_added_without_parameters(dashboard: Dashboard, parameters: dict[str, str]) -> None:
    admin = checked(dashboard, GA4._replace(parameters=parameters))
    admin.post("/sites/demo/found", PRESS)
    assert (tag_of(dashboard, "ga4")["parameters"], tag_of(dashboard, "ga4")["load"]) == ({}, NOTHING)


def test_a_check_works_before_the_first_publish(dashboard: Dashboard) -> None:
    admin = checked(dashboard, GA4, site="other")
    assert "Add what was found" in admin.get("/sites/other/check").text
    admin.post("/sites/other/found", PRESS)
    assert "Publish the first version" in admin.get("/sites/other/tags").text
    assert tag_of(dashboard, "ga4", "other")["in_page"] is True


def test_an_unreadable_page_keeps_earlier_findings(dashboard: Dashboard) -> None:
    checked(dashboard, GA4)
    admin = checked(
        dashboard, findings=[Finding("page", "fault", "The page returned 500. Enter one that visitors open.")]
    )
    assert "Google Analytics 4" in admin.get("/sites/demo/check").text


def test_a_check_without_a_tag_clears_earlier_findings(dashboard: Dashboard) -> None:
    checked(dashboard, GA4)
    assert "Google Analytics 4" not in checked(dashboard).get("/sites/demo/check").text


def test_what_was_found_is_shown_as_text(dashboard: Dashboard) -> None:
    evil = "<script>alert(1)</script>"
    odd = GA4._replace(name=evil, address=evil, reason=evil, parameters={"measurement_id": evil})
    page = checked(dashboard, odd, NOBODY._replace(name=evil, address="")).get("/sites/demo/check").text
    assert evil not in page


def test_a_scan_offers_the_vendors_that_no_tag_is_of(dashboard: Dashboard) -> None:
    facts = {"kind": "host", "third_party": True, "layer": "vendor_domain", "situations": "none,reject,accept"}
    scanned(
        dashboard,
        kept("static.hotjar.com", host="static.hotjar.com", vendor="hotjar", group="analytics", **facts),
        kept("ads.vendors.localhost", host="ads.vendors.localhost", vendor="demo-ads", group="advertising", **facts),
        kept("ajax.googleapis.com", host="ajax.googleapis.com", **facts),
    )
    admin = dashboard.browser("chief")
    page = admin.get("/sites/demo/scan").text
    assert page.count("not in the draft") == 1
    assert "Unknown third parties" not in page, "of the code library nobody is asked"
    assert "A scan found 1 tag on your page" in admin.get("/sites/demo/review").text
    admin.post("/sites/demo/found", {"source": "scan"})
    assert tag_of(dashboard, "hotjar")["group"] == "analytics"
    assert "in_page" not in tag_of(dashboard, "demo-ads"), "the service itself loads it, so a scan proves nothing"
    assert "Add what was found" not in admin.get("/sites/demo/scan").text


def test_what_a_scan_met_without_the_service_is_the_pages_own(dashboard: Dashboard) -> None:
    facts = {"kind": "host", "third_party": True, "layer": "config", "situations": "down,accept"}
    scanned(dashboard, kept("ads.vendors.localhost", host="ads.vendors.localhost", vendor="demo-ads", **facts))
    admin = dashboard.browser("chief")
    admin.post("/sites/demo/found", {"source": "scan"})
    assert tag_of(dashboard, "demo-ads")["in_page"] is True


@pytest.mark.parametrize("role", SITE_ROLES)
def test_a_user_without_edit_permission_sees_no_button(dashboard: Dashboard, role: str) -> None:
    checked(dashboard, GA4, STRIPE)
    answer = dashboard.browser(role).get("/sites/demo/check")
    assert (answer.status_code == 200) == (role != "viewer")
    assert ("Add what was found" in answer.text) == (role in ("admin", "marketing"))
    assert ("as essential" in answer.text) == (role in ("admin", "marketing"))


def test_a_forged_list_of_additions_removes_nothing(dashboard: Dashboard) -> None:
    admin = dashboard.browser("chief")
    before = dashboard.draft()
    parts = json.dumps({"new": ["demo-ads"], "switched": []})
    assert admin.post("/sites/demo/found/undone", {"parts": parts}).status_code == 400
    assert dashboard.draft() == before


MATOMO = GA4._replace(
    vendor="matomo",
    template="matomo",
    name="Matomo",
    parameters={},
    address="https://stats.elsewhere.example/matomo.js",
)


def test_a_product_on_a_server_of_its_owner_is_known_at_its_host(dashboard: Dashboard) -> None:
    before = dashboard.draft()
    admin = checked(dashboard, MATOMO, MATOMO._replace(address="https://count.elsewhere.example/m.js"))
    admin.post("/sites/demo/found", PRESS)
    draft, hosts = dashboard.draft(), ["stats.elsewhere.example", "count.elsewhere.example"]
    assert tag_of(dashboard, "matomo")["load"]["hosts"] == hosts
    vendor = next(one for one in draft["vendors"] if one["id"] == "matomo")
    assert hosts_of(draft, vendor) == [*vendor["hosts"], *hosts]
    assert (
        "stats.elsewhere.example" in blocker_attributes(draft, "https://consent.example.com").partition("data-hold")[2]
    )
    body = canonical(freeze(draft, None, 1, load_artifacts()))
    told = CompiledConfig("sha256:0", body, 1, load_rules()).acts_facts("en")["vendors"]["matomo"]
    assert told["hosts"] == [*vendor["hosts"], *hosts]
    checked(dashboard, MATOMO._replace(address="https://third.elsewhere.example/m.js"))
    assert "in the draft, but not for this address" in admin.get("/sites/demo/check").text
    admin.post("/sites/demo/found", PRESS)
    assert tag_of(dashboard, "matomo")["load"]["hosts"] == [*hosts, "third.elsewhere.example"]
    undo(admin, admin.get("/sites/demo/tags").text)
    assert dashboard.draft() == draft
    assert before["vendors"] == draft["vendors"][:-1]


@pytest.mark.parametrize(
    "address",
    [
        "https://shop.matomo.cloud/m.js",
        "https://cdn.jsdelivr.net/npm/m.js",
        "https://stats.other.example/m.js",
        "",
    ],
)
def test_a_host_of_the_vendor_the_site_or_a_code_library_is_none_of_its_owner(
    dashboard: Dashboard, address: str
) -> None:
    admin = checked(dashboard, MATOMO._replace(address=address), site="other")
    admin.post("/sites/other/found", PRESS)
    assert "hosts" not in tag_of(dashboard, "matomo", "other")["load"]


def test_one_press_adds_the_mounts_of_what_is_proxied_and_one_takes_them_back(dashboard: Dashboard) -> None:
    before = dashboard.draft()
    proxied = GA4._replace(mounts=["/metrics/*"], held=False)
    admin = checked(dashboard, proxied)
    assert "<code>/metrics/*</code>" in admin.get("/sites/demo/check").text
    admin.post("/sites/demo/found", {"source": "check"})
    assert mounts_in(dashboard, "google-analytics") == ["/metrics/*"]
    undo(admin, admin.get("/sites/demo/tags").text)
    assert dashboard.draft() == before


def test_a_tag_is_live_once_it_is_published(dashboard: Dashboard) -> None:
    admin = checked(dashboard, GA4)
    admin.post("/sites/demo/found", PRESS)
    assert "<small>in the draft</small>" in admin.get("/sites/demo/check").text
    assert publish(admin) == 302
    assert "<small>live</small>" in admin.get("/sites/demo/check").text


def test_a_further_mount_of_a_tag_in_the_draft_is_added_to_those_that_it_has(dashboard: Dashboard) -> None:
    admin = checked(dashboard, GA4._replace(mounts=["/metrics/*"]))
    admin.post("/sites/demo/found", {"source": "check"})
    admin = checked(dashboard, GA4._replace(mounts=["/metrics/gtag/js", "/x4f2/*"]))
    assert "in the draft, but not for this address" in admin.get("/sites/demo/check").text
    admin.post("/sites/demo/found", {"source": "check"})
    assert mounts_in(dashboard, "google-analytics") == ["/metrics/*", "/x4f2/*"]
    undo(admin, admin.get("/sites/demo/tags").text)
    assert mounts_in(dashboard, "google-analytics") == ["/metrics/*"]


def mounts_in(dashboard: Dashboard, vendor: str) -> list[str]:
    """Return a vendor's mounts in the draft."""
    return [mount for one in dashboard.draft()["vendors"] if one["id"] == vendor for mount in one.get("mounts", ())]


def test_a_scan_offers_the_mounts_of_what_it_met_on_the_own_host(dashboard: Dashboard) -> None:
    facts = {"kind": "host", "layer": "own_host", "vendor": "matomo", "group": "analytics", "situations": "none"}
    names = ("/stats/", "/m/collect")
    scanned(dashboard, *(kept(f"www.shop.localhost{name}", **facts) for name in names))
    admin = dashboard.browser("chief")
    assert "<code>/m/collect</code>, <code>/stats/*</code>" in admin.get("/sites/demo/scan").text
    admin.post("/sites/demo/found", {"source": "scan"})
    assert mounts_in(dashboard, "matomo") == ["/m/collect", "/stats/*"]
    assert "Add what was found" not in admin.get("/sites/demo/scan").text
