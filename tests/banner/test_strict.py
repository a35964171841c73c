"""What nobody has marked: a vendor's script, frame, image or cookie that the page or another script brings."""

import threading
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.banner.service import LATER, LINE, REST, Service

STUB = (Path(__file__).parents[2] / "static" / "stub.js").read_text("utf-8")
SYNC = LINE.replace("async ", "")
WAYS = {
    "src": "const s = document.createElement('script'); s.src = URL; document.head.appendChild(s)",
    "setAttribute": "const s = document.createElement('script'); s.setAttribute('SRC', URL); document.head.append(s)",
    "late src": "const s = document.createElement('script'); document.head.append(s); s.src = URL",
    "insertBefore": "const f = document.scripts[0], s = document.createElement('script'); s.async = true;"
    " s.src = URL; f.parentNode.insertBefore(s, f)",
    "fragment": "const r = document.createRange().createContextualFragment(`<p><script src='${URL}'></scr` + `ipt>`);"
    " document.body.append(r)",
    "type after src": "const s = document.createElement('script'); s.src = URL; s.type = 'text/javascript';"
    " document.head.append(s)",
    "setAttributeNS and replaceChildren": "const s = document.createElement('script'), box = document.createElement('p');"
    " document.body.append(box); s.setAttributeNS(null, 'src', URL); box.replaceChildren(s)",
    "Range.insertNode": "const r = document.createRange(); r.selectNodeContents(document.body);"
    " r.insertNode(r.createContextualFragment(`<script src='${URL}'></scr` + `ipt>`))",
}


@pytest.fixture
def service(service: Service) -> Service:
    """Have the site ask for strict holding; what is at `vendors.localhost` is of the vendor stats."""
    assert service.payload
    service.payload["holding"] = {
        "hosts": {"stats": ["vendors.localhost"]},
        "cookies": [["analytics", "stats", ["_stats", "_stats_*"]], ["essential", None, ["_stats_csrf"]]],
    }
    for tag in service.payload["acts"]["tags"].values():
        tag["type"] = "marked"
    service.payload["acts"]["vendors"]["stats"]["hosts"] = ["vendors.localhost"]
    service.early = ["strict"]
    return service


def accept(page: Page) -> None:
    page.get_by_role("button", name="Accept all").click()


@pytest.mark.parametrize("way", WAYS)
def test_a_script_that_a_script_adds_waits_and_runs_once(page: Page, service: Service, way: str) -> None:
    page.goto(service.page(head=SYNC + f"<script>window.URL_ = '{service.vendors}/vendor/late.js'</script>"))
    page.evaluate(f"() => {{ const URL = URL_; {WAYS[way]} }}")
    expect(page.get_by_role("button", name="Reject all")).to_be_visible()
    assert service.asked_for("/vendor/late.js") == 0
    accept(page)
    page.wait_for_function("(window.ran || []).includes('late')")
    assert page.evaluate("ran").count("late") == 1


def test_after_a_refusal_it_goes_on_waiting_and_what_is_of_nobody_known_runs(page: Page, service: Service) -> None:
    page.goto(service.page(head=SYNC))
    page.get_by_role("button", name="Reject all").click()
    page.evaluate(f"() => {{ const URL = '{service.vendors}/vendor/late.js'; {WAYS['src']} }}")
    page.evaluate(f"() => {{ const URL = '/vendor/own.js'; {WAYS['src']} }}")
    page.wait_for_function("(window.ran || []).includes('own')")
    assert page.evaluate("ran") == ["own"]
    assert service.asked_for("/vendor/late.js") == 0


def test_frames_and_pixels_of_a_vendor_wait(page: Page, service: Service) -> None:
    page.goto(service.page(head=SYNC))
    page.evaluate(
        """vendors => { new Image().src = vendors + "/vendor/pixel.js"
        const frame = document.createElement("iframe"); frame.width = 300; frame.height = 200; frame.title = "film"
        frame.src = vendors + "/film"; document.body.append(frame)
        document.body.insertAdjacentHTML("beforeend", `<img alt="" src="${vendors}/vendor/image.js">`) }""",
        service.vendors,
    )
    expect(page.get_by_role("button", name="Load once")).to_be_visible()
    assert [path for path in service.requests if path in ("/vendor/pixel.js", "/film")] == []
    page.get_by_role("button", name="Load once").click()
    service.page("film", head="", path="/film")
    page.wait_for_function("document.querySelector('iframe').src.endsWith('/film')")
    assert page.evaluate("document.querySelector('img').hasAttribute('src')") is False


def test_named_cookies_are_not_set_before_a_grant_and_all_others_are(page: Page, service: Service) -> None:
    page.goto(service.page(head=SYNC))
    write = """() => { for (const name of ["_stats", "_stats_7", "_stats_csrf", "basket", "_statsoid"])
        document.cookie = name + "=1; path=/"; return document.cookie.split("; ").sort() }"""
    assert page.evaluate(write) == ["_stats_csrf=1", "_statsoid=1", "basket=1"]
    accept(page)
    page.wait_for_function("consent.get().groups.analytics.granted")
    assert {"_stats=1", "_stats_7=1"} < set(page.evaluate(write))
    page.evaluate("consent.withdraw()")
    page.wait_for_function("!document.cookie.includes('_stats=')")


def test_a_cookie_may_always_be_deleted_and_a_held_one_of_the_cookie_store_keeps_its_promise(
    page: Page, service: Service
) -> None:
    page.context.add_cookies([{"name": name, "value": "1", "url": service.origin} for name in ("_stats", "_stats_7")])
    page.goto(service.page(head=SYNC))
    assert (
        page.evaluate(
            """() => { document.cookie = "_stats=; path=/; expires=Thu, 01 Jan 1970 00:00:00 GMT"
        document.cookie = "_stats_7=; path=/; max-age=0"
        document.cookie = "_stats_8=1; path=/; max-age=100; expires=Thu, 01 Jan 1970 00:00:00 GMT"
        document.cookie = "_stats_9=1; path=/; expires=Thu, 01 Jan 2099 00:00:00 GMT"
        return cookieStore.set("_stats_6", "1").then(() => document.cookie) }"""
        )
        == ""
    )


def test_a_frame_that_nobody_has_marked_offers_its_vendor_always(page: Page, service: Service) -> None:
    service.page("film", head="", path="/film")
    page.goto(service.page(head=SYNC))
    page.evaluate(
        """vendors => { const frame = document.createElement("iframe"); frame.width = 300; frame.height = 200
        frame.src = vendors + "/film"; document.body.append(frame) }""",
        service.vendors,
    )
    page.get_by_role("button", name="Always allow").click()
    expect(page.frame_locator("iframe").get_by_text("film")).to_be_visible()
    assert service.one_receipt()["vendors"] == {"stats": True}


@pytest.mark.parametrize("has_call", [True, False])
def test_a_withdrawal_reaches_the_vendor_of_what_was_held_unmarked(
    page: Page, service: Service, has_call: bool
) -> None:
    assert service.payload
    if not has_call:
        service.payload["acts"]["vendors"]["stats"]["revoke"] = []
    page.goto(service.page(head=SYNC + "<script>window.revocations = []; revoked = n => revocations.push(n)</script>"))
    page.evaluate(f"() => {{ const URL = '{service.vendors}/vendor/late.js'; {WAYS['src']} }}")
    accept(page)
    page.wait_for_function("(window.ran || []).includes('late')")
    if has_call:
        page.evaluate("void consent.withdraw()")
        page.wait_for_function("revocations.includes('stats')")
    else:
        with page.expect_event("load"):
            page.evaluate("void consent.withdraw()")
        assert page.evaluate("window.ran || []") == []


def test_the_page_finds_its_own_properties_as_they_were(page: Page, service: Service) -> None:
    page.goto(service.page(head=SYNC))
    assert page.evaluate(
        """() => { const image = document.createElement("img"); image.src = "/a.png"; const box = document.createElement("p")
        const thrown = []; try { box.appendChild(null) } catch (error) { thrown.push(error.name) }
        return [image.src.endsWith("/a.png"), box.appendChild(image) === image, thrown[0], Node.prototype.appendChild.length,
        box.append("a", "b"), box.textContent] }"""
    ) == [True, True, "TypeError", 0, None, "ab"]


def test_marked_and_managed_tags_work_as_ever(page: Page, service: Service) -> None:
    assert service.payload
    service.payload["acts"]["tags"]["stats"]["type"] = "script"
    page.goto(
        service.page('<script type="text/plain" data-consent="analytics" src="/vendor/mine.js"></script>', head=SYNC)
    )
    accept(page)
    page.wait_for_function("(window.ran || []).includes('stats') && ran.includes('mine')")
    assert sorted(page.evaluate("ran")) == ["mine", "stats"]


def test_known_holds_what_the_parser_meets_and_says_nothing_of_what_scripts_add(page: Page, service: Service) -> None:
    assert service.payload
    del service.payload["holding"]["cookies"]
    service.early = ["known"]
    later = f'<p>words</p><script src="{service.vendors}/vendor/late.js"></script>'
    page.goto(service.page(later, head=SYNC))
    expect(page.get_by_role("button", name="Reject all")).to_be_visible()
    assert page.evaluate("window.ran || []") == []
    accept(page)
    page.wait_for_function("(window.ran || []).includes('late')")
    assert page.evaluate("ran") == ["late"]


CONTAINER = """(() => { const state = {}; const done = {}
const look = entry => { if (entry[0] !== "consent") return; Object.assign(state, entry[2])
  if (state.analytics_storage === "granted" && !done.child) { done.child = 1
    const first = document.scripts[0], child = document.createElement("script"); child.async = true
    child.src = VENDORS + "/vendor/child.js"; first.parentNode.insertBefore(child, first) } }
const push = dataLayer.push.bind(dataLayer); dataLayer.forEach(look)
dataLayer.push = (...entries) => { entries.forEach(look); return push(...entries) }
window.state = state; window.ran = (window.ran || []).concat("container") })()"""
LOADER = """<script>(function(w,d,s,l,i){w[l]=w[l]||[];w[l].push({'gtm.start':new Date().getTime(),event:'gtm.js'});
var f=d.getElementsByTagName(s)[0],j=d.createElement(s);j.async=true;j.src='/container.js?id='+i;
f.parentNode.insertBefore(j,f)})(window,document,'script','dataLayer','GTM-X')</script>"""


@pytest.mark.parametrize("early", [[], ["strict"]])
def test_children_of_a_tag_manager_obey_with_stub_and_async_line(
    page: Page, service: Service, early: list[str]
) -> None:
    service.early = early
    script = CONTAINER.replace("VENDORS", f"'{service.vendors}'")
    page.route("**/container.js*", lambda route: route.fulfill(body=script, content_type="text/javascript"))
    page.goto(service.page(head=f"<script>{STUB}</script>{LINE}{LOADER}"))
    expect(page.get_by_role("button", name="Reject all")).to_be_visible()
    page.wait_for_function("window.state && state.analytics_storage === 'denied'")
    assert service.asked_for("/vendor/child.js") == 0
    accept(page)
    page.wait_for_function("ran.includes('child')")
    page.evaluate("consent.withdraw()")
    page.wait_for_function("state.analytics_storage === 'denied'")
    assert page.evaluate("ran").count("child") == 1


@pytest.mark.parametrize("early", ["known", "strict"])
def test_what_the_page_names_waits_for_whoever_refused_before_what_decides_has_come(
    page: Page, service: Service, early: str
) -> None:
    assert service.payload
    service.apart, service.early = True, [early]
    if early == "known":
        del service.payload["holding"]["cookies"]
    page.goto(service.page(head=SYNC))
    page.get_by_role("button", name="Reject all").click()
    page.wait_for_function("document.cookie.includes('consent_demo=')")
    held: list[Route] = []
    page.route(f"**{LATER}", lambda route: held.append(route))
    named = f"<script src='{service.vendors}/vendor/named.js'></script><script src='/vendor/own.js'></script>"
    page.goto(service.page(named, head=SYNC), wait_until="commit")
    page.wait_for_function("(window.ran || []).includes('own')")
    page.wait_for_load_state()
    assert page.evaluate("ran") == ["own"]
    held[0].continue_()
    page.wait_for_function("window.consent")
    assert page.evaluate("ran") == ["own"]
    page.evaluate("consent.set({analytics: true})")
    page.wait_for_function("ran.includes('named')")
    assert page.evaluate("ran").count("named") == 1


@pytest.mark.parametrize("early", ["known", "strict"])
def test_what_the_page_names_after_what_was_held_comes_after_it(page: Page, service: Service, early: str) -> None:
    assert service.payload
    service.apart, service.early = True, [early]
    if early == "known":
        del service.payload["holding"]["cookies"]
    page.goto(service.page(head=SYNC))
    accept(page)
    page.wait_for_function("document.cookie.includes('consent_demo=')")
    held: list[Route] = []
    is_read = threading.Event()
    page.route("**/vendor/first.js", lambda route: route.continue_() if is_read.is_set() else held.append(route))
    script = "<script src='{}/vendor/{}.js'></script>"
    first, second = (script.format(service.vendors, name) for name in ("first", "second"))
    page.goto(service.page(first + REST + second, head=SYNC), wait_until="commit")
    page.wait_for_function("window.consent && consent.get().groups.analytics.granted")
    service.rest.set()
    page.wait_for_load_state("domcontentloaded")
    is_read.set()
    for route in held:
        route.continue_()
    page.wait_for_function("(window.ran || []).includes('second')")
    assert [name for name in page.evaluate("ran") if name in ("first", "second")] == ["first", "second"]


WRITTEN = {
    "insertAdjacentHTML": "document.body.insertAdjacentHTML('beforeend', TEXT)",
    "innerHTML": "document.body.appendChild(document.createElement('p')).innerHTML = TEXT",
    "outerHTML": "document.body.appendChild(document.createElement('p')).outerHTML = TEXT",
    "createContextualFragment": "document.body.append(document.createRange().createContextualFragment(TEXT))",
}


@pytest.mark.parametrize("way", WRITTEN)
def test_what_is_written_as_markup_waits_before_it_is_asked_for(page: Page, service: Service, way: str) -> None:
    service.page("film", head="", path="/film")
    page.goto(service.page(head=SYNC))
    page.evaluate(
        f"""vendors => {{ const TEXT = `<img alt='' src="${{vendors}}/vendor/image.js">`
        + `<iframe width=300 height=200 title=film src=${{vendors}}/film></iframe><b data-src="kept">src="kept"</b>`
        {WRITTEN[way]} }}""",
        service.vendors,
    )
    page.get_by_role("button", name="Reject all").click()
    expect(page.get_by_role("button", name="Load once")).to_be_visible()
    assert [path for path in service.requests if path in ("/vendor/image.js", "/film")] == []
    assert page.evaluate("document.querySelector('b').outerHTML") == '<b data-src="kept">src="kept"</b>'
    page.evaluate("consent.set({analytics: true})")
    expect(page.frame_locator("iframe").get_by_text("film")).to_be_visible()
    service.wait_for_request("/vendor/image.js")


def test_a_script_that_is_written_as_the_page_is_read_waits_and_runs_once(page: Page, service: Service) -> None:
    written = f"""<script>document.write('<script type="text/javascript" ', 'src="{service.vendors}/vendor/written.js">')
    document.write('<\\/script><p id="after"></p>')
    document.writeln("<script>window.text = '<img src={service.vendors}/vendor/inside.js>'<\\/script>")</script>"""
    page.goto(service.page(written, head=SYNC))
    expect(page.get_by_role("button", name="Reject all")).to_be_visible()
    assert service.asked_for("/vendor/written.js") == 0
    assert page.evaluate("!!document.getElementById('after')") is True
    assert page.evaluate("text").startswith("<img data-consent=unmarked data-src=")
    accept(page)
    page.wait_for_function("(window.ran || []).includes('written')")
    assert page.evaluate("ran").count("written") == 1


def test_markup_that_is_not_released_again_is_left_as_it_is(page: Page, service: Service) -> None:
    page.goto(service.page(head=SYNC))
    address = f"{service.vendors}/vendor/image.js"
    assert (
        page.evaluate(
            """address => { const text = `<img src="${address}">`, template = document.createElement("template")
        const script = document.createElement("script"); template.innerHTML = text; script.innerHTML = text
        return [template.innerHTML, script.textContent] }""",
            address,
        )
        == [f'<img src="{address}">'] * 2
    )
