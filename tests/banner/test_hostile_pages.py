from dataclasses import replace

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.banner.blocker import blocker
from tests.banner.clobbered_names import CLOBBER
from tests.banner.payload import CAST, choice, make_payload
from tests.banner.service import LATER, LINE, Service

pytestmark = [pytest.mark.attack, pytest.mark.extended]

POLICY = (
    "default-src 'none'; script-src 'nonce-abc' 'strict-dynamic'; style-src 'self'; connect-src 'self'; base-uri 'none'"
)
NONCED = '<script nonce="abc" async src="/b/demo.js"></script>'
FILM = '<iframe width="400" height="250" data-consent="functional" data-vendor="video" data-src="/film"></iframe>'
TYPES = "; require-trusted-types-for 'script'"


def accept(page: Page) -> None:
    page.get_by_role("button", name="Accept all").click()


@pytest.mark.parametrize("types", ["", TYPES, TYPES + "; trusted-types consent"])
def test_the_script_works_under_a_strict_policy_and_trusted_types(page: Page, service: Service, types: str) -> None:
    service.headers = {"Content-Security-Policy": POLICY + types}
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text) if "Content Security" in message.text else None)
    body = """<script nonce="abc" type="text/plain" data-consent="analytics">document.body.id = "inline"</script>
    <script type="text/plain" data-consent="essential">window.slipped = true</script>
    <template data-consent="essential"><script>window.slipped = true</script></template>"""
    page.goto(service.page(body, head=NONCED))
    layer = page.get_by_role("button", name="Accept all")
    expect(layer).to_have_css("background-color", "rgb(11, 87, 208)")
    accept(page)
    expect(page.locator("html[data-ran~=ads] > body#inline")).to_have_count(1)
    assert page.evaluate("window.slipped") is None
    page.get_by_role("button", name="Privacy choices").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert refused == []


@pytest.mark.parametrize("passed", ["", "nonce, "])
def test_a_line_that_comes_late_runs_what_bears_the_pages_nonce_and_nothing_that_was_slipped_in(
    page: Page, service: Service, passed: str
) -> None:
    service.headers = {"Content-Security-Policy": POLICY}
    late = f"""<script nonce="abc">const {{nonce}} = document.currentScript;
    addEventListener("load", () => document.head.append(Object.assign(document.createElement("script"),
      {{{passed}src: "/b/demo.js"}})))</script>"""
    body = """<script nonce="abc" type="text/plain" data-consent="analytics">document.body.id = "inline"</script>
    <script type="text/plain" data-consent="essential">window.slipped = 1</script>
    <script nonce="made up" type="text/plain" data-consent="essential">window.slipped = 2</script>
    <script type="text/plain" data-consent="essential" data-src="/vendor/slipped.js"></script>
    <template data-consent="essential"><script>window.slipped = 3</script></template>"""
    page.goto(service.page(body, head=late))
    accept(page)
    service.one_receipt()
    expect(page.locator("html[data-ran~=ads]")).to_have_count(1)
    expect(page.locator("body#inline")).to_have_count(1 if passed else 0)
    assert page.evaluate("[window.slipped, (window.ran || []).includes('slipped')]") == [None, False]


def test_dom_clobbering_changes_nothing(page: Page, service: Service) -> None:
    marked = '<script type="text/plain" data-consent="analytics">(window.ran ||= []).push("inline")</script>'
    page.goto(service.page(CLOBBER + marked + LINE, head=""))
    accept(page)
    page.wait_for_function("['ads', 'inline'].every(name => (window.ran || []).includes(name))")
    assert service.own_cookies(page) == {"consent_demo": choice("111")}
    assert service.one_receipt()["action"] == "accept_all"
    # Consent mode's default, the place's default and the update; the first and last with an event for a tag manager.
    assert page.evaluate("[dataLayer.length, typeof consent.get]") == [5, "function"]


def test_polluted_prototypes_grant_nothing(page: Page, service: Service) -> None:
    bad = """<script>for (const [name, value] of Object.entries({ granted: true, mode: "full", stats: true,
      under13: [0, 0, 0, 0], analytics: true, nonsense: { granted: true }, hold: null, vendor: "stats",
      src: "/vendor/bad.js" }))
      Object.prototype[name] = value</script>"""
    marked = '<script type="text/plain" data-consent="nonsense">(window.ran ||= []).push("unknown")</script>'
    page.goto(service.page(marked, head=bad + LINE))
    expect(page.get_by_role("button", name="Reject all")).to_be_visible()
    page.get_by_role("button", name="Reject all").click()
    service.one_receipt()
    page.wait_for_function("(window.ran || []).includes('session')")
    assert page.evaluate("ran") == ["session"]


def test_arrays_whose_entries_are_prototype_jss_know_the_choice(page: Page, service: Service) -> None:
    theirs = "<script>Array.prototype.entries = function () { return [...this] }</script>"
    page.goto(service.page(head=theirs + LINE))
    accept(page)
    page.wait_for_function("(window.ran || []).includes('ads')")
    service.one_receipt()
    page.goto(service.page(head=theirs + LINE))
    page.wait_for_function("(window.ran || []).includes('ads')")
    expect(page.get_by_role("button", name="Reject all")).to_have_count(0)


def test_arrays_that_prototype_js_writes_as_a_string_lose_no_receipt(page: Page, service: Service) -> None:
    theirs = (
        "<script>Array.prototype.toJSON = function () { return `[${this.map(one => JSON.stringify(one))}]` }</script>"
    )
    page.goto(service.page(head=theirs + LINE))
    page.get_by_role("button", name="Reject all").click()
    assert service.one_receipt()["action"] == "reject_all"
    page.wait_for_function("localStorage.length === 0")


def test_resending_from_the_storage_terminates(page: Page, service: Service) -> None:
    theirs = """<script>let kept = null
    Storage.prototype.setItem = (name, text) => { if (name.endsWith("queue")) kept ||= text }
    Storage.prototype.getItem = name => name.endsWith("queue") ? kept : null
    Storage.prototype.removeItem = () => {}</script>"""
    page.goto(service.page(head=theirs + LINE))
    page.get_by_role("button", name="Reject all").click()
    page.wait_for_load_state("networkidle")
    # The choice may be sent again if the page became visible meanwhile; the key makes both one receipt.
    assert 1 <= len(service.receipts) <= 2
    assert len({receipt["key"] for receipt in service.receipts}) == 1


def test_an_array_that_is_never_empty_sends_no_choice_that_was_not_made(page: Page, service: Service) -> None:
    page.goto(service.page(head=f"<script>Array.prototype[0] = 'full'</script>{LINE}", body=FILM))
    page.wait_for_load_state("networkidle")
    assert service.receipts == []


@pytest.mark.parametrize("missing", ["attachShadow", "setAttribute"])
def test_a_browser_that_cannot_render_the_layer_throws_no_error_into_the_page(
    page: Page, service: Service, missing: str
) -> None:
    page.goto(service.page(FILM, head=f"<script>Element.prototype.{missing} = undefined</script>{LINE}"))
    page.wait_for_load_state("networkidle")
    assert service.asked_for("/film") == 0


@pytest.mark.parametrize("missing", ["Proxy", "Symbol.for", "requestAnimationFrame"])
def test_a_page_that_removed_required_functions_gets_no_error(page: Page, service: Service, missing: str) -> None:
    tells = """window.heard = []
    addEventListener("error", event => heard.push(event.message))
    addEventListener("unhandledrejection", event => heard.push(String(event.reason)))"""
    page.goto(service.page(FILM, head=f"<script>{tells}; {missing} = undefined</script>{LINE}"))
    page.wait_for_load_state("networkidle")
    assert page.evaluate("heard") == []
    assert service.asked_for("/film") == 0


@pytest.mark.parametrize("other", ["undefined", "{}"])
def test_works_on_a_page_that_replaced_or_removed_the_global_element(page: Page, service: Service, other: str) -> None:
    calls = f"<script>revocations = []; revoked = name => revocations.push(name); Element = {other}</script>"
    page.goto(service.page(head=calls + LINE))
    accept(page)
    expect(page.locator("html[data-ran~=stats]")).to_have_count(1)
    page.evaluate("film => document.body.insertAdjacentHTML('beforeend', film)", FILM)
    service.wait_for_request("/film")
    page.evaluate("consent.withdraw()")
    page.wait_for_function("revocations.includes('stats')")


LYING = (
    "Array.prototype.includes = () => true",
    "Array.prototype.some = () => true",
    "Array.prototype.every = () => false",
    "Array.prototype.find = () => undefined",
)


@pytest.mark.parametrize("lie", LYING)
@pytest.mark.parametrize("refused", [False, True])
def test_arrays_that_say_yes_to_everything_release_nothing(
    page: Page, service: Service, lie: str, refused: bool
) -> None:
    assert service.payload
    service.payload["acts"]["vendors"]["stats"]["hosts"] = ["vendors.localhost"]
    if refused:
        service.visit_with(page, choice("000"))
    body = f"""{FILM}<script type="text/plain" data-consent="advertising" src="/vendor/marked.js"></script>
    <script src="{service.vendors}/vendor/unmarked.js"></script>"""
    page.goto(service.page(body, head=f"{blocker()}<script>{lie}</script>{LINE}"))
    page.wait_for_load_state("networkidle")
    assert service.asked_for("/film") == 0
    assert not {"marked", "unmarked"} & set(page.evaluate("window.ran || []"))


def test_sends_a_choice_stored_by_an_earlier_build(page: Page, service: Service) -> None:
    service.visit_with(page, choice("000"))
    kept = """[{ key: "0d".repeat(16), chosen_at: new Date().toISOString(), action: "reject_all", method: "click",
      choices: {}, vendors: {}, keep_proof: false }]"""
    page.goto(service.page(head=f"<script>localStorage.consent_demo_queue = JSON.stringify({kept})</script>"))
    page.context.add_cookies([{"name": "consent_demo_queue", "value": "1", "url": service.origin}])
    page.goto(service.page())
    assert service.one_receipt()["key"] == "0d" * 16


@pytest.mark.parametrize("kept", ["[null]", '[5, {"key": {}, "chosen_at": "2999"}]', "null", "{half"])
def test_foreign_data_under_our_storage_key_does_not_block_a_choice(page: Page, service: Service, kept: str) -> None:
    service.visit_with(page, choice("000"))
    service.page(head="", path="/bare")
    page.goto(service.origin + "/bare")
    page.evaluate("kept => { localStorage.consent_demo_queue = kept; document.cookie = 'consent_demo_queue=1' }", kept)
    page.goto(service.page())
    page.evaluate("consent.set({ analytics: true })")
    assert service.one_receipt()["choices"] == {"analytics": True}
    page.wait_for_function("localStorage.consent_demo_queue === undefined")
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide'))")


def test_a_drawing_that_is_a_page_of_its_own_is_thrown_nothing_at(page: Page, service: Service) -> None:
    service.apart = True
    service.payload = make_payload(service.vendors, tags=[one for one in CAST if one["group"] != "essential"])
    service.headers = {"Content-Type": "image/svg+xml"}
    service.pages["/"] = '<svg xmlns="http://www.w3.org/2000/svg"><script href="/b/demo.js"/></svg>'
    page.goto(service.origin + "/")
    page.wait_for_function("window.consent")
    page.evaluate("document.documentElement.append(document.createElement('g'))")
    assert page.evaluate("document.documentElement.childElementCount") == 2


def test_a_throwing_data_layer_does_not_prevent_the_question(page: Page, service: Service) -> None:
    throws = "<script>window.dataLayer = []; dataLayer.push = () => { throw Error('not ours') }</script>"
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(service.page(head=throws + LINE))
    page.get_by_role("button", name="Accept all").click()
    page.wait_for_function("(window.ran || []).includes('stats')")
    assert faults == []


def test_does_not_replace_an_existing_consent_object_of_the_page(page: Page, service: Service) -> None:
    page.goto(service.page(head="<script>window.consent = 'mine'</script>" + LINE))
    expect(page.get_by_role("button", name="Reject all")).to_be_visible()
    assert page.evaluate("consent") == "mine"


def test_a_choice_applies_although_the_storage_is_blocked(page: Page, service: Service) -> None:
    page.add_init_script(
        """for (const name of ["localStorage", "sessionStorage"])
        Object.defineProperty(window, name, { get() { throw new DOMException("denied", "SecurityError") } })"""
    )
    page.goto(service.page())
    accept(page)
    page.wait_for_function("(window.ran || []).includes('ads')")
    assert service.one_receipt()["action"] == "accept_all"


def test_a_choice_applies_to_this_page_although_cookies_are_blocked(page: Page, service: Service) -> None:
    page.add_init_script(
        "Object.defineProperty(Document.prototype, 'cookie', { get() { throw new Error('denied') }, set() {} })"
    )
    page.goto(service.page())
    accept(page)
    page.wait_for_function("(window.ran || []).length > 0")
    expect(page.get_by_role("button", name="Privacy choices")).to_be_visible()


@pytest.mark.parametrize("fetch", ["() => { throw new Error('not here') }", "undefined"])
def test_a_page_with_a_broken_fetch_still_records_a_refusal(page: Page, service: Service, fetch: str) -> None:
    page.goto(service.page(head=f"<script>window.fetch = {fetch}</script>{LINE}"))
    page.get_by_role("button", name="Reject all").click()
    expect(page.get_by_role("button", name="Privacy choices")).to_be_visible()
    expect(page.get_by_role("button", name="Reject all")).to_have_count(0)
    assert service.own_cookies(page)["consent_demo"] == choice("000")
    page.goto("about:blank")  # the queue is handed to the browser as the page is left
    assert service.one_receipt()["action"] == "reject_all"


@pytest.mark.parametrize("size", [(1280, 800), (390, 700)])
def test_the_second_layer_stays_in_the_window_of_a_zoomed_page(
    page: Page, service: Service, size: tuple[int, int]
) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(service.page(head=f"<style>html {{ zoom: 1.5 }}</style>{LINE}"))
    page.get_by_role("button", name="Settings").click()
    for name in ("Close", "Accept all", "Reject all", "Save my choice"):
        expect(page.get_by_role("dialog").get_by_role("button", name=name)).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("share", [0, 0.3, 0.6, 0.99, None])
def test_a_truncated_or_invalid_script_releases_nothing(
    context: BrowserContext, service: Service, share: float | None
) -> None:
    whole = service.script()
    sent = "<!doctype html><title>Bad gateway</title>" if share is None else whole[: int(len(whole) * share)]
    service.script = lambda: sent  # type: ignore[method-assign]
    page = context.new_page()  # the browser reports such a script's error to the page, and the error isn't ours
    service.visit_with(page, choice("111"))
    marked = '<script type="text/plain" data-consent="analytics" src="/vendor/late.js"></script>'
    page.goto(service.page(marked + '<script src="/vendor/own.js"></script>'))
    page.wait_for_load_state("networkidle")
    assert page.evaluate("ran") == ["own"]
    assert [path for path in service.requests if path.startswith("/vendor/")] == ["/vendor/own.js"]
    assert service.asked_for("/b/demo.js") == 1


def test_a_truncated_decision_script_releases_nothing_and_throws_nothing(page: Page, service: Service) -> None:
    service.apart = True
    service.payload = make_payload(service.vendors, tags=[one for one in CAST if one["group"] != "essential"])
    service.build = replace(service.build, acts=service.build.acts[: len(service.build.acts) // 2])
    service.visit_with(page, choice("111"))
    page.goto(service.page('<script type="text/plain" data-consent="analytics" src="/vendor/late.js"></script>'))
    page.wait_for_function("window.consent")
    page.evaluate("consent.open()")
    page.wait_for_load_state("networkidle")
    assert service.asked_for(LATER) == 1
    assert [path for path in service.requests if path.startswith("/vendor/")] == []


def test_an_unavailable_service_leaves_the_page_intact_and_holds_everything(page: Page, service: Service) -> None:
    marked = '<p>words</p><script type="text/plain" data-consent="analytics">window.bad = 1</script>'
    page.goto(service.page(marked, head='<script async src="http://127.0.0.1:9/b/demo.js"></script>'))
    expect(page.get_by_text("words")).to_be_visible()
    assert page.evaluate("window.bad") is None


def test_a_page_css_cannot_hide_or_unbalance_the_layer(page: Page, service: Service) -> None:
    css = """<style>* { color: red !important; font-size: 3px !important; display: none }
    section, [role=region] { display: none !important; position: static !important; transform: scale(0) !important }
    html, body { display: block !important }
    button:nth-of-type(3) { opacity: .1 !important; width: 1px !important }</style>"""
    page.goto(service.page(css))
    size = "node => [node.offsetWidth, node.offsetHeight]"
    accept, reject = (page.get_by_role("button", name=name).evaluate(size) for name in ("Accept all", "Reject all"))
    assert accept == reject
    assert min(accept) > 40
    expect(page.get_by_role("button", name="Reject all")).to_have_css("opacity", "1")
    expect(page.get_by_role("button", name="Reject all")).to_have_css("font-size", "15px")


def test_overlays_of_page_buttons_do_not_cover_ours(page: Page, service: Service) -> None:
    css = """<style>button { position: relative } section *::before { content: "Accept!" !important }
    button::after { content: ""; position: absolute; inset: 0 }</style>"""
    page.goto(service.page(css))
    width = page.get_by_role("button", name="Reject all").evaluate("node => node.offsetWidth")
    assert width == page.get_by_role("button", name="Accept all").evaluate("node => node.offsetWidth")
    page.get_by_role("button", name="Reject all").click()
    assert service.one_receipt()["action"] == "reject_all"


def test_overlays_of_the_page_are_below_the_layer(page: Page, service: Service) -> None:
    page.goto(service.page('<div style="position: fixed; inset: 0; z-index: 2147483646">Our news</div>'))
    page.get_by_role("button", name="Settings").click()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Reject all").click()
    assert service.one_receipt()["action"] == "reject_all"


MOVED = {
    "a transform": "body { transform: translateX(0); height: 3000px }",
    "a filter": "body { filter: brightness(1); height: 3000px }",
    "a body that is hidden": "body { display: none }",
    "a body of columns": "body { display: grid; grid-template-columns: 1fr 1fr; contain: paint; height: 3000px }",
}


@pytest.mark.parametrize("css", MOVED.values(), ids=MOVED)
def test_the_layers_are_in_the_window_regardless_of_the_body_style(page: Page, service: Service, css: str) -> None:
    page.goto(service.page(f"<style>{css}</style><h1>Shop</h1>"))
    expect(page.get_by_role("button", name="Reject all")).to_be_in_viewport(ratio=1)
    page.get_by_role("button", name="Settings").click()
    expect(page.get_by_role("dialog").get_by_role("button", name="Reject all")).to_be_in_viewport(ratio=1)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Reject all").click()
    expect(page.get_by_role("button", name="Privacy choices")).to_be_in_viewport(ratio=1)


def test_the_layer_moves_nothing_of_a_page_that_has_rules_for_the_first_of_its_body(
    page: Page, service: Service
) -> None:
    css = "body > * + * { margin-top: 80px } body > :first-child { color: green } body > :nth-child(2) { color: red }"
    page.goto(service.page(f"<h1>Shop</h1><p>Words</p><style>{css}</style>"))
    expect(page.get_by_role("button", name="Reject all")).to_be_visible()
    assert page.locator("h1").evaluate("node => getComputedStyle(node).color") == "rgb(0, 128, 0)"
    assert page.locator("h1").evaluate("node => node.getBoundingClientRect().top") < 80


def test_a_replaced_body_gets_the_layer_again(page: Page, service: Service) -> None:
    page.goto(service.page("<p>first</p>"))
    expect(page.get_by_role("button", name="Reject all")).to_be_visible()
    page.evaluate("document.body.replaceWith(document.createElement('body'))")
    expect(page.get_by_role("button", name="Reject all")).to_be_visible()
    assert len(service.events) == 1


def test_a_page_restored_from_the_back_forward_cache_reads_the_choice_again(page: Page, service: Service) -> None:
    page.goto(service.page())
    expect(page.get_by_role("button", name="Reject all")).to_be_visible()
    service.visit_with(page, choice("000"))
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    expect(page.get_by_role("button", name="Reject all")).to_have_count(0)


def test_a_prerendered_page_does_not_show_count_or_run_anything(page: Page, service: Service) -> None:
    page.add_init_script(
        """let prepared = true;
        Object.defineProperty(Document.prototype, "prerendering", { get: () => prepared, configurable: true });
        window.activate = () => { prepared = false; document.dispatchEvent(new Event("prerenderingchange")) }"""
    )
    page.goto(service.page())
    page.wait_for_function("window.dataLayer")
    assert page.evaluate("[dataLayer[0][1], window.ran, document.querySelector('section')]") == ["default", None, None]
    assert service.events == []
    page.evaluate("activate()")
    expect(page.get_by_role("button", name="Reject all")).to_be_visible()
    page.wait_for_function("(window.ran || []).includes('session')")


def test_a_faked_dataset_that_says_essential_releases_nothing_marked_otherwise(page: Page, service: Service) -> None:
    lie = """<script>addEventListener("lie", () => Object.defineProperty(HTMLElement.prototype, "dataset",
        { get: () => ({ consent: "essential" }) }))</script>"""
    page.goto(service.page(head=lie + LINE))
    expect(page.get_by_role("button", name="Reject all")).to_be_visible()
    page.evaluate("void consent.open()")  # loads the holding code before the page lies
    expect(page.get_by_role("dialog")).to_be_visible()
    page.evaluate(
        """film => {
        dispatchEvent(new Event("lie"))
        document.body.insertAdjacentHTML("beforeend", film + "<template data-consent='analytics'><i>ran</i></template>" +
            "<template data-consent='essential'><b>ran</b></template>")
    }""",
        FILM,
    )
    expect(page.locator("body b")).to_have_count(1)
    expect(page.locator("i, iframe[src]")).to_have_count(0)
