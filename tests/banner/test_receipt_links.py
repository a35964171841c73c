"""The ways to a visitor's own receipts: a page for browsers with an id, otherwise a download right after the choice."""

from playwright.sync_api import Page, expect

from tests.banner.payload import make_payload
from tests.banner.service import Service


def test_a_visitor_with_a_number_gets_to_the_receipts_from_the_second_layer(page: Page, service: Service) -> None:
    page.goto(service.page())
    page.get_by_role("button", name="Accept all").click()
    page.wait_for_function("localStorage.getItem('consent_demo_receipt')")
    page.get_by_role("button", name="Privacy choices").click()
    link = page.get_by_role("dialog").get_by_role("link", name="My receipts")
    expect(link).to_have_attribute("href", service.origin + "/r/demo")
    expect(page.get_by_role("link", name="Download receipt")).to_have_count(0)


def test_a_visitor_without_a_number_is_offered_the_download_right_after_the_choice(
    page: Page, service: Service
) -> None:
    service.linked = False
    page.goto(service.page())
    page.get_by_role("button", name="Reject all").click()
    service.one_receipt()
    page.wait_for_function("!localStorage.getItem('consent_demo_queue')")
    dialog = page.get_by_role("dialog")
    link = dialog.get_by_role("link", name="Download receipt")
    page.get_by_role("button", name="Privacy choices").click()
    expect(link).to_have_attribute("href", f"{service.origin}/api/v1/receipts/{'1d' * 16}/proof")
    assert page.evaluate("localStorage.getItem('consent_demo_receipt')") is None
    expect(dialog.get_by_role("link", name="My receipts")).to_have_count(0)
    dialog.get_by_role("button", name="Reject all").click()
    service.wait_for(lambda: len(service.receipts) == 2)
    page.wait_for_function("!localStorage.getItem('consent_demo_queue')")
    page.get_by_role("button", name="Privacy choices").click()
    expect(link).to_have_count(1)
    page.goto(service.page())
    page.get_by_role("button", name="Privacy choices").click()
    expect(dialog).to_be_visible()
    expect(link).to_have_count(0)


def test_a_grant_that_no_number_leads_to_is_offered_as_well(page: Page, service: Service) -> None:
    service.linked = False
    page.goto(service.page())
    page.get_by_role("button", name="Accept all").click()
    service.one_receipt()
    page.wait_for_function("!localStorage.getItem('consent_demo_queue')")
    page.get_by_role("button", name="Privacy choices").click()
    expect(page.get_by_role("dialog").get_by_role("link", name="Download receipt")).to_be_visible()
    expect(page.get_by_role("dialog").get_by_role("link", name="My receipts")).to_have_count(0)


def test_an_obeyed_signal_offers_no_download(page: Page, service: Service) -> None:
    service.linked = False
    service.payload = make_payload(service.vendors, "US-CA")
    service.payload["signals"]["gpc"] = True
    page.goto(service.page())
    service.one_receipt()
    expect(page.get_by_text("Opt-Out Request Honored")).to_be_visible()
    page.wait_for_function("!localStorage.getItem('consent_demo_queue')")
    expect(page.get_by_role("link", name="Download receipt")).to_have_count(0)


def test_a_config_of_earlier_times_without_these_texts_gets_no_empty_links(page: Page, service: Service) -> None:
    service.payload = make_payload(service.vendors)
    for key in ("receipts", "download"):
        del service.payload["texts"][key]
    service.linked = False
    page.goto(service.page())
    page.get_by_role("button", name="Reject all").click()
    service.one_receipt()
    expect(page.get_by_role("button", name="Privacy choices")).to_be_visible()
    expect(page.get_by_role("link")).to_have_count(0)
