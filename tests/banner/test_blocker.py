"""The blocker: what a page or its scripts load is held before the request, and runs once when allowed."""

import brotli
import pytest
from playwright.sync_api import FloatRect, Page, expect

from consent.runtime.embed_snippets import blocker_hash
from tests.banner.blocker import BLOCKER, blocker, let_vendor_have_its_host, stranger
from tests.banner.payload import CAST, choice, make_payload
from tests.banner.script_insertion import ADDED, PARSED, RAN
from tests.banner.service import LINE, REST, Service

HELD = "document.querySelectorAll('[data-consent=unmarked]').length"
UPDATES = "dataLayer.filter(entry => entry[1] === 'update').map(entry => entry[2].ad_storage)"


@pytest.fixture
def service(service: Service) -> Service:
    """Assign `vendors.localhost` to the vendor stats; `odd.localhost` belongs to no known vendor."""
    let_vendor_have_its_host(service)
    service.page("film", head="", path="/film")
    return service


def two_scripts(service: Service) -> str:
    """Return one script from an unknown host and one from the vendor."""
    places = {"odd": stranger(service), "known": service.vendors}
    return "".join(f"<script src='{origin}/vendor/{name}.js'></script>" for name, origin in places.items())


def accept(page: Page) -> None:
    page.get_by_role("button", name="Accept all").click()


def reject(page: Page) -> None:
    page.get_by_role("button", name="Reject all").click()


def open_page(page: Page, service: Service, body: str = "", head: str = "", **attributes: str) -> None:
    page.goto(service.page(body, head=blocker(**attributes) + head + LINE))
    expect(
        page.get_by_role("button", name="Reject all").or_(page.get_by_role("button", name="Privacy choices"))
    ).to_be_visible()


def test_the_text_is_at_most_2000_bytes() -> None:
    assert len(brotli.compress(BLOCKER.encode(), quality=11)) <= 2000


@pytest.mark.parametrize("mark", ["`", "${", "{{", "{%", "</", "<?", "<!--", "'"])
def test_the_text_has_nothing_that_ends_or_fills_what_it_is_pasted_into(mark: str) -> None:
    assert mark not in BLOCKER


def test_the_text_leaves_the_page_no_name_but_its_own(page: Page, service: Service) -> None:
    names = "Object.getOwnPropertyNames(window)"
    page.goto(service.page(head=""))
    before = set(page.evaluate(names))
    page.goto(service.page(head=blocker()))
    assert set(page.evaluate(names)) - before == {"consent", "dataLayer"}


@pytest.mark.parametrize("host", [pytest.param("vendors", marks=pytest.mark.long), "odd"])
@pytest.mark.parametrize("way", PARSED)
def test_a_script_that_the_html_names_waits_and_runs_once(page: Page, service: Service, way: str, host: str) -> None:
    url = f"{service.vendors.replace('vendors', host)}/vendor/late.js"
    open_page(page, service, f"<p>words</p>{PARSED[way].replace('URL', url)}", hold="vendors.localhost")
    assert page.evaluate("window.ran || []") == []
    accept(page)
    page.wait_for_function("(window.ran || []).includes('late')")
    page.wait_for_timeout(100)
    assert page.evaluate("ran") == ["late"]
    assert page.evaluate(HELD) == 0


@pytest.mark.parametrize("when", [pytest.param("before", marks=pytest.mark.long), "after"])
@pytest.mark.parametrize("way", ADDED)
def test_a_script_that_a_script_adds_is_not_asked_for_and_runs_once(
    page: Page, service: Service, way: str, when: str
) -> None:
    code = f"(() => {{ const URL = '{stranger(service)}/vendor/late.js'; {ADDED[way]} }})()"
    body = f"<p>words</p><script>{code}</script>" if when == "before" else ""
    open_page(page, service, body)
    if when == "after":
        page.evaluate(code)
    page.wait_for_timeout(100)
    assert service.asked_for("/vendor/late.js") == 0
    accept(page)
    page.wait_for_function("(window.ran || []).includes('late')")
    page.wait_for_timeout(100)
    assert page.evaluate("ran") == ["late"]


@pytest.mark.parametrize("how", ["async", "defer", "type=module"])
def test_a_pending_script_above_the_blocker_waits_and_runs_once(page: Page, service: Service, how: str) -> None:
    above = f"<script {how} src='{stranger(service)}/vendor/above.js'></script>"
    page.goto(service.page(head=above + blocker() + LINE))
    expect(page.get_by_role("button", name="Reject all")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.ran || []") == []
    accept(page)
    page.wait_for_function("(window.ran || []).includes('above')")
    assert page.evaluate("ran") == ["above"]


def test_own_hosts_named_hosts_and_libraries_run_at_once(page: Page, service: Service) -> None:
    names = ("www.shop.localhost", "cdn.shop.localhost", "libraries.localhost", "odd.localhost")
    port = service.origin.rpartition(":")[2]
    body = "".join(f"<script src='http://{name}:{port}/vendor/{name[:3]}.js'></script>" for name in names)
    open_page(page, service, body, run="shop.localhost *.shop.localhost libraries.localhost/vendor/")
    assert page.evaluate(RAN) == "cdn lib www"


def test_the_longest_matching_entry_wins(page: Page, service: Service) -> None:
    body = "".join(
        f"<script src='{stranger(service)}/{path}.js'></script>" for path in ("vendor/maps", "vendor/recaptcha")
    )
    open_page(page, service, body, run="odd.localhost", hold="odd.localhost/vendor/maps *.localhost")
    assert page.evaluate(RAN) == "recaptcha"


def test_unknown_scripts_run_when_the_site_allows_them(page: Page, service: Service) -> None:
    body = two_scripts(service)
    body += f"<script src='{service.vendors.replace('vendors', 'catalog')}/vendor/named.js'></script>"
    open_page(page, service, body, hold="vendors.localhost catalog.localhost", unknown="run")
    assert page.evaluate(RAN) == "odd"
    reject(page)
    page.wait_for_function("window.consent?.get && !consent.get().groups.advertising.granted")
    page.evaluate(f"() => {{ const URL = '{stranger(service)}/vendor/later.js'; {ADDED['src']} }}")
    page.wait_for_function("ran.includes('later')")
    assert page.evaluate(RAN) == "later odd"


def test_runs_a_host_allowed_after_the_lines_were_pasted(page: Page, service: Service) -> None:
    assert service.payload
    service.payload["acts"]["run"] = ["odd.localhost/vendor/"]
    open_page(page, service, f"<script src='{stranger(service)}/vendor/odd.js'></script>")
    page.wait_for_function("(window.ran || []).includes('odd')")


def test_holds_vendor_images_and_pixels_but_no_other_images(page: Page, service: Service) -> None:
    odd = stranger(service)
    body = (
        f"<img alt='' src='{odd}/badge.png'><img alt='' width=1 height=1 src='{odd}/pixel.png'>"
        f"<img alt='' src='{service.vendors}/known.png' srcset='{service.vendors}/known2.png 2x'>"
        f"<script>new Image().src = '{service.vendors}/sent.png'</script>"
    )
    open_page(page, service, body, hold="vendors.localhost")
    service.wait_for_request("/badge.png")
    assert service.asked_for("/sent.png") == 0
    assert page.evaluate("[...document.images].map(one => one.hasAttribute('src'))") == [True, False, False]
    accept(page)
    service.wait_for_request("/sent.png")
    assert page.evaluate("document.images[2].outerHTML") == (
        f'<img alt="" src="{service.vendors}/known.png" srcset="{service.vendors}/known2.png 2x">'
    )


PIXELS = {
    "attributes": "new Image(1, 1).src = ADDRESS",
    "no size": "const i = new Image(); i.width = i.height = 0; i.src = ADDRESS; document.body.append(i)",
    "style": "const i = new Image(); i.style.cssText = 'width: 1px; height: 1px'; i.setAttribute('src', ADDRESS)",
    "innerHTML": "document.body.appendChild(document.createElement('p')).innerHTML ="
    " `<img height='1' width='1' style='display:none' alt='' src='${ADDRESS}'>`",
    "document.write": "document.write(`<IMG WIDTH=1 HEIGHT=1 SRC=${ADDRESS}>`)",
}


@pytest.mark.parametrize("way", PIXELS)
def test_an_unknown_pixel_added_by_a_script_is_not_requested(page: Page, service: Service, way: str) -> None:
    address = f"{stranger(service)}/pixel.png"
    wide = PIXELS["attributes"].replace("1, 1", "100, 1").replace("ADDRESS", f"'{stranger(service)}/wide.png'")
    icon = f"<img alt='' style='width: 1.2em; height: 1.2em' src='{stranger(service)}/icon.png'>"
    other = f"document.body.appendChild(document.createElement('p')).innerHTML = `{icon}`"
    open_page(page, service, f"<script>{{ const ADDRESS = '{address}'; {PIXELS[way]} }} {wide}; {other}</script>")
    service.wait_for_request("/wide.png")
    service.wait_for_request("/icon.png")
    assert service.asked_for("/pixel.png") == 0
    accept(page)
    service.wait_for_request("/pixel.png")


IMPORTS = {
    "module": "<script type=module>import * as odd from '{url}'; (window.ran ||= []).push('module')</script>",
    "side effect": '<script type="module">import"{url}";(window.ran ||= []).push("module")</script>',
    "import()": "<script>import(\n  '{url}').then(() => ran.push('module'))</script>",
    "second of two": "<script type=module>import '/vendor/own.js'\nimport '{url}'; ran.push('module')</script>",
    "in two packets": "<script type=module>import " + REST + "'{url}'; ran.push('module')</script>",
}


@pytest.mark.parametrize("way", IMPORTS)
def test_inline_code_that_imports_a_strangers_module_waits_and_runs_once(
    page: Page, service: Service, way: str
) -> None:
    body = IMPORTS[way].replace("{url}", f"{stranger(service)}/vendor/odd.js")
    local = "<script type=module>import '/vendor/local.js' // as from https://odd.localhost</script>"
    address = service.page(local + body, head=blocker() + LINE)
    page.goto(address, wait_until="commit")
    expect(page.get_by_role("button", name="Reject all")).to_be_visible()
    service.rest.set()
    page.wait_for_function("(window.ran || []).includes('local')")
    assert service.asked_for("/vendor/odd.js") == 0
    accept(page)
    page.wait_for_function("(window.ran || []).includes('module')")
    assert page.evaluate("ran.filter(name => ['odd', 'module'].includes(name)).toSorted()") == ["module", "odd"]


def test_a_held_image_keeps_its_size_and_does_not_look_broken(page: Page, service: Service) -> None:
    rectangle = "<rect width='60' height='40' fill='red'/>"
    picture = f"<svg xmlns='http://www.w3.org/2000/svg' width='60' height='40'>{rectangle}</svg>"
    page.route("**/known.svg", lambda route: route.fulfill(body=picture, content_type="image/svg+xml"))
    rules = "body { margin: 0 } .face { width: 72px } .low { width: 50px; height: 20px } .fits { width: 30px; height: auto }"
    kinds = ("class=low", "width=60 height=40", "width=60 height=40 class=fits", "class=face")
    images = "".join(f"<img {kind} alt='Ann' src='{service.vendors}/known.svg'>" for kind in kinds)
    sizes = "[...document.images].map(one => [one.offsetWidth, one.offsetHeight])"
    open_page(page, service, f"<style>{rules}</style>{images}", hold="vendors.localhost")
    page.wait_for_function("document.images[0].offsetHeight === 20")
    known = [[50, 20], [60, 40], [30, 20]]
    assert page.evaluate(sizes) == [*known, [72, 72]]
    clip: FloatRect = {"x": 0, "y": 0, "width": 240, "height": 80}
    drawn = page.screenshot(clip=clip)
    page.evaluate("[...document.images].forEach(one => one.style.setProperty('opacity', 0))")
    assert page.screenshot(clip=clip) == drawn
    page.evaluate("[...document.images].forEach(one => one.removeAttribute('style'))")
    accept(page)
    page.wait_for_function("[...document.images].every(one => one.naturalWidth === 60)")
    assert page.evaluate(sizes) == [*known, [72, 48]]
    assert page.evaluate("getComputedStyle(document.images[0]).visibility") == "visible"


def test_frames_get_a_placeholder_and_return_to_it_on_withdrawal(page: Page, service: Service) -> None:
    frame = f'<iframe title="film" width="300" height="200" src="{service.vendors}/film"></iframe>'
    open_page(page, service, frame, hold="vendors.localhost")
    reject(page)
    page.get_by_role("button", name="Load once").click()
    expect(page.frame_locator("iframe").get_by_text("film")).to_be_visible()
    page.evaluate("consent.set({analytics: true})")
    expect(page.frame_locator("iframe").get_by_text("film")).to_be_visible()
    page.evaluate("void consent.withdraw()")
    expect(page.get_by_role("button", name="Load once")).to_be_visible()
    assert page.frames[-1].url in ("about:blank", service.origin + "/")


@pytest.mark.parametrize("granted", [False, True])
def test_a_frame_in_the_markup_of_a_shadow_tree_waits_and_loads_once(
    page: Page, service: Service, granted: bool
) -> None:
    if granted:
        service.visit_with(page, choice("111"))
    body = f"""<x-film></x-film><script>customElements.define("x-film", class extends HTMLElement {{
      connectedCallback() {{ this.attachShadow({{mode: "open"}}).innerHTML =
        '<p><iframe title="film" width="300" height="200" src="{service.vendors}/film"></iframe></p>' }} }})</script>"""
    open_page(page, service, body, hold="vendors.localhost")
    if not granted:
        assert service.asked_for("/film") == 0
        accept(page)
    service.wait_for_request("/film")
    expect(page.frame_locator("iframe").get_by_text("film")).to_be_visible()
    assert service.asked_for("/film") == 1


def test_a_frame_of_an_unknown_vendor_offers_its_host(page: Page, service: Service) -> None:
    open_page(page, service, f'<iframe title="x" width="300" height="200" src="{stranger(service)}/film"></iframe>')
    reject(page)
    expect(page.get_by_text("odd.localhost")).to_be_visible()
    page.get_by_role("button", name="Load once").click()
    expect(page.frame_locator("iframe").get_by_text("film")).to_be_visible()


WRITTEN = {
    "insertAdjacentHTML": "document.body.insertAdjacentHTML('beforeend', TEXT)",
    "innerHTML": "document.body.appendChild(document.createElement('p')).innerHTML = TEXT",
    "outerHTML": "document.body.appendChild(document.createElement('p')).outerHTML = TEXT",
    "createContextualFragment": "document.body.append(document.createRange().createContextualFragment(TEXT))",
}


@pytest.mark.parametrize("way", WRITTEN)
def test_markup_inserted_by_a_script_is_not_requested(page: Page, service: Service, way: str) -> None:
    open_page(page, service, hold="vendors.localhost")
    page.evaluate(
        f"""vendors => {{ const TEXT = `<img alt='a > b' src="${{vendors}}/image.png">`
        + `<iframe width=300 height=200 title=film src=${{vendors}}/film></iframe><b data-src="kept">src="kept"</b>`
        {WRITTEN[way]} }}""",
        service.vendors,
    )
    reject(page)
    expect(page.get_by_role("button", name="Load once")).to_be_visible()
    assert [path for path in service.requests if path in ("/image.png", "/film")] == []
    assert page.evaluate("document.querySelector('b').outerHTML") == '<b data-src="kept">src="kept"</b>'
    page.evaluate("consent.set({analytics: true})")
    expect(page.frame_locator("iframe").get_by_text("film")).to_be_visible()
    service.wait_for_request("/image.png")


def test_leaves_the_text_of_scripts_and_templates_unchanged(page: Page, service: Service) -> None:
    open_page(page, service, hold="vendors.localhost")
    text = f'<img src="{service.vendors}/image.png">'
    assert (
        page.evaluate(
            """text => { const template = document.createElement("template"), script = document.createElement("script")
        template.innerHTML = text; script.innerHTML = text; return [template.innerHTML, script.textContent] }""",
            text,
        )
        == [text] * 2
    )


def test_a_preload_added_by_a_script_is_not_requested(page: Page, service: Service) -> None:
    open_page(page, service)
    page.evaluate(
        """odd => { const link = document.createElement("link"); link.rel = "preload"; link.as = "script"
        link.href = odd + "/vendor/ahead.js"; document.head.append(link) }""",
        stranger(service),
    )
    page.wait_for_timeout(200)
    assert service.asked_for("/vendor/ahead.js") == 0


def test_a_released_element_is_the_same_node_with_the_same_attributes(page: Page, service: Service) -> None:
    address = stranger(service).removeprefix("http:") + "/vendor/odd.js"
    body = f"""<script>window.copy = '<script src="{address}" data-nscript="x"><\\/script>'</script>
    <script src="{address}" data-nscript="x"></script>"""
    open_page(page, service, body)
    page.evaluate("window.node = document.querySelector('[data-nscript]')")
    accept(page)
    page.wait_for_function("(window.ran || []).includes('odd')")
    assert page.evaluate(
        """() => { const box = document.createElement("template"); box.innerHTML = copy
        return [node.isConnected, node.isEqualNode(box.content.firstChild)] }"""
    ) == [True, True]


def test_scripts_of_one_host_run_in_order_and_see_themselves_as_current(page: Page, service: Service) -> None:
    page.route("**/vendor/one.js", lambda route: (page.wait_for_timeout(300), route.continue_()))
    odd = stranger(service)
    tell = "(window.ran = window.ran || []).push(document.currentScript.getAttribute('src'))"
    for name in ("two", "three"):
        page.route(f"**/vendor/{name}.js", lambda route: route.fulfill(body=tell, content_type="text/javascript"))
    open_page(page, service, "".join(f"<script src='{odd}/vendor/{n}.js'></script>" for n in ("one", "two", "three")))
    accept(page)
    page.wait_for_function("(window.ran || []).length === 3")
    assert page.evaluate("ran") == ["one", f"{odd}/vendor/two.js", f"{odd}/vendor/three.js"]


def test_a_nomodule_script_holds_nothing_up(page: Page, service: Service) -> None:
    odd = f"{stranger(service)}/vendor"
    open_page(page, service, f"<script nomodule src='{odd}/old.js'></script><script src='{odd}/odd.js'></script>")
    accept(page)
    page.wait_for_function("(window.ran || []).includes('odd')", timeout=15_000)  # a script may take up to 30 s


@pytest.mark.parametrize(
    "steps",
    [
        "s.src = URL; s.onload = heard",
        "s.onload = heard; s.src = URL",
        "s.type = 'text/javascript'; s.src = URL; s.onload = s.onreadystatechange = heard",
        "s.async = true; s.setAttribute('src', URL); s.addEventListener('load', heard)",
    ],
)
def test_a_script_added_by_another_fires_its_load_event_after_running(page: Page, service: Service, steps: str) -> None:
    url = f"{stranger(service)}/vendor/odd.js"
    code = f"""const URL = '{url}', s = document.createElement('script')
    const heard = () => window.heard = ran.includes('odd') && s.isConnected; {steps}; document.head.append(s)"""
    open_page(page, service, f"<script>{{ {code} }}</script>")
    accept(page)
    page.wait_for_function("window.heard")
    assert page.evaluate("ran.filter(name => name === 'odd')") == ["odd"]


@pytest.mark.parametrize("is_inline", [False, True], ids=["library", "inline"])
def test_calls_a_listener_for_an_event_that_has_already_fired(page: Page, service: Service, is_inline: bool) -> None:
    code = """document.addEventListener("DOMContentLoaded", () => (window.heard ||= []).push("DOMContentLoaded"))
    window.addEventListener("load", { handleEvent: () => (window.heard ||= []).push("load") })
    window.onload = () => (window.heard ||= []).push("onload")"""
    library = "window.hbspt = {}" if is_inline else code
    page.route("**/vendor/odd.js", lambda route: route.fulfill(body=library, content_type="text/javascript"))
    inline = f"<script>hbspt.forms; {code}</script>" if is_inline else ""
    body = f"<script src='{stranger(service)}/vendor/odd.js'></script>{inline}"
    open_page(page, service, body, globals="hbspt.=odd.localhost")
    page.wait_for_load_state("load")
    accept(page)
    page.wait_for_function("(window.heard || []).length === 3")
    assert page.evaluate("heard.toSorted()") == ["DOMContentLoaded", "load", "onload"]
    assert (
        page.evaluate("Object.hasOwn(document, 'addEventListener') || Object.hasOwn(window, 'addEventListener')")
        is False
    )


def test_inline_code_waits_for_the_library_that_it_uses(page: Page, service: Service) -> None:
    library = "window.hbspt = { create: () => (window.ran = window.ran || []).push('form') }"
    page.route("**/vendor/forms.js", lambda route: route.fulfill(body=library, content_type="text/javascript"))
    body = f"""<script src="{stranger(service)}/vendor/forms.js"></script><script>hbspt.create()</script>
    <script>window.other = 1</script>"""
    open_page(page, service, body, globals="hbspt.=odd.localhost twttr.=platform.example")
    assert page.evaluate("other") == 1
    accept(page)
    page.wait_for_function("(window.ran || []).includes('form')")
    assert page.evaluate("ran") == ["form"]


@pytest.mark.parametrize("text", [f"{REST}hbspt.create()", f"/* form */ hbs{REST}pt.create()"], ids=["none", "half"])
def test_inline_code_that_comes_in_two_packets_waits_too(page: Page, service: Service, text: str) -> None:
    library = "window.hbspt = { create: () => (window.ran = window.ran || []).push('form') }"
    page.route("**/vendor/forms.js", lambda route: route.fulfill(body=library, content_type="text/javascript"))
    body = f"<script src='{stranger(service)}/vendor/forms.js'></script><script>{text}</script>"
    address = service.page(body, head=blocker(globals="hbspt.=odd.localhost") + LINE)
    page.goto(address, wait_until="commit")
    page.wait_for_function("document.scripts.length === 4")
    service.rest.set()
    accept(page)
    page.wait_for_function("(window.ran || []).includes('form')")


def test_a_file_of_the_site_that_needs_a_library_waits_with_it(page: Page, service: Service) -> None:
    library = "window.captcha = { ready: act => act() }"
    plugin = "document.addEventListener('DOMContentLoaded', () => captcha.ready(() => (window.ran = ['plugin'])))"
    page.route("**/vendor/captcha.js", lambda route: route.fulfill(body=library, content_type="text/javascript"))
    page.route("**/plugins/captcha/*.js", lambda route: route.fulfill(body=plugin, content_type="text/javascript"))
    assert service.payload
    service.payload["acts"]["vendors"]["stats"]["hosts"].append("*.shop.localhost/plugins/captcha/")
    places = ("vendors.localhost", "*.shop.localhost/plugins/captcha/")
    files = (f"{service.vendors}/vendor/captcha.js", "/plugins/captcha/index.js", "/vendor/own.js")
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(error.message))
    open_page(page, service, "".join(f"<script src='{file}'></script>" for file in files), hold=" ".join(places))
    assert page.evaluate(RAN) == "own"
    accept(page)
    page.wait_for_function("window.ran?.includes('plugin')")
    assert not errors


def test_one_vendor_that_is_refused_waits_though_its_group_is_granted(page: Page, service: Service) -> None:
    body = two_scripts(service)
    service.visit_with(page, choice("111", vendors="stats:0"))
    page.goto(service.page(body, head=blocker(hold="vendors.localhost") + LINE))
    page.wait_for_function("(window.ran || []).includes('odd')")
    page.evaluate(f"() => {{ const URL = '{service.vendors}/vendor/later.js'; {ADDED['src']} }}")
    page.wait_for_timeout(200)
    assert page.evaluate(RAN) == "odd"


@pytest.mark.parametrize("has_call", [True, False])
def test_a_withdrawal_applies_to_released_elements(page: Page, service: Service, has_call: bool) -> None:
    assert service.payload
    if not has_call:
        service.payload["acts"]["vendors"]["stats"]["revoke"] = []
    head = "<script>window.revocations = []; revoked = n => revocations.push(n)</script>"
    open_page(page, service, f"<script src='{service.vendors}/vendor/late.js'></script>", head)
    accept(page)
    page.wait_for_function("(window.ran || []).includes('late')")
    if has_call:
        page.evaluate("void consent.withdraw()")
        page.wait_for_function("revocations.includes('stats')")
    else:
        with page.expect_event("load"):
            page.evaluate("void consent.withdraw()")
        assert page.evaluate("window.ran || []") == []


def test_the_page_can_call_the_api_before_the_script_loads(page: Page, service: Service) -> None:
    early = "<script>consent.when('analytics').then(() => window.kept = true); window.opened = consent.open()</script>"
    page.goto(service.page(head=blocker() + early + LINE))
    expect(page.get_by_role("dialog")).to_be_visible()
    page.evaluate("consent.set({analytics: true})")
    page.wait_for_function("window.kept && opened.then(() => true)")


def test_does_not_replace_an_existing_consent_object_of_the_page(page: Page, service: Service) -> None:
    page.goto(service.page(head="<script>window.consent = 'mine'</script>" + blocker() + LINE))
    expect(page.get_by_role("button", name="Reject all")).to_be_visible()
    assert page.evaluate("consent") == "mine"


def test_consent_mode_starts_with_everything_denied(page: Page, service: Service) -> None:
    open_page(page, service)
    assert page.evaluate("dataLayer[0][1] + dataLayer[0][2].ad_storage") == "defaultdenied"


@pytest.mark.parametrize(("answers", "told"), [("111", "granted"), ("000", "denied"), (None, "denied")])
def test_tags_that_wait_for_consent_mode_hear_of_the_stored_choice_alone(
    page: Page, service: Service, answers: str | None, told: str
) -> None:
    service.apart = True
    service.payload = make_payload(service.vendors, tags=[one for one in CAST if one["group"] != "essential"])
    if answers:
        service.visit_with(page, choice(answers))
    open_page(page, service, f"<script src='{stranger(service)}/vendor/odd.js'></script>")
    page.wait_for_function("consent.get")
    assert page.evaluate("dataLayer.filter(entry => entry[1] === 'default').length") == 1
    assert page.evaluate(UPDATES) == [told]


def test_a_tag_that_the_server_rendered_after_asking_runs_at_once(page: Page, service: Service) -> None:
    service.visit_with(page, choice("010"))
    written = f'<script data-tag="stats" src="{service.vendors}/vendor/stats.js"></script>'
    page.goto(service.page(head=blocker(hold="vendors.localhost") + written + LINE))
    page.wait_for_function("(window.ran || []).includes('stats')")
    assert service.asked_for("/vendor/stats.js") == 1


def test_leaves_the_native_methods_of_the_page_intact(page: Page, service: Service) -> None:
    open_page(page, service)
    assert page.evaluate(
        """() => { const image = document.createElement("img"); image.src = "/a.png"; const box = document.createElement("p")
        const thrown = []; try { box.appendChild(null) } catch (error) { thrown.push(error.name) }
        return [image.src.endsWith("/a.png"), box.appendChild(image) === image, thrown[0], box.append("a", "b"),
        box.textContent] }"""
    ) == [True, True, "TypeError", None, "ab"]


def test_marked_and_managed_tags_work_as_before(page: Page, service: Service) -> None:
    assert service.payload
    service.payload["acts"]["tags"]["stats"]["type"] = "script"
    open_page(page, service, '<script type="text/plain" data-consent="analytics" src="/vendor/mine.js"></script>')
    accept(page)
    page.wait_for_function("(window.ran || []).includes('stats') && ran.includes('mine')")
    assert page.evaluate(RAN) == "mine stats"


def test_without_the_service_everything_stays_held_and_the_page_works(page: Page, service: Service) -> None:
    body = f"<script src='{stranger(service)}/vendor/odd.js'></script><script src='/vendor/own.js'></script>"
    page.goto(service.page(body, head=blocker() + LINE.replace("/b/demo.js", "/missing.js")))
    page.wait_for_function("(window.ran || []).includes('own')")
    page.wait_for_load_state()
    assert page.evaluate("ran") == ["own"]


def test_a_policy_that_takes_the_text_by_its_hash_takes_it_with_any_attributes(page: Page, service: Service) -> None:
    service.headers["Content-Security-Policy"] = f"script-src 'self' {blocker_hash()} {service.vendors}"
    body = f"<script src='{service.vendors}/vendor/known.js'></script>"
    open_page(page, service, body, hold="vendors.localhost")
    assert page.evaluate(HELD) == 1
    accept(page)
    service.wait_for_request("/vendor/known.js")
    page.wait_for_load_state("networkidle")
    assert page.evaluate("ran") == ["known"]


@pytest.mark.parametrize("is_added", [True, False])
def test_under_a_nonce_a_script_that_the_page_adds_is_released_and_markup_without_it_is_not(
    page: Page, service: Service, is_added: bool
) -> None:
    service.headers["Content-Security-Policy"] = "script-src 'nonce-abc' 'strict-dynamic'"
    url = f"{stranger(service)}/vendor/odd.js"
    adds = f"<script nonce=abc>(() => {{ const URL = '{url}'; {ADDED['src']} }})()</script>"
    lines = (blocker() + LINE).replace("<script", "<script nonce=abc")
    page.goto(service.page(adds if is_added else f"<script src='{url}'></script>", head=lines))
    accept(page)
    page.wait_for_function("consent.get().groups.advertising.granted")
    page.wait_for_timeout(300)
    assert page.evaluate("window.ran || []") == (["odd"] if is_added else [])
