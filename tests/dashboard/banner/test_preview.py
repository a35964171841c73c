"""Preview as any visitor: the same decision and the same script as on a page, and no side effects."""

import html
import re

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import expect

from consent.core.decide import REASONS
from consent.dashboard.frame.reason_labels import REASON_WORDS
from consent.signing.preview_token import Link, read_link
from tests.dashboard.client import Browser, Dashboard
from tests.dashboard.sample_data import NOW
from tests.dashboard.strict_page import strict_page

pytestmark = pytest.mark.extended

TAGS = ("Little Grove itself", "Demo Chat", "Demo Analytics", "Demo Ads", "Demo Video")


def verdicts(browser: Browser, query: str = "") -> dict[str, str]:
    """Return the reason why each tag runs or is held, by tag name."""
    page = browser.get(f"/sites/demo/preview{query}").text
    rows = re.findall(r"<tr data-row>(.*?)</tr>", page, re.DOTALL)
    cells = [
        [html.unescape(re.sub(r"<[^>]+>", "", cell)) for cell in re.findall(r"<td>(.*?)</td>", row, re.DOTALL)]
        for row in rows
    ]
    return {name: why for name, _, _, why in cells}


def test_each_part_of_a_country_is_named_whether_it_has_a_law_of_its_own_or_not(dashboard: Dashboard) -> None:
    page = dashboard.browser("viewer").get("/sites/demo/preview").text
    assert re.findall(r">(\w+) \(\1\)</option>", page) == []
    for code, name in (("US-WI", "Wisconsin (WI)"), ("US-CA", "California (CA)"), ("CA-ON", "Ontario (ON)")):
        assert re.search(rf'value="{code}"[^>]*>{re.escape(name)}<', page), code


def test_a_link_to_the_site_is_shown_once_it_is_made(dashboard: Dashboard) -> None:
    marketing, path = dashboard.browser("marketing"), "/sites/demo/preview/links"
    assert "It ends" not in marketing.get(path).text
    page = marketing.post(path, {"hours": "24"}).text
    shown = re.search(r"<code>http://127\.0\.0\.1:8000/p/demo\?key=([^<]+)</code>", page)
    assert shown
    assert 'data-copy="http://127.0.0.1:8000/p/demo?key=' + shown[1] in page
    assert read_link(dashboard.keys.secret, "demo", shown[1], NOW) == Link("demo", NOW + 86400, 0)
    assert f"<code>http://www.shop.localhost:8001/consent/p/demo?key={shown[1]}</code>" in page
    assert shown[1] not in marketing.get(path).text


def test_each_reason_has_a_label() -> None:
    assert set(REASON_WORDS) == REASONS


def test_a_visitor_from_germany_without_a_choice_gets_only_essential_tags(dashboard: Dashboard) -> None:
    found = verdicts(dashboard.browser("viewer"))
    assert found["Demo Ads"] == "Blocked: advertising, EU opt-in rule, no consent"
    assert [name for name in TAGS if found[name].startswith("Allowed")] == ["Little Grove itself"]


@pytest.mark.parametrize(
    ("query", "ads"),
    [
        ("?choice=all", "Allowed: advertising, EU opt-in rule, the visitor granted the group"),
        ("?choice=nothing", "Blocked: advertising, EU opt-in rule, the visitor refused the group"),
        ("?choice=analytics", "Blocked: advertising, EU opt-in rule, the visitor refused the group"),
        ("?choice=all&visit=30", "Allowed: advertising, EU opt-in rule, the visitor granted the group"),
        ("?choice=all&visit=425", "Blocked: advertising, EU opt-in rule, the answer is too old"),
        ("?place=US-TX", "Allowed: advertising, US opt-out rule, no objection"),
        ("?place=US-CA&gpc=1", "Blocked: advertising, California rule, Global Privacy Control"),
        ("?place=US-CA&age=under13", "Blocked: advertising, California rule, below the age limit here"),
        ("?place=unknown", "Blocked: advertising, Fallback rule, no consent"),
    ],
)
def test_each_fact_of_the_visitor_counts(dashboard: Dashboard, query: str, ads: str) -> None:
    assert verdicts(dashboard.browser("marketing"), query)["Demo Ads"] == ads


def test_who_comes_back_is_asked_again_for_what_the_draft_adds(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    marketing.post("/sites/demo/tags/new/google-analytics/ga4", {"measurement_id": "G-ABC1234567"})
    marketing.post("/sites/demo/tags/demo-ads/enabled", {"enabled": "0"})
    found = verdicts(marketing, "?choice=all&visit=30")
    assert found["Google Analytics 4"] == "Blocked: analytics, EU opt-in rule, added after the visitor's answer"
    assert found["Demo Ads"] == "Blocked: switched off"
    assert found["Demo Analytics"].startswith("Allowed")
    live = verdicts(marketing, "?choice=all&visit=30&of=live")
    assert set(live) == set(TAGS)
    assert live["Demo Ads"].startswith("Allowed")


def test_the_frame_holds_the_real_script_and_a_policy_that_lets_nothing_out(dashboard: Dashboard) -> None:
    answer = dashboard.browser("viewer").get("/sites/demo/preview/frame?place=FR&language=de")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "connect-src" not in policy
    assert "sandbox allow-scripts" in policy
    assert dashboard.app.extensions["consent_dashboard"].artifacts.banner.decode()[:200] in answer.text
    assert '"language": "de"' in answer.text


@pytest.mark.parametrize(
    "query",
    [
        "?place=<b>",
        "?place=US-ZZZ",
        "?place=UK",
        "?place=EU",
        "?language=xx",
        "?device=watch",
        "?gpc=yes",
        "?age=7",
        "?visit=1",
        "?choice=v1.1",
        "?choice=" + "a" * 2000,
        "?path=javascript:1",
        "?date=2026-02-30",
        "?date=0001-01-01",
        "?of=version",
    ],
)
def test_an_invalid_visitor_is_reported_beside_the_field(dashboard: Dashboard, query: str) -> None:
    viewer = dashboard.browser("viewer")
    answer = viewer.get("/sites/demo/preview" + query)
    assert answer.status_code == 200
    assert len(re.findall('class="fault"[^>]*>[^<]', answer.text)) == 1
    assert answer.text.count('aria-invalid="true"') == 1
    assert viewer.get("/sites/demo/preview/frame" + query).status_code == 400


def test_a_fault_of_the_two_switches_says_of_which(dashboard: Dashboard) -> None:
    page = dashboard.browser("viewer").get("/sites/demo/preview?gpc=2&dnt=yes").text
    assert 'id="fault-gpc">GPC: There is no such choice here.<' in page
    assert 'id="fault-dnt">DNT: There is no such choice here.<' in page


def test_reports_an_expired_choice(dashboard: Dashboard) -> None:
    viewer = dashboard.browser("viewer")
    assert "The answer is valid until 20" in viewer.get("/sites/demo/preview?choice=all&visit=30").text
    assert "The answer was valid until 20" in viewer.get("/sites/demo/preview?choice=analytics&visit=425").text


def test_a_payment_page_is_named_where_it_alone_holds_a_tag(dashboard: Dashboard) -> None:
    viewer = dashboard.browser("viewer")
    page = viewer.get("/sites/demo/preview?choice=all&path=/payment").text
    assert re.search(r"Demo Chat.*?Blocked: not allowed on payment pages", page, re.DOTALL)
    assert "Allowed: analytics" in page  # an admin has allowed it there
    assert "not allowed on payment pages" not in viewer.get("/sites/demo/preview?choice=all&path=/plants").text


def test_a_site_without_a_version_previews_its_draft(dashboard: Dashboard) -> None:
    page = dashboard.browser("chief").get("/sites/other/preview").text
    assert "No tag yet." in page
    assert "What is live" not in page


def test_a_field_keeps_its_input_when_the_response_replaces_the_form(browser: Chromium, served: str) -> None:
    with strict_page(browser, served, viewport={"width": 1280, "height": 900}) as view:
        page = view.sign_in("marketing")
        page.goto(f"{served}/sites/demo/preview")
        page.locator("#v-place").focus()
        page.keyboard.type("California", delay=80)
        expect(page.locator("#v-place")).to_have_value("US-CA")
        expect(page.locator("#verdicts")).to_contain_text("California rule")
        path = page.locator("#v-path")
        path.fill("checkout")
        path.press("Tab")
        expect(page.get_by_text("A page begins with a slash.")).to_be_visible()
        assert path.get_attribute("aria-invalid") == "true"
        path.fill("/checkout")
        path.press("Tab")
        expect(page.get_by_text("A page begins with a slash.")).to_have_count(0)
        assert path.get_attribute("aria-invalid") is None


def test_a_change_and_a_choice_in_the_frame_are_shown_immediately(browser: Chromium, served: str) -> None:
    with strict_page(browser, served, viewport={"width": 1280, "height": 900}) as view:
        page = view.sign_in("marketing")
        view.open("/sites/demo/")
        page.get_by_role("link", name="Preview").click()
        frame = page.frame_locator("iframe")
        expect(frame.get_by_role("button", name="Accept all")).to_be_visible()
        page.get_by_label("Device").select_option("phone")
        page.wait_for_url("**/preview?device=phone")
        page.evaluate("told = []; addEventListener('message', ({ data }) => told.push(data.choice))")
        frame.get_by_role("button", name="Reject all").click()
        expect(page.get_by_role("row", name="Demo Ads")).to_contain_text("the visitor refused the group")
        expect(frame.get_by_role("button", name="Privacy choices")).to_be_visible()
        page.wait_for_timeout(500)  # the queue cookie of the "sent" choice must cause no message
        assert [choice[:3] for choice in page.evaluate("told")] == ["v1."]
        expect(page).to_have_url(re.compile(r"/preview\?device=phone&choice=v1\."))
        page.reload()
        expect(page.get_by_role("row", name="Demo Ads")).to_contain_text("the visitor refused the group")
        page.locator("#v-place").select_option("US-TX")
        expect(page.get_by_role("heading", name="No banner is shown")).to_be_visible()
