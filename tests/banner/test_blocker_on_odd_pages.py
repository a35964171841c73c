"""The blocker on odd HTML: what it holds and runs once allowed, and what it leaves alone."""

import pytest
from playwright.sync_api import Page

from tests.banner.blocker import blocker
from tests.banner.service import LINE, Service

pytestmark = pytest.mark.extended

ODD = "@odd/vendor/odd.js"
HELD = {
    "upper case": f'<SCRIPT TYPE="TEXT/JAVASCRIPT" SRC="{ODD}"></SCRIPT>',
    "module": f'<script type="module" src="{ODD}"></script>',
    "async": f'<script async src="{ODD}"></script>',
    "defer": f'<script defer src="{ODD}"></script>',
    "without a scheme": f'<script src="{ODD}"></script>'.replace("http:", ""),
    "base": '<base href="@odd/vendor/"><script src="odd.js"></script>',
    "in a table": f'<table><tr><td>1<script src="{ODD}"></script></table>',
    "in the head": f'</p></body><script src="{ODD}"></script>',
    "behind the body": f'</body></html><script src="{ODD}"></script>',
    "in a select": f'<select><option>1<script src="{ODD}"></script></select>',
    "with words in it": f'<script src="{ODD}">never</script>',
    "integrity": f'<script crossorigin src="{ODD}" integrity="@hash"></script>',
    "an address": '<script src="http://127.0.0.1:@port/vendor/odd.js"></script>',
    "another port's name": '<script src="http://localhost:@port/vendor/odd.js"></script>',
    "an own data-type": f'<script data-type="popup" src="{ODD}"></script>',
    "a broken one before": f'<script src="http://[::bad"></script><script src="{ODD}"></script>',
    "a broken frame before": f'<iframe src="http://[::bad"></iframe><script src="{ODD}"></script>',
    "a frame of nowhere before": f'<iframe src="about:blank"></iframe><script src="{ODD}"></script>',
    "its address in another's": f'<script src="{ODD}?of=//www.shop.localhost:@port/"></script>',
    "a name that ends alike": '<script src="http://bigshop.localhost:@port/vendor/odd.js"></script>',
    "data before": f'<script src="data:text/javascript,1"></script><script src="{ODD}"></script>',
}


def filled(service: Service, html: str) -> str:
    port = service.origin.rpartition(":")[2]
    return html.replace("@odd", service.vendors.replace("vendors.", "odd.")).replace("@port", port)


def show(page: Page, service: Service, html: str) -> None:
    body = f"<p>words{filled(service, html)}"
    page.goto(service.page(body, head=blocker() + LINE))
    page.wait_for_function("window.consent?.get && (window.ran || []).includes('session')")


@pytest.mark.parametrize("name", HELD)
def test_a_script_waits_and_runs_once_whatever_it_looks_like(page: Page, service: Service, name: str) -> None:
    show(page, service, HELD[name])
    assert page.evaluate("ran") == ["session"]
    page.evaluate("consent.set({functional: true, analytics: true, advertising: true})")
    page.wait_for_function("ran.includes('odd') && ran.includes('ads')")
    assert page.evaluate("ran").count("odd") == 1


@pytest.mark.parametrize(
    "source", ["about:blank", "javascript:'words'", "data:text/html,words", "/film", "@www/film", "@cdn/film"]
)
def test_leaves_blank_and_same_site_frames_alone(page: Page, service: Service, source: str) -> None:
    service.page("film", head="", path="/film")
    own = {"@www": service.origin, "@cdn": service.origin.replace("www.", "cdn.")}
    for name, origin in own.items():
        source = source.replace(name, origin)
    show(page, service, f'<iframe src="{source}"></iframe>')
    assert page.evaluate("document.querySelector('iframe').outerHTML") == f'<iframe src="{source}"></iframe>'


def test_a_frame_behind_a_broken_one_waits(page: Page, service: Service) -> None:
    service.page("film", head="", path="/film")
    show(page, service, '<iframe src="http://[::bad"></iframe><iframe src="@odd/film"></iframe>')
    assert page.frames[-1].evaluate("document.body.innerText") == ""
    page.evaluate("consent.set({functional: true, analytics: true, advertising: true})")
    page.frame_locator("iframe[src*=odd]").get_by_text("film").wait_for()


@pytest.mark.parametrize(
    "html",
    [
        '<svg><script href="@odd/vendor/odd.js"></script></svg>',
        '<script data-consent="essential" src="@odd/vendor/odd.js"></script>',
        '<script type="application/json" src="@odd/vendor/odd.js"></script>',
    ],
    ids=["svg", "marked as essential", "data"],
)
def test_does_not_hold_svg_data_or_essential_scripts(page: Page, service: Service, html: str) -> None:
    show(page, service, html)
    assert page.evaluate("!document.querySelector('[data-consent=unmarked]')")


def test_a_lazy_loaders_address_is_nobodys_yet(page: Page, service: Service) -> None:
    show(page, service, '<iframe data-src="@odd/film"></iframe><script data-src="@odd/vendor/odd.js"></script>')
    assert page.evaluate("!document.querySelector('[data-consent]')")
