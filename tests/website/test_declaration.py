"""The cookie declaration in a website's page through one line, and as a separate page, in a real browser."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.axe import AXE, RUN
from tests.website.website import Website

pytestmark = [pytest.mark.server, pytest.mark.timeout(180)]
STRICT = "default-src 'none'; script-src {0}; connect-src {0}; style-src 'self'; require-trusted-types-for 'script'"


def watch(page: Page, website: Website) -> list[str]:
    """Return a list that grows with each error, policy violation and request to another host."""
    faults: list[str] = []
    own = (website.origin, website.service_url)
    page.on("console", lambda message: faults.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda request: faults.append(request.url) if not request.url.startswith(own) else None)
    return faults


def test_one_line_puts_it_into_a_page_and_the_choice_in_it_lives(browser: Browser, website: Website) -> None:
    service = website.service_url
    head = f'<script async src="{service}/b/shop.js"></script>'
    body = f'<h1>Cookies</h1><script async src="{service}/c/shop.js"></script><p id="after">After it.</p>'
    policy = STRICT.format(service)
    address = website.page(body, head, "/cookies", Content_Security_Policy=policy)
    page = browser.new_page(locale="en-GB")
    faults = watch(page, website)
    page.goto(address)
    declared = page.locator(".declaration")
    expect(declared.get_by_role("heading", name="How to delete cookies")).to_be_visible()
    assert page.evaluate("document.querySelector('.declaration').compareDocumentPosition(after)") == 4
    answers = declared.locator("[data-answer]")
    expect(answers.first).to_have_text("– Not answered")
    page.get_by_role("button", name="Accept all").first.click()
    expect(answers).to_have_text(["✓ Allowed"] * 3)
    expect(declared.get_by_text("Opt-Out Request Honored")).to_be_hidden()
    declared.get_by_role("button", name="Withdraw my consent").click()
    expect(answers).to_have_text(["✕ Refused"] * 3)
    # For an unknown place, which may be California.
    expect(declared.get_by_text("Opt-Out Request Honored")).to_be_visible()
    # The links that the place requires, filled in by the banner.
    expect(declared.locator("[data-choices-link]").get_by_text("Privacy choices")).to_be_visible()
    vendors = ("session.example", "chat.example", "ga.example", "ads.example")
    assert [fault for fault in faults if not any(vendor in fault for vendor in vendors)] == []
    page.context.close()


@pytest.mark.parametrize("width", [1280, 390])
def test_its_own_page_on_the_websites_host_has_no_fault_and_changes_the_choice(
    browser: Browser, website: Website, width: int
) -> None:
    scheme = "dark" if width == 390 else "light"
    options = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme, "bypass_csp": True}
    page = browser.new_context(locale="en-GB", **options).new_page()  # type: ignore[arg-type]
    faults = watch(page, website)
    page.goto(f"{website.origin}/consent/c/shop")
    page.get_by_role("button", name="Reject all").first.click()
    expect(page.locator("[data-answer]")).to_have_text(["✕ Refused"] * 3)
    page.locator(".declaration").get_by_role("button", name="Change my choice").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("switch", name="Analytics", exact=True).check()
    dialog.get_by_role("button", name="Save my choice").click()
    expect(page.locator("[data-answer=analytics]")).to_have_text("✓ Allowed")
    expect(page.locator("[data-answer=advertising]")).to_have_text("✕ Refused")
    page.locator(".declaration").get_by_role("button", name="Withdraw my consent").click()
    expect(page.locator(".declaration").get_by_role("status")).to_have_text("Your consent is withdrawn.")
    page.add_script_tag(path=AXE)
    assert page.evaluate(RUN) == []
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert faults == []
    page.context.close()
