"""A visitor's walks on the real service: refuse, change, withdraw, receipts, a request, another device, no script."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.axe import page_problems
from tests.subjects import make_key, make_token
from tests.walks import Walk
from tests.website.website import Website

pytestmark = [pytest.mark.server, pytest.mark.timeout(180)]
LINE = '<script async src="/consent/b/shop.js"></script>'
FOREIGN = re.compile("^https://")
BODY = "<main><h1>Grove</h1><p>Trees for small gardens.</p></main><footer><span data-choices-link></span></footer>"
OPTIONAL = ("chat", "ga", "ads")


@pytest.fixture(scope="module")
def account_key(website: Website) -> str:
    """Let choices follow accounts and visitors make requests; return the key of the site's server."""
    website.shop.edit(lambda draft: draft["overrides"].update(accounts=True, visitor_requests=True))
    website.shop.publish()
    return make_key(website.shop)


@pytest.fixture
def device(browser: Browser, website: Website, account_key: str) -> Iterator[Any]:
    """Return a function that opens separate browsers; fail at the end if a page had an error."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def opened(**options: Any) -> Page:
        context = browser.new_context(**({"locale": "en-GB", "viewport": {"width": 390, "height": 844}} | options))
        context.route(FOREIGN, lambda route: route.fulfill(body="", content_type="text/javascript"))
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(website.page(BODY, LINE, "/visit"))
        return page

    yield opened
    for context in contexts:
        context.close()
    assert errors == []


def sending(page: Page) -> Any:
    """Wait for the response to a receipt that the page sends in the block."""
    return page.expect_response(lambda one: one.url.endswith("/receipts") and one.request.method == "POST")


def accept(page: Page) -> None:
    with sending(page) as sent:
        page.get_by_role("button", name="Accept all", exact=True).click()
    assert sent.value.status == 201
    loads(page, OPTIONAL)


def loads(page: Page, tags: tuple[str, ...]) -> None:
    page.wait_for_function(
        "tags => window.consent?.debug && tags.every(tag => consent.debug().loaded.includes(tag))", arg=list(tags)
    )


def runs_nothing_optional(page: Page) -> None:
    page.reload()
    page.wait_for_function("window.consent?.get?.().show === 'none'")
    assert page.evaluate("consent.debug().loaded") == ["session"]
    expect(page.get_by_role("button", name="Reject all", exact=True)).to_have_count(0)


@pytest.mark.walk("V1")
def test_v1_one_click_refuses_and_leaves_nothing_unique(device: Any) -> None:
    page, walk = (opened := device()), Walk(opened)
    with sending(page) as sent:
        walk.click(page.get_by_role("button", name="Reject all", exact=True))
    assert (sent.value.status, sent.value.request.post_data_json["action"]) == (201, "reject_all")
    expect(page.get_by_role("button", name="Reject all", exact=True)).to_have_count(0)
    walk.done("V1")
    page.wait_for_function("!document.cookie.includes('_queue')")  # set until the page has read the answer
    assert {cookie["name"] for cookie in page.context.cookies()} == {"consent_shop"}
    runs_nothing_optional(page)


@pytest.mark.long
@pytest.mark.walk("V2")
def test_v2_one_group_is_changed_and_the_others_stay(device: Any) -> None:
    page = device()
    accept(page)
    walk, dialog = Walk(page), page.get_by_role("dialog")
    walk.click(page.get_by_role("button", name="Privacy choices").first)
    walk.click(dialog.get_by_role("switch", name="Advertising", exact=True))
    with sending(page) as sent:
        walk.click(dialog.get_by_role("button", name="Save my choice"))
    # A vendor without a way to stop makes the page reload, which sends the same choice again.
    assert sent.value.ok
    assert sent.value.request.post_data_json["choices"] == {"functional": True, "analytics": True, "advertising": False}
    walk.done("V2")
    page.reload()
    loads(page, ("chat", "ga"))
    assert "ads" not in page.evaluate("consent.debug().loaded")


@pytest.mark.walk("V3")
def test_v3_a_consent_is_withdrawn_as_easily_as_it_was_given(device: Any) -> None:
    page = device()
    accept(page)
    walk = Walk(page)
    walk.click(page.get_by_role("button", name="Privacy choices").first)
    with sending(page) as sent:
        walk.click(page.get_by_role("dialog").get_by_role("button", name="Reject all", exact=True))
    assert sent.value.request.post_data_json["action"] == "withdraw"
    walk.done("V3")
    page.wait_for_function("window.consent?.get?.().groups.analytics.granted === false")
    page.wait_for_function("!document.cookie.includes('_queue')")  # set until the page has read the answer
    assert {cookie["name"] for cookie in page.context.cookies()} == {"consent_shop"}
    runs_nothing_optional(page)


@pytest.mark.long
@pytest.mark.walk("V4")
def test_v4_the_own_receipts_are_two_clicks_away(device: Any) -> None:
    page = device()
    accept(page)
    walk = Walk(page)
    walk.click(page.get_by_role("button", name="Privacy choices").first)
    with page.context.expect_page() as opened:
        walk.click(page.get_by_role("dialog").get_by_role("link", name="My receipts"))
    own = opened.value
    expect(own.get_by_role("heading", name="My receipts")).to_be_visible()
    expect(own.get_by_role("article")).to_have_count(1)
    expect(own.get_by_text("✓ Allowed")).to_have_count(3)
    expect(own.locator("article code")).to_have_text(re.compile(r"[0-9a-f]{32}"))
    walk.done("V4")
    assert page_problems(own) == []


@pytest.mark.long
@pytest.mark.walk("V5")
def test_v5_a_copy_is_asked_for_by_the_browser_that_has_the_receipts(device: Any, website: Website) -> None:
    page = device()
    accept(page)
    page.goto(f"{website.origin}/consent/r/shop")
    walk = Walk(page)
    walk.click(page.get_by_role("link", name="Privacy requests"))
    walk.click(page.get_by_label("A copy of my data"))
    # Nobody reads the form in under two seconds, so it refuses to be sent earlier.
    context, clock = website.service.context, website.service.context.clock
    context.clock = lambda: clock() + 5
    walk.click(page.get_by_role("button", name="Send request"))
    expect(page.locator("[data-state=open]")).to_be_visible()
    context.clock = clock
    walk.done("V5")
    assert page_problems(page) == []


@pytest.mark.long
@pytest.mark.walk("V6")
def test_v6_another_device_knows_the_choice_once_somebody_is_signed_in(
    device: Any, website: Website, account_key: str
) -> None:
    phone, laptop = device(), device(viewport={"width": 1280, "height": 900})
    addresses = []
    for name in ("phone", "laptop"):
        line = LINE.replace("<script", f'<script data-subject="{make_token(account_key)}"')
        addresses.append(website.page(BODY, line, f"/signed-in-on-{name}"))
    phone.goto(addresses[0])
    expect(phone.get_by_text("Your choice counts on all devices where you are signed in.")).to_be_visible()
    walk = Walk(phone)
    with sending(phone) as sent:
        walk.click(phone.get_by_role("button", name="Accept all", exact=True))
    assert sent.value.status == 201
    laptop.goto(addresses[1])
    loads(laptop, OPTIONAL)
    expect(laptop.get_by_role("button", name="Accept all", exact=True)).to_have_count(0)
    expect(laptop.get_by_text("The choices of your account apply on this device.")).to_be_visible()
    walk.done("V6")


@pytest.mark.long
@pytest.mark.walk("V7")
def test_v7_without_javascript_nothing_optional_runs_and_a_consent_is_withdrawn(device: Any, website: Website) -> None:
    granted = device()
    accept(granted)
    held = '<script type="text/plain" data-consent="analytics" data-src="https://ga.example/held.js"></script>'
    frame = '<iframe data-consent="functional" data-src="https://film.example/" title="Film"></iframe>'
    address = website.page(BODY + held + frame, LINE, "/without")
    page = device(java_script_enabled=False)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    expect(page.get_by_role("heading", name="Grove")).to_be_visible()
    assert [url for url in asked if not url.startswith(website.origin)] == []
    page.context.add_cookies(granted.context.cookies())
    page.goto(f"{website.origin}/consent/r/shop")
    expect(page.get_by_text("✓ Allowed")).to_have_count(3)
    walk = Walk(page)
    walk.click(page.get_by_role("button", name="Withdraw my consent"))
    expect(page.get_by_role("heading", name="Your consent is withdrawn.")).to_be_visible()
    expect(page.get_by_text("✕ Refused")).to_have_count(3)
    walk.done("V7")
    assert "consent_shop_id" not in {cookie["name"] for cookie in page.context.cookies()}


@pytest.mark.long
@pytest.mark.walk("V8")
def test_v8_a_screen_reader_meets_the_question_first_and_a_key_answers_it(device: Any) -> None:
    page = device()
    expect(page.get_by_role("button", name="Reject all", exact=True)).to_be_visible()
    tree = page.locator("html").aria_snapshot()
    banner, _, rest = tree.partition("main")
    assert re.search(r'region "Cookies and privacy"', banner), tree
    for words in ('heading "Your cookie choices"', 'button "Accept all"', 'button "Reject all"', 'button "Settings"'):
        assert words in banner, tree
    assert 'heading "Grove"' in rest
    # By Tab alone from the start of the page to the answer; each stop has a name and a role.
    stops: list[str] = []
    while "Reject all" not in stops:
        page.keyboard.press("Tab")
        stop = page.evaluate(
            "() => { let one = document.activeElement; while (one?.shadowRoot?.activeElement) one ="
            " one.shadowRoot.activeElement; return one.getAttribute('aria-label') ?? one.innerText.trim() }"
        )
        assert stop, stops
        stops.append(stop)
        assert len(stops) < 10, stops
    walk = Walk(page)
    with sending(page) as sent:
        walk.key("Enter")
    assert sent.value.request.post_data_json["action"] == "reject_all"
    expect(page.get_by_role("region", name="Cookies and privacy")).to_have_count(0)
    walk.done("V8")
    assert 'heading "Grove"' in page.locator("html").aria_snapshot()
    runs_nothing_optional(page)
