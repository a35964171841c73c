"""The register of requests: due by local law, extended as far as it allows, closed with a reason, without names."""

import pytest
from playwright.sync_api import Browser

from consent.storage.privacy import privacy_requests
from consent.storage.sites import sites
from tests.dashboard.client import Dashboard
from tests.dashboard.strict_page import strict_page

ADDED = {"kind": "access", "place": "DE", "received": "2026-11-20", "reference": "DSR-7"}
PAGE = "/sites/demo/requests"


def every(dashboard: Dashboard) -> list[privacy_requests.Request]:
    with dashboard.engine.connect() as connection:
        site = sites.by_key(connection, "demo")
        assert site
        return privacy_requests.every(connection, site.id)


def test_a_request_is_due_when_the_law_of_its_place_says_with_source_and_authority(dashboard: Dashboard) -> None:
    browser = dashboard.browser("compliance")
    assert browser.post(PAGE, ADDED).status_code == 302
    page = browser.get(PAGE).text
    assert "Dec 20, 2026" in page
    assert "GDPR art. 15, 12(3)" in page
    assert "1 month, 2 more by extension" in page
    assert "eur-lex.europa.eu" in page
    assert "bfdi.bund.de" in page
    assert browser.post(PAGE, {**ADDED, "kind": "opt_out_sale", "place": "US-NV"}).status_code == 302
    assert "Nevada online privacy law NRS 603A.345" in browser.get(PAGE).text


def test_a_place_without_a_period_asks_for_the_day(dashboard: Dashboard) -> None:
    browser = dashboard.browser("compliance")
    for place in ("JP", "IN"):
        answer = browser.post(PAGE, {**ADDED, "place": place})
        assert (answer.status_code, 'name="due"' in answer.text) == (422, True)
        assert browser.post(PAGE, {**ADDED, "place": place, "due": "2026-12-01"}).status_code == 302
    page = browser.get(PAGE).text
    assert "India: no period on file" in page
    assert "Japan: APPI art. 33(2)" in page
    assert "without delay; the law sets no number of days" in page


def test_invalid_input_is_reported_beside_the_field_and_nothing_is_added(dashboard: Dashboard) -> None:
    browser = dashboard.browser("compliance")
    for wrong in (
        {"kind": "revenge"},
        {"place": "Atlantis"},
        {"received": "2026-11-26"},
        {"received": "1066-10-14"},
        {"received": "2026-02-30"},
        {"received": "x" * 500_000},
        {"reference": "eva@example.com"},
        {"reference": "=HYPERLINK(1)"},
        {"reference": "John Smith"},
        {"reference": "Smith"},
        {"reference": "DSR 17 of John Smith"},
        {"reference": "ab" * 16},
        {"reference": "0123abcd-0123-4567-89ab-0123456789ab"},
        {"place": "JP", "due": "9999-12-31"},
    ):
        answer = browser.post(PAGE, {**ADDED, **wrong})
        assert (answer.status_code, 'class="fault"' in answer.text) == (422, True), wrong
    assert every(dashboard) == []


def test_a_request_is_extended_once_with_a_reason_and_closed_and_opened_again(dashboard: Dashboard) -> None:
    browser = dashboard.browser("compliance")
    browser.post(PAGE, ADDED)
    browser.post(f"{PAGE}/1/extension", {"reason": ""})
    assert every(dashboard)[0].extended is None
    browser.post(f"{PAGE}/1/extension", {"reason": "Many at once"})
    assert "Feb 20, 2027" in browser.get(PAGE).text
    browser.post(f"{PAGE}/1/extension", {"reason": "Once more"})
    assert every(dashboard)[0].extension_reason == "Many at once"
    browser.post(f"{PAGE}/1/outcome", {"outcome": "refused", "reason": ""})
    assert every(dashboard)[0].outcome == ""
    browser.post(f"{PAGE}/1/outcome", {"outcome": "refused", "reason": "<b>Asked</b> by somebody else"})
    page = browser.get(PAGE).text
    assert "&lt;b&gt;Asked&lt;/b&gt; by somebody else" in page
    browser.post(f"{PAGE}/1/opening")
    assert (every(dashboard)[0].outcome, every(dashboard)[0].reason) == ("", "")


def test_the_audit_trail_shows_days_in_a_readable_form(dashboard: Dashboard) -> None:
    browser = dashboard.browser("compliance")
    browser.post(PAGE, ADDED)
    browser.post(f"{PAGE}/1/extension", {"reason": "Many at once"})
    page = browser.get("/sites/demo/audit").text
    assert "<ins>2026-12-20</ins>" in page
    assert "<ins>2027-02-20</ins>" in page


def test_rejects_a_reason_that_names_a_person(dashboard: Dashboard) -> None:
    browser = dashboard.browser("compliance")
    browser.post(PAGE, ADDED)
    reasons = ["Eva eva@example.com", *(f"visitor {one}" for one in ("ab" * 16, "AB" * 16))]
    reasons += [
        "of 0123abcd-0123-4567-89ab-0123456789ab",
        "called from +49 (171) 123 4567",
        "from 192.0.2.7",
        "x" * 501,
    ]
    for reason in reasons:
        browser.post(f"{PAGE}/1/outcome", {"outcome": "refused", "reason": reason})
        assert every(dashboard)[0].outcome == "", reason


def test_accepts_numbers_that_identify_nobody(dashboard: Dashboard) -> None:
    browser = dashboard.browser("compliance")
    for reference in ("", "DSR-2026-17", "Case 7/2026", "Ticket no 4411", "#12"):
        assert browser.post(PAGE, {**ADDED, "reference": reference}).status_code == 302, reference
    browser.post(f"{PAGE}/1/outcome", {"outcome": "refused", "reason": "Art. 12(5) of 2016/679, see letter 20.11.2026"})
    assert every(dashboard)[-1].outcome == "refused"


def test_shows_in_words_how_late_a_request_is(dashboard: Dashboard) -> None:
    browser = dashboard.browser("compliance")
    for day, words in (("24", "1 day late"), ("25", "today"), ("26", "in 1 day"), ("27", "in 2 days")):
        browser.post(PAGE, {**ADDED, "received": f"2026-10-{day}"})
        assert f'">{words}</span>' in browser.get(PAGE).text


def test_the_register_as_csv_runs_no_formula(dashboard: Dashboard) -> None:
    browser = dashboard.browser("compliance")
    browser.post(PAGE, ADDED)
    browser.post(f"{PAGE}/1/outcome", {"outcome": "partly", "reason": "=1+1"})
    answer = browser.get(f"{PAGE}/export")
    assert answer.mimetype == "text/csv"
    head, row = answer.text.splitlines()
    assert head.startswith("id,kind,place")
    assert row == '1,access,DE,"GDPR art. 15, 12(3)",2026-11-20,2026-12-20,,2026-11-25,partly,\'=1+1,DSR-7'


def test_a_request_of_another_site_is_not_found(dashboard: Dashboard) -> None:
    dashboard.browser("compliance").post(PAGE, ADDED)
    assert dashboard.browser("chief").post("/sites/other/requests/1/outcome", {"outcome": "done"}).status_code == 404
    assert every(dashboard)[0].outcome == ""


@pytest.mark.browser
def test_on_paper_it_begins_on_the_first_page_and_tells_each_day_once(
    browser: Browser, dashboard: Dashboard, served: str
) -> None:
    office = dashboard.browser("compliance")
    for number in range(30):
        assert office.post(PAGE, {**ADDED, "reference": f"DSR-{number}"}).status_code == 302
    with strict_page(browser, served, viewport={"width": 680, "height": 1000}) as view:
        page = view.sign_in("compliance")
        view.open(PAGE)
        page.emulate_media(media="print")
        after = "every => every.map(one => getComputedStyle(one, '::after').content)"
        assert set(page.locator("main time").evaluate_all(after)) == {"none"}
        assert page.locator("main time").first.get_attribute("datetime") == "2026-11-20"
        assert page.pdf(format="A4").count(b"/Type /Page\n") == 2
