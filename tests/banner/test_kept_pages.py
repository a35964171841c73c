"""Bodies that a framework caches and restores, as Turbo and htmx do for *Back*, or overwrites, as morphing does."""

import pytest
from playwright.sync_api import Page, expect

from tests.banner.payload import make_payload
from tests.banner.service import Service

pytestmark = pytest.mark.extended

KEEPS = "window.kept = document.body.cloneNode(true)"
LEAVES = "document.body.replaceWith(document.createElement('body'))"
RETURNS = "document.body.replaceWith(kept)"
OPT_OUT = "Do Not Sell or Share My Personal Information"
LINKS = "<footer><span data-choices-link></span></footer>"
FRAME = '<iframe title="film" data-consent="functional" data-vendor="video" data-src="/film"></iframe>'


def test_an_opt_out_link_in_a_restored_page_still_opts_out(page: Page, service: Service) -> None:
    service.payload = make_payload(service.vendors, "US-CA")
    page.goto(service.page(LINKS))
    expect(page.get_by_role("button", name=OPT_OUT)).to_be_visible()
    links = page.locator("footer a").all_inner_texts()
    page.evaluate(KEEPS)
    page.evaluate(LEAVES)
    page.evaluate(RETURNS)
    page.get_by_role("button", name=OPT_OUT).click()
    assert service.one_receipt()["action"] == "opt_out"
    assert page.locator("footer a").all_inner_texts() == links


def test_links_that_the_page_writes_over_come_back_and_a_page_that_always_does_so_lives_on(
    page: Page, service: Service
) -> None:
    service.payload = make_payload(service.vendors, "US-CA")
    page.goto(service.page(LINKS))
    expect(page.get_by_role("button", name="Privacy choices")).to_have_count(0)
    expect(page.get_by_role("button", name=OPT_OUT)).to_be_visible()
    page.wait_for_function("(window.ran || []).includes('ads')")
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_role("button", name="Privacy choices")).to_be_visible()
    page.evaluate("document.querySelector('footer span').replaceChildren()")
    expect(page.get_by_role("button", name=OPT_OUT)).to_be_visible()
    page.evaluate(
        """new MutationObserver(() => document.querySelector('footer span').replaceChildren())
        .observe(document.querySelector('footer span'), { childList: true })"""
    )
    page.evaluate("document.querySelector('footer span').replaceChildren()")
    assert page.evaluate("document.querySelector('footer span').childElementCount") == 0


def test_a_held_frame_in_a_restored_page_can_be_loaded(page: Page, service: Service) -> None:
    service.page("film", head="", path="/film")
    page.goto(service.page(FRAME))
    page.get_by_role("button", name="Reject all").click()
    expect(page.get_by_role("button", name="Load once")).to_be_visible()
    page.evaluate(KEEPS)
    page.evaluate(LEAVES)
    page.evaluate(RETURNS)
    expect(page.get_by_role("button", name="Load once")).to_have_count(1)
    page.get_by_role("button", name="Load once").click()
    expect(page.frame_locator("iframe").get_by_text("film")).to_be_visible()
    assert page.evaluate("[...document.body.children].map(node => node.localName)") == ["iframe"]


def test_a_frame_in_a_page_restored_after_a_withdrawal_is_held(page: Page, service: Service) -> None:
    service.page("film", head="", path="/film")
    page.goto(service.page(FRAME))
    page.get_by_role("button", name="Accept all").click()
    expect(page.frame_locator("iframe").get_by_text("film")).to_be_visible()
    page.evaluate(KEEPS)
    page.evaluate(LEAVES)
    page.evaluate("consent.withdraw()")
    page.wait_for_function("consent.get().groups.functional.reason === 'refused'")
    page.evaluate(RETURNS)
    expect(page.get_by_role("button", name="Load once")).to_be_visible()
    assert page.evaluate("document.querySelector('iframe').getAttribute('src')") is None


def test_a_placeholder_removed_by_morphing_comes_back(page: Page, service: Service) -> None:
    """The server's HTML has no placeholder, and Turbo morphs the page to it at each refresh."""
    page.goto(service.page(FRAME))
    page.get_by_role("button", name="Reject all").click()
    for _ in range(2):
        expect(page.get_by_role("button", name="Load once")).to_be_visible()
        page.evaluate(
            """document.querySelector('consent-placeholder').remove()
            document.querySelector('iframe').removeAttribute('style')"""
        )
    expect(page.get_by_role("button", name="Load once")).to_be_visible()
    expect(page.locator("iframe")).to_be_hidden()
    page.get_by_role("button", name="Always allow").click()
    expect(page.locator("iframe")).to_be_visible()
    expect(page.get_by_role("button", name="Load once")).to_have_count(0)


def test_a_page_that_removes_every_placeholder_keeps_working(page: Page, service: Service) -> None:
    page.goto(service.page(FRAME))
    expect(page.get_by_role("button", name="Load once")).to_be_visible()
    page.evaluate(
        """new MutationObserver(() => document.querySelector('consent-placeholder')?.remove())
        .observe(document.body, { childList: true })"""
    )
    page.evaluate("document.querySelector('consent-placeholder').remove()")
    page.wait_for_function("document.querySelector('iframe').checkVisibility()")
    page.get_by_role("button", name="Reject all").click()
    assert service.one_receipt()["action"] == "reject_all"


def test_a_script_on_which_morphing_writes_its_marks_runs_once(page: Page, service: Service) -> None:
    page.goto(
        service.page(
            """<script id="one" type="text/plain" data-consent="analytics">window.times = (window.times || 0) + 1</script>"""
        )
    )
    page.get_by_role("button", name="Accept all").click()
    page.wait_for_function("window.times === 1")
    page.evaluate("Object.assign(document.querySelector('#one'), { type: 'text/plain' }).dataset.consent = 'analytics'")
    page.evaluate("consent.set({ advertising: false })")
    page.wait_for_function("consent.get().groups.advertising.reason === 'refused'")
    page.get_by_role("button", name="Privacy choices").click()  # waits until the effects of the choice are done
    expect(page.get_by_role("dialog")).to_be_visible()
    assert page.evaluate("times") == 1
