from playwright.sync_api import Page, expect

from tests.banner.payload import choice
from tests.banner.service import LINE, Service

LISTENS = "<script>window.heard = []; addEventListener('consent:change', e => heard.push(e.detail.choice))</script>"


def visit(page: Page, service: Service) -> None:
    page.goto(service.page(head=LISTENS + LINE))
    page.wait_for_function("window.consent")


def test_get_answers_the_decision_of_the_contract(page: Page, service: Service) -> None:
    visit(page, service)
    decision = page.evaluate("consent.get()")
    assert decision["site"] == "demo"
    assert decision["regime"] == "eu_opt_in"
    assert decision["choice"] is None
    assert decision["allowed_tags"] == ["session"]
    assert decision["groups"]["analytics"]["reason"] == "opt_in_not_given"


def test_a_page_cannot_change_the_decision_through_the_returned_object(page: Page, service: Service) -> None:
    visit(page, service)
    page.evaluate("consent.get().groups.analytics.granted = true")
    assert page.evaluate("consent.get().groups.analytics.granted") is False


def test_set_and_withdraw_record_api_choices_and_fire_events(page: Page, service: Service) -> None:
    visit(page, service)
    page.evaluate("consent.set({analytics: true})")
    page.wait_for_function("heard.length === 1")
    page.evaluate("consent.withdraw('analytics')")
    page.wait_for_function("heard.length === 2")
    service.wait_for(lambda: len(service.receipts) == 2)
    assert [(r["action"], r["method"]) for r in service.receipts] == [("save", "api"), ("withdraw", "api")]
    key = choice("-1-")[:18]
    assert page.evaluate("heard").pop(0).startswith(key)


def test_a_grant_that_an_age_forbids_is_neither_stored_nor_sent(page: Page, service: Service) -> None:
    page.goto(service.page(head=LISTENS + LINE.replace("<script ", '<script data-age-band="13_15" ')))
    page.wait_for_function("window.consent")
    granted = "{functional: true, analytics: true, advertising: true}"
    page.evaluate(f"consent.set({granted}, Object.fromEntries(consent.get().tags.map(tag => [tag.vendor, true])))")
    page.evaluate("consent.set({advertising: false})")
    service.wait_for(lambda: any(receipt["choices"] for receipt in service.receipts))
    assert {answer for receipt in service.receipts for answer in receipt["choices"].values()} == {False}
    visit(page, service)
    decision = page.evaluate("consent.get()")
    assert [name for name, group in decision["groups"].items() if group["granted"]] == ["essential"]
    assert decision["allowed_tags"] == ["session"]


def test_when_waits_for_the_group(page: Page, service: Service) -> None:
    visit(page, service)
    page.evaluate("void consent.when('analytics').then(() => { window.came = true })")
    assert page.evaluate("window.came") is None
    page.get_by_role("button", name="Accept all").click()
    page.wait_for_function("window.came")


def test_open_shows_the_second_layer_and_debug_says_why(page: Page, service: Service) -> None:
    visit(page, service)
    page.evaluate("consent.open()")
    expect(page.get_by_role("dialog")).to_be_visible()
    reasons = page.evaluate("consent.debug().tags.map(tag => tag.reason)")
    assert reasons[0] == "essential"


def test_fills_link_placeholders_that_are_added_later(page: Page, service: Service) -> None:
    visit(page, service)
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p><span data-choices-link></span></p>')")
    page.get_by_role("button", name="Privacy choices").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    expect(page.get_by_role("link", name="Cookie policy")).to_have_attribute("href", "https://shop.example/privacy")


def test_rejects_a_choice_of_unknown_groups_and_writes_nothing(page: Page, service: Service) -> None:
    visit(page, service)
    refused = "consent.set({essential: false, analytics: 1}, {nobody: true}).catch(error => error.name)"
    assert page.evaluate(refused) == "TypeError"
    assert service.own_cookies(page) == {}
