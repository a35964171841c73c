"""A page's life: routes, transitions, caches of page and script, other tabs and hosts, prerendered pages."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from consent.core.choice import newest_choice_text
from tests.banner.payload import CAST, choice, make_payload, tag
from tests.banner.service import LINE, Service, with_real_focus

pytestmark = pytest.mark.extended

CHANGES_BODY = """() => {
  const body = document.createElement('body')
  body.innerHTML = '<h1>Next</h1><p><span data-choices-link></span></p>'
  document.body.replaceWith(body)
}"""


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def runs(page: Page, name: str) -> None:
    page.wait_for_function("name => (window.ran || []).includes(name)", arg=name)


def with_blog_tag(service: Service) -> None:
    blog = tag("blogstats", "analytics")
    service.payload = make_payload(service.vendors, tags=[*CAST, blog])
    found = next(one for one in service.payload["resolved"]["tags"] if one["id"] == "blogstats")
    found["only"] = ["/blog*"]


@pytest.mark.parametrize("has_navigation", [True, False])
def test_a_route_that_changes_only_the_address_is_evaluated_again(
    page: Page, service: Service, has_navigation: bool
) -> None:
    with_blog_tag(service)
    if not has_navigation:
        page.add_init_script("delete window.navigation")
    page.goto(service.page())
    press(page, "Accept all")
    runs(page, "stats")
    assert "blogstats" not in page.evaluate("ran")
    page.evaluate("history.pushState(null, '', '/blog/first')")
    if not has_navigation:
        page.evaluate("document.body.append('a new article')")
    runs(page, "blogstats")
    page.go_back()
    page.wait_for_function("consent.get().tags.find(tag => tag.id === 'blogstats').reason === 'out_of_page'")
    assert len(service.receipts) == 1


def test_a_route_that_the_page_is_still_drawing_is_decided_as_soon_as_the_address_is_its(
    page: Page, service: Service
) -> None:
    with_blog_tag(service)
    page.goto(service.page())
    press(page, "Accept all")
    runs(page, "stats")
    page.evaluate(
        """() => {
        navigation.addEventListener("navigate", event => event.intercept({ handler: () => new Promise(() => {}) }))
        void navigation.navigate("/blog/first")
        }"""
    )
    runs(page, "blogstats")


def test_a_route_that_replaces_the_body_keeps_the_question_and_fills_new_links(page: Page, service: Service) -> None:
    page.goto(service.page("<h1>First</h1>"))
    expect(page.get_by_role("button", name="Reject all")).to_be_visible()
    page.evaluate("history.pushState(null, '', '/next')")
    page.evaluate(CHANGES_BODY)
    expect(page.get_by_role("button", name="Privacy choices")).to_be_visible()
    press(page, "Reject all")
    expect(page.get_by_role("button", name="Privacy choices")).to_have_count(2)
    page.evaluate(CHANGES_BODY)
    expect(page.get_by_role("button", name="Privacy choices")).to_have_count(2)
    expect(page.get_by_role("button", name="Reject all")).to_have_count(0)
    assert [event["event"] for event in service.events] == ["shown", "chosen"]


def test_a_page_without_a_body_for_a_while_keeps_the_question(page: Page, service: Service) -> None:
    page.goto(service.page("<h1>First</h1>"))
    expect(page.get_by_role("button", name="Reject all")).to_be_visible()
    page.evaluate("document.body.remove(); document.head.append(document.createElement('meta'))")
    page.evaluate("document.querySelector('section').remove()")
    expect(page.get_by_role("button", name="Reject all")).to_be_visible()
    page.evaluate("document.documentElement.append(document.createElement('body'))")
    expect(page.get_by_role("button", name="Reject all")).to_be_visible()


def test_a_body_that_is_kept_and_put_back_as_it_was_holds_nothing_of_ours(page: Page, service: Service) -> None:
    page.goto(service.page("<h1>First</h1>"))
    expect(page.get_by_role("button", name="Reject all")).to_be_visible()
    # As Turbo does for Back, and htmx with its HTML.
    page.evaluate("window.kept = document.body.cloneNode(true)")
    assert page.evaluate("kept.outerHTML") == "<body><h1>First</h1></body>"
    page.evaluate(CHANGES_BODY)
    press(page, "Reject all")
    expect(page.get_by_role("button", name="Privacy choices")).to_have_count(2)
    page.evaluate("document.body.replaceWith(kept)")
    assert page.evaluate("document.body.innerText") == "First"
    expect(page.get_by_role("button", name="Reject all")).to_have_count(0)
    press(page, "Privacy choices")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert page.evaluate("document.body.innerHTML") == "<h1>First</h1>"


WRITES = """document.open()
document.write(`<!doctype html><html lang="en"><title>Anew</title>${LINE}<body><p><span data-choices-link></span></p>
  <script type="text/plain" data-consent="analytics" src="/vendor/late.js"><\\/script></body></html>`)
document.close()"""


@pytest.mark.parametrize("line", ["", LINE.replace("</", "<\\/")], ids=["without the line", "with the line"])
def test_a_page_that_is_written_anew_keeps_the_question_and_holds_what_it_has(
    page: Page, service: Service, line: str
) -> None:
    page.goto(service.page("<h1>First</h1>"))
    expect(page.get_by_role("button", name="Reject all")).to_be_visible()
    page.evaluate(WRITES.replace("${LINE}", line))
    expect(page.get_by_role("button", name="Privacy choices")).to_be_visible()
    assert "late" not in page.evaluate("ran")
    press(page, "Accept all")
    runs(page, "late")
    assert service.one_receipt()["action"] == "accept_all"


def test_a_view_transition_inside_a_page_keeps_the_question(page: Page, service: Service) -> None:
    page.goto(service.page("<h1>First</h1>"))
    expect(page.get_by_role("button", name="Accept all")).to_be_visible()
    page.evaluate(f"document.startViewTransition({CHANGES_BODY}).finished")
    press(page, "Accept all")
    runs(page, "ads")
    assert service.one_receipt()["action"] == "accept_all"


def test_a_view_transition_to_another_page_knows_the_choice(page: Page, service: Service) -> None:
    style = "<style>@view-transition { navigation: auto }</style>"
    service.page(head=style + LINE, path="/second")
    page.goto(service.page('<a href="/second">On</a>', head=style + LINE))
    press(page, "Accept all")
    runs(page, "stats")
    page.get_by_role("link", name="On").click()
    page.wait_for_url("**/second")
    runs(page, "stats")
    expect(page.get_by_role("button", name="Accept all")).to_have_count(0)


@pytest.fixture(scope="module")
def keeping(browser: Browser, chromium: Path) -> Iterator[Browser]:
    """Run a browser with the back/forward cache, which Playwright disables."""
    other = browser.browser_type.launch(
        executable_path=chromium,
        args=["--no-sandbox"],
        ignore_default_args=["--disable-back-forward-cache"],
    )
    yield other
    other.close()


def test_a_page_that_comes_back_as_it_was_follows_what_was_chosen_meanwhile(keeping: Browser, service: Service) -> None:
    service.headers = {"Cache-Control": "no-cache"}
    service.page(path="/second")
    page = keeping.new_context().new_page()
    page.goto(service.page())
    page.evaluate("addEventListener('pageshow', event => (window.cameBack = event.persisted))")
    expect(page.get_by_role("button", name="Accept all")).to_be_visible()
    page.goto(service.origin + "/second")
    press(page, "Accept all")
    runs(page, "stats")
    page.evaluate("history.back()")
    page.wait_for_function("window.cameBack")
    runs(page, "stats")
    expect(page.get_by_role("button", name="Accept all")).to_have_count(0)
    expect(page.get_by_role("button", name="Privacy choices")).to_be_visible()


def test_a_prerendered_page_does_not_ask_report_or_record_before_the_visit(page: Page, service: Service) -> None:
    # A stand-in for the browser's flag; in test_prerender.py Chromium itself prerenders a page.
    page.add_init_script(
        """let prepared = true
        Object.defineProperty(Document.prototype, "prerendering", { get: () => prepared, configurable: true })
        Object.defineProperty(Navigator.prototype, "globalPrivacyControl", { get: () => true })
        window.activate = () => { prepared = false; document.dispatchEvent(new Event("prerenderingchange")) }"""
    )
    service.payload = make_payload(service.vendors, "US-CA", sends=["us_privacy_cookie"])
    page.goto(service.page("<span data-choices-link></span>"))
    page.wait_for_function("window.dataLayer")
    assert page.evaluate("[dataLayer.length, window.ran, window.consent, document.cookie]") == [2, None, None, ""]
    assert (service.events, service.receipts) == ([], [])
    page.evaluate("activate()")
    runs(page, "stats")
    expect(page.get_by_text("Opt-Out Request Honored")).to_be_visible()
    assert service.one_receipt()["method"] == "gpc"
    page.wait_for_function("document.cookie.includes('usprivacy=1YYN')")


def test_a_script_from_the_browsers_cache_knows_the_choice(page: Page, service: Service) -> None:
    service.script_headers = {"Cache-Control": "private, max-age=300"}
    page.goto(service.page())
    press(page, "Accept all")
    runs(page, "stats")
    service.page(path="/second")
    page.goto(service.origin + "/second")
    runs(page, "stats")
    expect(page.get_by_role("button", name="Accept all")).to_have_count(0)
    assert service.asked_for("/b/demo.js") == 1


def test_a_page_from_a_cache_that_everybody_shares_decides_for_each_visitor(page: Page, service: Service) -> None:
    same = service.script()
    service.script = lambda: same  # type: ignore[method-assign]
    service.visit_with(page, choice("010"))
    page.goto(service.page())
    runs(page, "stats")
    page.context.clear_cookies()
    page.reload()
    expect(page.get_by_role("button", name="Accept all")).to_be_visible()
    assert page.evaluate("ran") == ["session"]


def test_a_choice_counts_on_the_other_hosts_of_a_site_that_shares_it(page: Page, service: Service) -> None:
    service.payload = make_payload(service.vendors, scope="shop.localhost")
    address = service.page()
    page.goto(address)
    press(page, "Accept all")
    runs(page, "stats")
    page.goto(address.replace("www.", "blog."))
    runs(page, "stats")
    expect(page.get_by_role("button", name="Accept all")).to_have_count(0)
    page.evaluate("consent.withdraw()")
    page.wait_for_function("consent.get().groups.analytics.reason === 'refused'")
    page.goto(address)
    runs(page, "session")
    assert page.evaluate("ran") == ["session"]


@pytest.mark.parametrize("is_sending", [False, True])
def test_a_refusal_after_the_scope_was_narrowed_is_not_hidden_by_the_domains_cookie(
    page: Page, service: Service, is_sending: bool
) -> None:
    held: list[Route] = []
    if is_sending:  # the first choice is in flight throughout the test
        page.route("**/receipts", lambda route: held.append(route))
    service.payload = make_payload(service.vendors, scope="shop.localhost")
    address = service.page()
    page.goto(address)
    press(page, "Accept all")
    runs(page, "stats")
    service.payload = make_payload(service.vendors)
    page.goto(address)
    page.wait_for_function("!!window.consent?.get")
    while is_sending and len(held) < 2:
        page.wait_for_timeout(50)
    page.evaluate("consent.withdraw()")
    page.wait_for_function("document.cookie.split('consent_demo=').length === 2")
    page.goto(address)
    runs(page, "session")
    assert page.evaluate("ran") == ["session"]


REFUSAL = choice("000")
TWO = {
    "host refuses": (REFUSAL, choice("111")),
    "domain refuses": (choice("111"), REFUSAL),
    "a vendor's name reads as a grant": (REFUSAL + "true-north:0", choice("010")),
}


@pytest.mark.parametrize("order", TWO.values(), ids=list(TWO))
def test_of_two_cookies_of_one_day_the_stricter_applies(page: Page, service: Service, order: tuple[str, str]) -> None:
    address = service.page()
    host, domain = order
    page.context.add_cookies(
        [
            {"name": "consent_demo", "value": host, "domain": "www.shop.localhost", "path": "/"},
            {"name": "consent_demo", "value": domain, "domain": ".shop.localhost", "path": "/"},
        ]
    )
    page.goto(address)
    runs(page, "session")
    assert page.evaluate("ran") == ["session"]


@pytest.mark.parametrize("order", [("100", "010"), ("010", "100"), ("110", "011"), ("1--", "0--")])
def test_the_page_and_the_service_pick_the_same_of_two_cookies(
    page: Page, service: Service, order: tuple[str, str]
) -> None:
    address = service.page()
    hosts = ("www.shop.localhost", ".shop.localhost")
    page.context.add_cookies(
        [
            {"name": "consent_demo", "value": choice(answers), "domain": host, "path": "/"}
            for answers, host in zip(order, hosts, strict=True)
        ]
    )
    page.goto(address)
    page.wait_for_function("window.consent?.get")
    pairs = [pair.partition("=") for pair in page.evaluate("document.cookie").split("; ")]
    sent = [value for name, _, value in pairs if name == "consent_demo"]
    assert len(sent) == 2
    assert page.evaluate("consent.get().choice") == newest_choice_text(sent)


def test_a_choice_of_one_host_alone_says_nothing_on_another(page: Page, service: Service) -> None:
    address = service.page()
    page.goto(address)
    press(page, "Accept all")
    runs(page, "stats")
    page.goto(address.replace("www.", "blog."))
    expect(page.get_by_role("button", name="Accept all")).to_be_visible()


def second_tab(page: Page, service: Service) -> Page:
    """Open the site in another tab, so that `page` loses the focus."""
    with_real_focus(page)
    other = page.context.new_page()
    other.goto(service.origin + "/")
    other.wait_for_function("window.consent")
    return other


@pytest.mark.windows
def test_a_withdrawal_in_one_tab_reaches_the_vendors_of_another(page: Page, service: Service) -> None:
    takes = "<script>window.revocations = []; window.revoked = name => revocations.push(name)</script>"
    page.goto(service.page(head=takes + LINE))
    press(page, "Accept all")
    runs(page, "stats")
    other = second_tab(page, service)
    other.evaluate("consent.withdraw()")
    page.wait_for_function("revocations.includes('stats') && revocations.includes('ads')")
    expect(page.get_by_role("button", name="Privacy choices")).to_be_visible()


@pytest.mark.windows
def test_an_open_second_layer_shows_and_saves_what_another_tab_withdrew(page: Page, service: Service) -> None:
    page.goto(service.page())
    press(page, "Accept all")
    runs(page, "stats")
    press(page, "Privacy choices")
    switch = page.get_by_role("dialog").get_by_role("switch", name="Analytics", exact=True)
    expect(switch).to_be_checked()
    second_tab(page, service).evaluate("consent.withdraw()")
    expect(switch).not_to_be_checked()
    press(page, "Save my choice")
    service.wait_for(lambda: service.receipts[-1]["action"] != "withdraw")
    assert not any(service.receipts[-1]["choices"].values())


@pytest.mark.windows
def test_a_withdrawal_in_one_tab_reloads_another_tab_that_has_unrevocable_tags(page: Page, service: Service) -> None:
    assert service.payload
    service.payload["acts"]["vendors"]["stats"]["revoke"] = []
    page.goto(service.page())
    press(page, "Accept all")
    runs(page, "stats")
    other = second_tab(page, service)
    with page.expect_event("load"):
        other.evaluate("consent.withdraw()")
    runs(page, "session")
    assert page.evaluate("ran") == ["session"]


def test_a_page_restored_after_a_withdrawal_reloads_if_tags_are_unrevocable(keeping: Browser, service: Service) -> None:
    assert service.payload
    service.payload["acts"]["vendors"]["stats"]["revoke"] = []
    service.headers = {"Cache-Control": "no-cache"}
    service.page(path="/second")
    page = keeping.new_context().new_page()
    page.goto(service.page())
    press(page, "Accept all")
    runs(page, "stats")
    page.goto(service.origin + "/second")
    page.wait_for_function("window.consent")
    with page.expect_event("load"):  # on the second page, whose vendor can't be stopped either
        page.evaluate("void consent.withdraw()")
    page.wait_for_function("window.consent?.get().groups.analytics.reason === 'refused'")
    with page.expect_event("load"):
        page.evaluate("setTimeout(() => history.back())")
    runs(page, "session")
    assert page.evaluate("[location.pathname, ...ran]") == ["/", "session"]


def test_a_tab_without_storage_updates_when_it_becomes_visible(page: Page, service: Service) -> None:
    page.add_init_script("delete window.localStorage; delete Window.prototype.localStorage")
    page.goto(service.page())
    expect(page.get_by_role("button", name="Accept all")).to_be_visible()
    other = page.context.new_page()
    other.goto(service.origin + "/")
    press(other, "Accept all")
    runs(other, "stats")
    page.bring_to_front()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    runs(page, "stats")
    expect(page.get_by_role("button", name="Accept all")).to_have_count(0)


LATE = """<script>addEventListener("load", () => document.head.append(Object.assign(
  document.createElement("script"), {src: "/b/demo.js"})))</script>"""
"""The late snippet in docs/embedding.md."""


def test_a_script_that_loads_late_does_all_its_work(page: Page, service: Service) -> None:
    marked = '<script type="text/plain" data-consent="analytics" src="/vendor/late.js"></script>'
    page.goto(service.page(marked + "<span data-choices-link></span>", head=LATE))
    expect(page.get_by_role("button", name="Privacy choices")).to_be_visible()
    press(page, "Accept all")
    runs(page, "late")
    runs(page, "ads")
    assert service.one_receipt()["action"] == "accept_all"


def test_words_in_the_query_or_the_hash_of_the_scripts_address_are_no_part_of_it(page: Page, service: Service) -> None:
    line = LINE.replace("demo.js", "demo/hash.js?from=/b/other.js#/b/third/")
    service.payload, service.in_language["en"] = None, make_payload(service.vendors)
    page.goto(service.page(head=line))
    expect(page.get_by_role("button", name="Accept all")).to_be_visible()
    assert service.asked_for("/api/v1/sites/demo/decision") == 1
    press(page, "Accept all")
    assert service.one_receipt()["action"] == "accept_all"


def test_the_service_may_be_on_a_path_that_ends_like_its_own(page: Page, service: Service) -> None:
    service.payload = None
    service.pages["/b/b/demo.js"] = service.script()
    page.goto(service.page(head=LINE.replace("/b/demo.js", "/b/b/demo.js")))
    service.wait_for_request("/b/api/v1/sites/demo/decision")


def test_a_site_key_may_equal_the_path(page: Page, service: Service) -> None:
    service.payload = None
    service.pages["/b/b/b.js"] = service.script()
    page.goto(service.page(head=LINE.replace("/b/demo.js", "/b/b/b.js")))
    service.wait_for_request("/b/api/v1/sites/b/decision")


def test_a_script_added_again_by_a_route_does_nothing(page: Page, service: Service) -> None:
    page.goto(service.page())
    press(page, "Accept all")
    runs(page, "ads")
    runs(page, "stats")
    with page.expect_response("**/b/demo.js?again"):
        page.evaluate(
            "document.head.append(Object.assign(document.createElement('script'), {src: '/b/demo.js?again'}))"
        )
    press(page, "Privacy choices")
    expect(page.get_by_role("dialog")).to_have_count(1)
    names = page.evaluate("ran")
    assert sorted(names) == sorted(set(names))
    assert len(service.receipts) == 1
    assert [event["event"] for event in service.events] == ["shown", "chosen"]
