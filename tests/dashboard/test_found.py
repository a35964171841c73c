"""*Add what was found*: what a check or a scan saw in the page comes into the draft by one press."""

import html
import json
import re

import pytest

from consent.app import load_artefacts, load_rules
from consent.proof.canonical import canonical
from consent.snapshots.blocking import blocker_attributes
from consent.snapshots.compile import CompiledConfig
from consent.snapshots.draft import check_draft
from consent.snapshots.in_page import NOTHING, hosts_of
from consent.snapshots.publish import freeze
from consent.snapshots.site_health import Finding
from consent.storage.models import SITE_ROLES
from tests.dashboard.cast import Browser, Desk
from tests.dashboard.findings import found as scanned
from tests.dashboard.findings import kept
from tests.dashboard.pages_found import ADS, GA4, HOTJAR, NOBODY, PIXEL, STRIPE, checked, tag_of

PRESS = {"source": "check"}
NECESSITY = "Visitors pay by card"


def undo(browser: Browser, page: str) -> None:
    """Press *Undo* in the toast of a page."""
    form = page.split('<form class="toast"')[1].split("</form>")[0]
    fields = {name: html.unescape(value) for name, value in re.findall(r'name="([^"]+)" value="([^"]*)"', form)}
    action = form.split('action="')[1].split('"')[0]
    assert browser.post(action, fields).status_code == 302


def test_one_press_adds_what_stands_in_the_page_and_one_takes_it_back(desk: Desk) -> None:
    before = desk.draft()
    admin = checked(desk, GA4, PIXEL, HOTJAR)
    page = admin.get("/sites/demo/check").text
    for words in (
        "Google Analytics 4",
        "G-ABC1234567",
        "no id was read",
        "Not held",
        "through the page&#39;s Tag Manager",
    ):
        assert words in page
    assert admin.post("/sites/demo/found", PRESS).location == "/sites/demo/tags"
    check_draft(desk.draft())
    ga4, pixel, hotjar = (tag_of(desk, tag) for tag in ("ga4", "meta-pixel", "hotjar"))
    assert (ga4["in_page"], ga4["parameters"], ga4["load"]["type"]) == (True, GA4.parameters, "script")
    assert (pixel["in_page"], pixel["parameters"], pixel["load"]) == (True, {}, NOTHING)
    assert "in_page" not in hotjar, "its tag is one that stands in the page by nature"
    assert [tag["group"] for tag in (ga4, pixel, hotjar)] == ["analytics", "advertising", "analytics"]
    assert {"google-analytics", "meta-pixel", "hotjar"} <= {vendor["id"] for vendor in desk.draft()["vendors"]}
    undo(admin, admin.get("/sites/demo/tags").text)
    assert desk.draft() == before


def test_a_tag_of_the_draft_that_would_run_twice_is_left_to_the_page_and_others_stay(desk: Desk) -> None:
    before = {tag["id"]: tag for tag in desk.draft()["tags"]}
    admin = checked(desk, ADS)
    assert "in the draft, and loaded twice" in admin.get("/sites/demo/check").text
    admin.post("/sites/demo/found", PRESS)
    after = {tag["id"]: tag for tag in desk.draft()["tags"]}
    assert after == before | {"demo-ads": before["demo-ads"] | {"in_page": True}}
    assert "Add what was found" not in admin.get("/sites/demo/check").text
    assert admin.post("/sites/demo/found", PRESS).location == "/sites/demo/check"


def test_what_is_essential_comes_only_with_a_tick_and_a_sentence(desk: Desk) -> None:
    admin = checked(desk, STRIPE, GA4)
    page = admin.get("/sites/demo/check").text
    assert "Add Stripe.js as essential" in page
    tick = PRESS | {"essential": "stripe/stripe-js"}
    assert admin.post("/sites/demo/found", tick | {"necessity stripe/stripe-js": " "}).location == "/sites/demo/check"
    assert "ga4" not in {tag["id"] for tag in desk.draft()["tags"]}
    admin.post("/sites/demo/found", PRESS)
    assert "stripe-js" not in {tag["id"] for tag in desk.draft()["tags"]}
    admin.post("/sites/demo/found", tick | {"necessity stripe/stripe-js": NECESSITY})
    stripe = tag_of(desk, "stripe-js")
    assert (stripe["group"], stripe["necessity"], stripe["in_page"]) == ("essential", NECESSITY, True)


def test_two_snippets_of_one_product_are_one_tag(desk: Desk) -> None:
    admin = checked(desk, GA4._replace(parameters={}), GA4, GA4._replace(parameters={"measurement_id": "G-OTHER99999"}))
    admin.post("/sites/demo/found", PRESS)
    assert [tag["parameters"] for tag in desk.draft()["tags"] if tag["vendor"] == "google-analytics"] == [
        GA4.parameters
    ]


@pytest.mark.parametrize(
    "parameters", [{"measurement_id": "<script>"}, {"measurement_id": "G-" + "A" * 400}, {"x": "1"}]
)
def test_an_id_that_cannot_be_right_is_not_taken(desk: Desk, parameters: dict[str, str]) -> None:
    admin = checked(desk, GA4._replace(parameters=parameters))
    admin.post("/sites/demo/found", PRESS)
    assert (tag_of(desk, "ga4")["parameters"], tag_of(desk, "ga4")["load"]) == ({}, NOTHING)


def test_a_check_works_before_the_first_publish(desk: Desk) -> None:
    admin = checked(desk, GA4, site="other")
    assert "Add what was found" in admin.get("/sites/other/check").text
    admin.post("/sites/other/found", PRESS)
    assert "Publish the first version" in admin.get("/sites/other/tags").text
    assert tag_of(desk, "ga4", "other")["in_page"] is True


def test_a_page_that_could_not_be_read_leaves_what_was_found_before(desk: Desk) -> None:
    checked(desk, GA4)
    admin = checked(desk, findings=[Finding("page", "fault", "The page answers 500; name one that visitors open.")])
    assert "Google Analytics 4" in admin.get("/sites/demo/check").text


def test_a_check_without_a_tag_forgets_those_of_before(desk: Desk) -> None:
    checked(desk, GA4)
    assert "Google Analytics 4" not in checked(desk).get("/sites/demo/check").text


def test_what_was_found_is_shown_as_text(desk: Desk) -> None:
    evil = "<script>alert(1)</script>"
    odd = GA4._replace(name=evil, address=evil, reason=evil, parameters={"measurement_id": evil})
    page = checked(desk, odd, NOBODY._replace(name=evil, address="")).get("/sites/demo/check").text
    assert evil not in page


def test_a_scan_offers_the_vendors_that_no_tag_is_of(desk: Desk) -> None:
    facts = {"kind": "host", "third_party": True, "layer": "vendor_domain", "situations": "none,reject,accept"}
    scanned(
        desk,
        kept("static.hotjar.com", host="static.hotjar.com", vendor="hotjar", group="analytics", **facts),
        kept("ads.vendors.localhost", host="ads.vendors.localhost", vendor="demo-ads", group="advertising", **facts),
        kept("ajax.googleapis.com", host="ajax.googleapis.com", **facts),
    )
    admin = desk.browser("chief")
    page = admin.get("/sites/demo/scan").text
    assert page.count("not in the draft") == 1
    assert "Unknown third parties" not in page, "of the code library nobody is asked"
    assert "A scan met 1 tag in the page" in admin.get("/sites/demo/review").text
    admin.post("/sites/demo/found", {"source": "scan"})
    assert tag_of(desk, "hotjar")["group"] == "analytics"
    assert "in_page" not in tag_of(desk, "demo-ads"), "the service itself loads it, so a scan proves nothing"
    assert "Add what was found" not in admin.get("/sites/demo/scan").text


def test_what_a_scan_met_without_the_service_is_the_pages_own(desk: Desk) -> None:
    facts = {"kind": "host", "third_party": True, "layer": "config", "situations": "down,accept"}
    scanned(desk, kept("ads.vendors.localhost", host="ads.vendors.localhost", vendor="demo-ads", **facts))
    admin = desk.browser("chief")
    admin.post("/sites/demo/found", {"source": "scan"})
    assert tag_of(desk, "demo-ads")["in_page"] is True


@pytest.mark.parametrize("role", SITE_ROLES)
def test_who_may_not_edit_tags_sees_no_button(desk: Desk, role: str) -> None:
    checked(desk, GA4, STRIPE)
    answer = desk.browser(role).get("/sites/demo/check")
    assert (answer.status_code == 200) == (role != "viewer")
    assert ("Add what was found" in answer.text) == (role in ("admin", "marketing"))
    assert ("as essential" in answer.text) == (role in ("admin", "marketing"))


def test_a_forged_note_of_what_was_added_takes_nothing_out(desk: Desk) -> None:
    admin = desk.browser("chief")
    before = desk.draft()
    parts = json.dumps({"new": ["demo-ads"], "switched": []})
    assert admin.post("/sites/demo/found/undone", {"parts": parts}).status_code == 400
    assert desk.draft() == before


MATOMO = GA4._replace(
    vendor="matomo",
    template="matomo",
    name="Matomo",
    parameters={},
    address="https://stats.elsewhere.example/matomo.js",
)


def test_a_product_on_a_server_of_its_owner_is_known_at_its_host(desk: Desk) -> None:
    before = desk.draft()
    admin = checked(desk, MATOMO, MATOMO._replace(address="https://count.elsewhere.example/m.js"))
    admin.post("/sites/demo/found", PRESS)
    draft, hosts = desk.draft(), ["stats.elsewhere.example", "count.elsewhere.example"]
    assert tag_of(desk, "matomo")["load"]["hosts"] == hosts
    vendor = next(one for one in draft["vendors"] if one["id"] == "matomo")
    assert hosts_of(draft, vendor) == [*vendor["hosts"], *hosts]
    assert (
        "stats.elsewhere.example" in blocker_attributes(draft, "https://consent.example.com").partition("data-hold")[2]
    )
    body = canonical(freeze(draft, None, 1, load_artefacts()))
    told = CompiledConfig("sha256:0", body, 1, load_rules()).acts_facts("en")["vendors"]["matomo"]
    assert told["hosts"] == [*vendor["hosts"], *hosts]
    checked(desk, MATOMO._replace(address="https://third.elsewhere.example/m.js"))
    assert "in the draft, without this host" in admin.get("/sites/demo/check").text
    admin.post("/sites/demo/found", PRESS)
    assert tag_of(desk, "matomo")["load"]["hosts"] == [*hosts, "third.elsewhere.example"]
    undo(admin, admin.get("/sites/demo/tags").text)
    assert desk.draft() == draft
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
def test_a_host_of_the_vendor_the_site_or_a_code_library_is_none_of_its_owner(desk: Desk, address: str) -> None:
    admin = checked(desk, MATOMO._replace(address=address), site="other")
    admin.post("/sites/other/found", PRESS)
    assert "hosts" not in tag_of(desk, "matomo", "other")["load"]
