"""Tags that the site's server has already written into the page, based on the decision."""

from playwright.sync_api import Page

from tests.banner.payload import choice
from tests.banner.service import LINE, Service

WRITTEN = '<script data-tag="stats" src="/vendor/stats.js"></script>'
FRAME = '<iframe data-tag="video" src="/vendor/video.js" title="Film"></iframe>'


def test_a_tag_that_the_server_wrote_is_not_loaded_again_and_all_others_are(page: Page, service: Service) -> None:
    service.visit_with(page, choice("011"))
    page.goto(service.page(head=WRITTEN + LINE))
    page.wait_for_function("(window.ran || []).includes('ads')")
    assert sorted(page.evaluate("ran")) == ["ads", "session", "stats"]
    assert service.asked_for("/vendor/stats.js") == 1
    assert sorted(page.evaluate("consent.debug().loaded")) == ["ads", "session", "stats"]


def test_a_withdrawal_applies_to_tags_that_the_server_wrote(page: Page, service: Service) -> None:
    service.visit_with(page, choice("110"))
    head = "<script>window.revocations = []; window.revoked = name => revocations.push(name)</script>" + WRITTEN + LINE
    page.goto(service.page(FRAME, head))
    page.wait_for_function("(window.ran || []).includes('chat')")
    page.evaluate("consent.withdraw()")
    page.wait_for_function("revocations.length > 2")
    assert sorted(page.evaluate("revocations")) == ["chat", "stats", "video"]


def test_one_that_was_written_against_the_decision_counts_for_nothing_until_it_may_run(
    page: Page, service: Service
) -> None:
    page.goto(service.page(head=WRITTEN + LINE))
    page.wait_for_function("(window.ran || []).includes('session')")
    assert page.evaluate("consent.debug().loaded") == ["session"]
    page.get_by_role("button", name="Accept all").click()
    page.wait_for_function("ran.includes('ads')")
    assert page.evaluate("ran.filter(name => name === 'stats')") == ["stats"]
    assert "stats" in page.evaluate("consent.debug().loaded")
