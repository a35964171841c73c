"""Pages hostile to the script, in each engine: it throws and releases nothing; both layers work by pointer and keys."""

import pytest

from tests.banner.clobbered_names import CLOBBER
from tests.banner.service import LINE, Service
from tests.engines.dialog import DIALOG
from tests.engines.engine import Visitor
from tests.engines.hostile_page import MARKED, WATCH, released

ACTIVE = "Object.getOwnPropertyDescriptor(Document.prototype, 'activeElement').get.call(document)"
DENIED = "throw new DOMException('denied', 'SecurityError')"
# What the page has before the script line, and what it has in the body.
PAGES = {
    "names that hide the document's own": (WATCH, CLOBBER),
    "prototypes with more than theirs": (
        """<script>for (const [name, value] of Object.entries({ granted: true, mode: "full", stats: true, analytics: true,
        under13: [0, 0, 0, 0], nonsense: { granted: true }, hold: null, vendor: "stats", src: "/vendor/bad.js" }))
        Object.prototype[name] = value</script>""",
        "",
    ),
    "arrays that are Prototype.js's": (
        """<script>Array.prototype.entries = function () { return [...this] }
        Array.prototype.toJSON = function () {
          const text = `[${this.map(one => JSON.stringify(one))}]`
          return this.some(Object.isExtensible) ? text : this } // WebKit's driver speaks by arrays of numbers and words
        Array.from = (list) => (list.length ? [].slice.call(list) : [])
        Element.prototype.remove = function () { this.parentNode?.removeChild(this); return this }</script>""",
        "",
    ),
    "storage that throws": (
        f"""<script>for (const name of ["localStorage", "sessionStorage", "indexedDB"])
        Object.defineProperty(window, name, {{ get() {{ {DENIED} }} }})</script>""",
        "",
    ),
    "cookies that throw": (
        f"<script>Object.defineProperty(Document.prototype, 'cookie',"
        f" {{ get() {{ {DENIED} }}, set() {{ {DENIED} }} }})</script>",
        "",
    ),
    "a document written anew": (
        "",
        """<script>addEventListener("load", () => setTimeout(() => {
        document.open(); document.write("<title>Anew</title><body id=anew><a href=#x>link</a>"); document.close()
        }, 300))</script>""",
    ),
    "everything unset": ("<style>* { all: unset !important }</style>", ""),
    "everything hidden": (
        "<style>body *, section { display: none !important; visibility: hidden !important; opacity: 0 !important }</style>",
        "",
    ),
    "buttons that are drawn over": (
        '<style>button { position: relative } button::after { content: ""; position: absolute; inset: 0 }</style>',
        "",
    ),
    "an overlay": (
        "",
        '<div style="position:fixed;inset:0;z-index:2147483646;background:#fffc">Subscribe to our news</div>',
    ),
    "a body that is moved": ("<style>body { transform: translateX(0) rotate(1deg); height: 3000px }</style>", ""),
    "buttons that nobody may press": (
        "<style>* { pointer-events: none !important; user-select: none !important; touch-action: none !important }</style>",
        "",
    ),
    "a page from right to left": ("<script>document.documentElement.dir = 'rtl'</script>", ""),
}


@pytest.fixture(params=PAGES)
def hostile(request: pytest.FixtureRequest, service: Service, visitor: Visitor) -> Visitor:
    """Open one of the pages."""
    head, body = PAGES[request.param]
    visitor.visit(service.page(body + MARKED, head=WATCH + head + LINE))
    if "anew" in body:
        visitor.wait("document.title === 'Anew'")
    visitor.button("Reject all")
    return visitor


@pytest.mark.parametrize("share", [0, 0.3, 0.6, 0.99])
def test_half_a_script_releases_nothing_of_what_was_granted(visitor: Visitor, service: Service, share: float) -> None:
    visitor.visit(service.page())
    visitor.press_button("Accept all")
    visitor.wait("(window.ran || []).includes('ads') && document.cookie.includes('consent_demo=v1.')")
    service.one_receipt()
    whole = service.script()
    service.script = lambda: whole[: int(len(whole) * share)]  # type: ignore[method-assign]
    service.requests.clear()
    visitor.visit(service.page(MARKED + '<script src="/vendor/own.js"></script>'))
    visitor.wait("document.readyState === 'complete' && (window.ran || []).includes('own')")
    assert service.asked_for("/b/demo.js") == 1
    assert visitor.see("ran") == ["own"]
    assert [path for path in service.requests if path.startswith("/vendor/")] == ["/vendor/own.js"]


def test_a_refusal_by_the_pointer_holds(hostile: Visitor, service: Service) -> None:
    hostile.press_button("Reject all")
    assert service.one_receipt()["action"] == "reject_all"
    hostile.button("Privacy choices")
    assert not hostile.has_button("Accept all")
    assert released(hostile, service) == []


def test_the_second_layer_takes_keys_and_the_pointer(hostile: Visitor, service: Service) -> None:
    for _ in range(12):
        hostile.press_key("Tab")
        if hostile.see(f"{ACTIVE}.innerText") == "Settings":
            break
    hostile.press_key("Enter")
    hostile.button("Save my choice")
    assert hostile.see(f"{DIALOG}.matches(':modal')")
    hostile.press_key("Escape")
    hostile.wait(f"!{DIALOG}")
    hostile.press_button("Settings")
    hostile.press_button("Save my choice")
    assert service.one_receipt()["choices"] == {"functional": False, "analytics": False, "advertising": False}
    assert released(hostile, service) == []
