"""A visitor's own receipts in a real browser, through the shop's own path: read, proved, changed, withdrawn."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from consent.verify import check
from tests.axe import page_problems
from tests.story.demo import Demo, Visitor

pytestmark = [pytest.mark.server, pytest.mark.extended]


class Holder(Visitor):
    """A visitor whose receipts page is watched: no errors, no policy violations, no requests to other hosts."""

    def __init__(self, demo: Demo, browser: Browser, **options: Any) -> None:
        context = browser.new_context(locale="en-GB", **options)
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        super().__init__(demo, context)
        self.faults: list[str] = []

    def open_receipts(self) -> Page:
        """Open the receipts page through the link in the second layer."""
        self.page.get_by_role("button", name="Privacy choices").first.click()
        with self.context.expect_page() as opened:
            self.page.get_by_role("dialog").get_by_role("link", name="My receipts").click()
        page = opened.value
        page.on("console", lambda message: self.faults.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on(
            "request", lambda request: self.faults.append(request.url) if self.demo.shop not in request.url else None
        )
        expect(page.get_by_role("heading", name="My receipts")).to_be_visible()
        return page


@pytest.fixture
def holder(demo: Demo, browser: Browser) -> Iterator[Holder]:
    """Yield a visitor who has accepted all in Germany."""
    somebody = Holder(demo, browser)
    somebody.visit(visit="DE")
    somebody.press("Accept all")
    yield somebody
    assert somebody.faults == somebody.errors == []
    somebody.context.close()


def test_a_visitor_downloads_a_proof_that_verifies(holder: Holder, tmp_path: Path) -> None:
    page = holder.open_receipts()
    page.get_by_role("button", name="Copy", exact=True).click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    receipt_id = page.evaluate("navigator.clipboard.readText()")
    # The page polls until the receipt is in the log.
    with page.expect_download() as download:
        page.get_by_role("link", name="Download receipt and proof").click()
    assert download.value.suggested_filename == f"{receipt_id}.tlog-proof"
    keys = [tmp_path / "log.vkey", tmp_path / "keys.json"]
    for file, path in zip(keys, ("log/demo/vkey", ".well-known/jwks.json"), strict=True):
        file.write_text(requests.get(f"{holder.demo.url}/{path}", timeout=10).text)
    code, sentence = check(Path(download.value.path()), keys)
    assert (code, receipt_id in sentence) == (0, True), sentence


def test_a_choice_is_changed_on_the_page_itself(holder: Holder) -> None:
    page = holder.open_receipts()
    page.get_by_role("link", name="Change my choice").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("switch", name="Advertising", exact=True).uncheck()
    dialog.get_by_role("button", name="Save my choice").click()
    expect(page.get_by_role("article")).to_have_count(2)
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_text("✕ Refused")).to_have_count(1)


def test_a_consent_is_withdrawn_without_a_script(holder: Holder) -> None:
    plain = holder.context.browser.new_context(java_script_enabled=False, locale="en-GB")  # type: ignore[union-attr]
    plain.add_cookies(holder.context.cookies())  # type: ignore[arg-type]
    page = plain.new_page()
    page.goto(f"{holder.demo.shop}/consent/r/demo")
    page.get_by_role("button", name="Withdraw my consent").click()
    expect(page.get_by_role("heading", name="Your consent is withdrawn.")).to_be_visible()
    expect(page.get_by_text("✕ Refused")).to_have_count(3)
    kept = {cookie["name"]: cookie["value"] for cookie in plain.cookies()}
    assert "consent_demo_id" not in kept
    assert kept["consent_demo"].split(".")[4][::9] == "000"
    page.goto(f"{holder.demo.shop}/consent/r/demo")
    expect(page.get_by_text("No receipt is linked to this browser.")).to_be_visible()
    plain.close()


def test_a_withdrawal_forgets_the_kept_receipt(holder: Holder) -> None:
    page = holder.open_receipts()
    page.get_by_role("button", name="Withdraw my consent").click()
    expect(page.get_by_role("heading", name="Your consent is withdrawn.")).to_be_visible()
    assert page.evaluate("localStorage.getItem('consent_demo_receipt')") is None
    holder.leave()
    holder.visit()
    holder.settle()
    assert holder.demo.hits() == {}


def test_a_visitor_makes_a_request_under_the_law_of_the_simulated_place(holder: Holder) -> None:
    page = holder.open_receipts()
    page.get_by_role("link", name="Privacy requests").click()
    expect(page.get_by_label("Where do you live?")).to_have_value("DE")
    page.get_by_label("Erasure of my data").check()
    page.wait_for_timeout(2100)  # the form requires two seconds, as a person reading it would take
    page.get_by_role("button", name="Send request").click()
    expect(page.get_by_text("Being processed")).to_be_visible()
    expect(page.get_by_text("GDPR art. 17, 12(3)")).to_be_visible()


@pytest.mark.parametrize(
    ("width", "scheme"),
    [
        (390, "dark"),
        *(pytest.param(*one, marks=pytest.mark.long) for one in ((1280, "light"), (1280, "dark"), (390, "light"))),
    ],
)
def test_axe_finds_no_fault_and_nothing_is_cut_off(demo: Demo, browser: Browser, width: int, scheme: Any) -> None:
    view: dict[str, Any] = {"color_scheme": scheme, "viewport": {"width": width, "height": 800}, "bypass_csp": True}
    holder = Holder(demo, browser, **view)
    holder.visit(visit="DE")
    holder.press("Accept all")
    page = holder.open_receipts()
    expect(page.get_by_role("link", name="Download receipt and proof")).to_be_visible()
    for details in page.locator("details").all():
        details.evaluate("one => one.open = true")
    faults = page_problems(page)
    page.get_by_role("button", name="Withdraw my consent").click()
    expect(page.get_by_role("heading", name="Your consent is withdrawn.")).to_be_visible()
    faults += page_problems(page)
    page.goto(f"{demo.shop}/consent/r/demo")
    assert faults + page_problems(page) == []
    holder.context.close()
