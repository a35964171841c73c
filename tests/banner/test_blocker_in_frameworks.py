"""What frameworks do to the head while something in it is held: nothing runs twice, and nothing is lost."""

import threading

import pytest
from playwright.sync_api import Page, Route, expect

from tests.banner.blocker import blocker, let_vendor_have_its_host, stranger
from tests.banner.payload import choice
from tests.banner.service import LINE, Service

pytestmark = pytest.mark.extended

TAG = "<script async src='{url}'></script>"
COPY = """url => { const copy = document.createElement("script"); copy.async = true; copy.setAttribute("src", url)
    document.head.append(copy) }"""
PARSED = """async url => { const other = new DOMParser().parseFromString(`<script src="${url}"></` + "script>", "text/html")
    document.head.append(other.querySelector("script"))
    await new Promise(done => setTimeout(done))
    const parsed = document.head.lastElementChild, anew = document.createElement("script")
    if (parsed.type && !/script/.test(parsed.type)) return
    for (const { name, value } of parsed.attributes) anew.setAttribute(name, value)
    parsed.replaceWith(anew) }"""
"""As Astro's router does it."""


@pytest.fixture
def url(service: Service) -> str:
    """Return a URL on an unknown host."""
    return f"{stranger(service)}/vendor/odd.js"


def accept(page: Page) -> None:
    page.get_by_role("button", name="Accept all").click()
    page.wait_for_function("(window.ran || []).includes('odd')")
    page.wait_for_timeout(200)


def open_page(page: Page, service: Service, head: str = "") -> None:
    page.goto(service.page("<p>words</p>", head=blocker() + head + LINE))
    expect(page.get_by_role("button", name="Reject all")).to_be_visible()


def test_a_copy_that_a_framework_puts_beside_the_held_one_does_not_run(page: Page, service: Service, url: str) -> None:
    open_page(page, service, TAG.format(url=url))
    page.evaluate(COPY, url)
    page.wait_for_timeout(100)
    accept(page)
    assert page.evaluate("ran.filter(name => name === 'odd').length") == 1


def test_a_framework_copy_does_not_run_after_an_earlier_grant(page: Page, service: Service, url: str) -> None:
    service.visit_with(page, choice("111"))
    copied = f"<script>({COPY})('{url}')</script>"
    page.goto(service.page("<p>words</p>", head=blocker() + TAG.format(url=url) + copied + LINE))
    page.wait_for_function("(window.ran || []).includes('odd')")
    page.wait_for_timeout(300)
    assert page.evaluate("ran.filter(name => name === 'odd').length") == 1


def test_two_tags_of_the_html_with_one_address_run_both(page: Page, service: Service, url: str) -> None:
    open_page(page, service, TAG.format(url=url) * 2)
    accept(page)
    page.wait_for_function("ran.filter(name => name === 'odd').length === 2")


def test_runs_what_a_router_parses_and_recreates(page: Page, service: Service, url: str) -> None:
    open_page(page, service)
    page.evaluate(PARSED, url)
    page.wait_for_timeout(100)
    assert service.asked_for("/vendor/odd.js") == 0
    accept(page)
    assert page.evaluate("ran.filter(name => name === 'odd').length") == 1


def test_a_copy_that_need_not_wait_runs_in_the_place_of_the_one_that_does(
    page: Page, service: Service, url: str
) -> None:
    service.visit_with(page, choice("111"))
    held: list[Route] = []
    is_late = threading.Event()
    page.route("**/vendor/first.js", lambda route: route.continue_() if is_late.is_set() else held.append(route))
    first = TAG.format(url=url.replace("odd.js", "first.js")).replace("async ", "")
    waiting = TAG.format(url=url).replace("async ", "")
    page.goto(service.page("<p>words</p>", head=blocker() + first + waiting + LINE), wait_until="commit")
    page.wait_for_function("window.consent?.get")
    page.evaluate(COPY, url)
    page.wait_for_function("(window.ran || []).includes('odd')")
    is_late.set()
    for route in held:
        route.continue_()
    page.wait_for_function("ran.includes('first')")
    page.wait_for_timeout(300)
    assert page.evaluate("ran.filter(name => name === 'odd').length") == 1


def test_what_a_loader_added_and_a_route_took_away_runs_all_the_same(page: Page, service: Service, url: str) -> None:
    open_page(page, service)
    page.evaluate(COPY, url)
    page.wait_for_function("window.consent?.get && document.querySelector('[data-consent=unmarked]')")
    page.wait_for_timeout(200)
    page.evaluate("document.querySelector('[data-consent=unmarked]').remove()")
    accept(page)
    assert page.evaluate("ran.filter(name => name === 'odd').length") == 1


def test_a_script_that_was_created_but_never_added_does_not_run(page: Page, service: Service, url: str) -> None:
    open_page(page, service)
    page.evaluate("url => { window.made = document.createElement('script'); made.src = url }", url)
    page.get_by_role("button", name="Accept all").click()
    page.wait_for_function("consent.get().groups.advertising.granted")
    page.wait_for_timeout(300)
    assert page.evaluate("(window.ran || []).includes('odd')") is False


def test_a_held_script_runs_once_it_may_whose_marks_hydration_or_morphing_took_away(
    page: Page, service: Service, url: str
) -> None:
    open_page(page, service, TAG.format(url=url))
    own = "!['async', 'src'].includes(name)"
    page.evaluate(
        f"""() => {{ const node = document.querySelector('script[src*=odd]')
        for (const name of node.getAttributeNames()) if ({own}) node.removeAttribute(name) }}"""
    )
    assert not page.evaluate("(window.ran || []).includes('odd')")
    accept(page)
    assert page.evaluate("ran.filter(name => name === 'odd').length") == 1
    assert page.evaluate("document.querySelector('script[src*=odd]').getAttributeNames()") == ["async", "src"]


BESIDE_A_COMMENT = """vendors => { const template = document.createElement("template"), anchor = document.createComment("")
    template.innerHTML = `<p><iframe title=film width=300 height=200 src="${vendors}/film"></iframe>
        <img alt="" src="${vendors}/known.png"></p>`
    document.body.append(anchor)
    anchor.before(template.content.cloneNode(true)) }"""
"""As Svelte 5 inserts a component into the page."""


def test_what_a_framework_puts_beside_a_comment_is_not_asked_for(page: Page, service: Service) -> None:
    let_vendor_have_its_host(service)
    service.page("film", head="", path="/film")
    page.goto(service.page("<p>words</p>", head=blocker(hold="vendors.localhost") + LINE))
    expect(page.get_by_role("button", name="Reject all")).to_be_visible()
    page.evaluate(BESIDE_A_COMMENT, service.vendors)
    page.wait_for_timeout(100)
    assert [path for path in service.requests if path in ("/film", "/known.png")] == []
    page.get_by_role("button", name="Accept all").click()
    expect(page.frame_locator("iframe").get_by_text("film")).to_be_visible()
    service.wait_for_request("/known.png")
    assert service.asked_for("/film") == 1
