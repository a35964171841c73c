"""Pages after a user's action: dialogs, menus, errors next to fields, notices, toasts and empty lists.

In four languages, both widths and both themes, axe finds nothing, nothing is cut off and nothing is wider than the
window.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.axe import page_problems
from tests.dashboard.client import Dashboard
from tests.dashboard.misfits import misfits
from tests.dashboard.routes import FILES, FRAMES, PARTS, dashboard_routes
from tests.dashboard.sample_data import RECEIPT, RECEIVER
from tests.dashboard.strict_page import StrictPage, strict_page

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]
PHONE, DESK = (390, 844), (1280, 900)
WAYS = [
    ("en", DESK, "light"),
    ("en", PHONE, "dark"),
    ("de", PHONE, "light"),
    ("de", DESK, "dark"),
    ("fr", DESK, "light"),
    ("fr", PHONE, "dark"),
    ("es", PHONE, "light"),
    ("es", DESK, "dark"),
]
SEND_EMPTY = """form => {
  form.noValidate = true
  for (const field of form.elements) {
    for (let one = field.closest("details"); one; one = one.parentElement.closest("details")) one.open = true
    if (field.matches("textarea, input:not([type=hidden], [type=checkbox], [type=radio], [type=color])")) field.value = ""
  }
  form.requestSubmit(form.querySelector("button:not([type=button])"))
}"""
FAULT = "main :is([aria-invalid=true], [role=alert], .fault:not(:empty), .note.error)"


def _palette(page: Page) -> None:
    page.keyboard.press("ControlOrMeta+K")
    field = page.locator("#palette input[type=search]")
    expect(field).to_be_focused()
    field.fill("demo")
    expect(page.locator("#palette-found a").first).to_be_visible()


def _palette_without_result(page: Page) -> None:
    page.keyboard.press("ControlOrMeta+K")
    page.locator("#palette input[type=search]").fill("zzzz")
    expect(page.locator("#palette-found")).to_contain_text("zzzz")


def _keys(page: Page) -> None:
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()


def _menus(page: Page) -> None:
    page.locator("details.sites > summary").click()
    expect(page.locator("details.sites a").first).to_be_visible()
    button = page.locator("[popovertarget=site-pages]")
    if not button.is_visible():
        return
    button.click()
    expect(page.locator("#site-pages")).to_be_visible()
    page.locator("#site-pages a").last.scroll_into_view_if_needed()
    expect(page.locator("#site-pages a").last).to_be_in_viewport()


def _wrong_parameter(page: Page) -> None:
    page.wait_for_function("document.activeElement.matches('main form input')")
    page.keyboard.type("UA-1")
    page.keyboard.press("Tab")
    expect(page.locator("[aria-invalid=true]").first).to_be_visible()


def _code_without_purpose(page: Page) -> None:
    page.locator("main textarea").first.fill("<script>document.write('x')</script>")
    expect(page.locator("#findings")).to_contain_text("document.write")
    page.locator("main form button:not([type=button])").last.click()
    expect(page.locator(FAULT).first).to_be_visible()


def _select(page: Page) -> None:
    page.locator("[form=bulk][name=tag]").first.check()
    expect(page.locator("#bulk.on")).to_be_visible()


def _switch(page: Page) -> None:
    page.locator("#on-demo-ads").click()
    expect(page.locator(".toast").first).to_be_visible()


def _unfold(page: Page) -> None:
    page.locator("details.sure > summary").first.click()


def _leave_unsaved(page: Page) -> None:
    page.locator("form[data-unsaved] input:visible:is([type=text], :not([type]))").first.fill("Northwind")
    page.wait_for_function("Object.keys(localStorage).some(key => key.startsWith('unsaved'))")
    page.reload()
    expect(page.locator("form[data-unsaved] + .note, .note:has(+ form[data-unsaved])").first).to_be_visible()
    page.locator(".note:has(+ form[data-unsaved]) button").last.click()


def _stale(page: Page) -> None:
    page.locator("form[data-unsaved]:has([name=seen])").first.evaluate(
        """form => { form.elements.seen.value = "0"; form.noValidate = true; form.requestSubmit() }"""
    )
    expect(page.locator(FAULT).first).to_be_visible()


def _send_empty(page: Page, form: str) -> None:
    with page.expect_navigation():
        page.locator(f"main {form}").first.evaluate(SEND_EMPTY)
    expect(page.locator(FAULT).first).to_be_attached()


STATES: list[tuple[str, str, Callable[[Page], None]]] = [
    ("search", "/sites/demo/", _palette),
    ("search without a result", "/sites/demo/", _palette_without_result),
    ("keys", "/sites/demo/", _keys),
    ("menus", "/sites/demo/", _menus),
    ("a wrong parameter", "/sites/demo/tags/new/google-analytics/ga4", _wrong_parameter),
    ("code without a purpose", "/sites/demo/tags/new/custom", _code_without_purpose),
    ("selected tags", "/sites/demo/tags", _select),
    ("unsaved settings", "/sites/demo/settings", _leave_unsaved),
    ("settings that somebody else saved", "/sites/demo/settings", _stale),
    ("a banner that somebody else saved", "/sites/demo/banner", _stale),
    ("a tag that somebody else saved", "/sites/demo/tags/demo-ads", _stale),
    # The change that it makes in the draft can be discarded, and shows as another user's edit.
    ("a toast", "/sites/demo/tags", _switch),
    ("a draft to discard", "/sites/demo/publish", _unfold),
]
"""Name, page and action of each state, in this order."""
A_FORM = "form[method=post]:has(textarea, input:not([type=hidden], [type=checkbox], [type=radio]))"
SENT_EMPTY = {
    "/account": "form:has([type=password])",
    "/sites/new": A_FORM,
    "/sites/demo/settings": "form[action$=hosts]",
    "/sites/demo/settings/site": "form[action$=name]",
    "/sites/demo/vendors/new": A_FORM,
    f"/sites/demo/delivery/{RECEIVER}/settings": A_FORM,
    "/users": A_FORM,
    "/users/groups": A_FORM,
    "/tokens": A_FORM,
}
"""Pages, and the form on each that is sent empty."""
FAULTY = [
    "/sites/demo/statistics?from=yesterday",
    "/sites/demo/audit?from=yesterday",
    f"/sites/demo/rights?id={RECEIPT[:-1]}",
    "/sites/demo/receipts?cursor=x",
    "/sites/demo/receipts?country=AQ",
    "/sites/demo/audit?text=zzzz",
    "/sites/demo/statistics?country=AQ",
    "/sites/demo/find?q=zzzz",
    "/sites/demo/nowhere",
]


def _empty_pages(dashboard: Dashboard) -> list[str]:
    """Return the pages of an empty site."""
    routes = [one for one in dashboard_routes(dashboard.app) if one.method == "GET" and one.is_of_site]
    pages = [one.path for one in routes if one.endpoint not in (*FILES, *FRAMES, *PARTS)]
    return [path.replace("/sites/demo", "/sites/other", 1) for path in pages]


def _refused_sign_in(view: StrictPage) -> Page:
    page = view.open("/login")
    page.locator("input[type=email]").fill("nobody@example.com")
    page.locator("input[type=password]").fill("wrong words")
    page.keyboard.press("Enter")
    expect(page.locator("[role=alert], [aria-invalid=true]").first).to_be_visible()
    return page


def _looked_at(view: StrictPage, dashboard: Dashboard) -> Iterator[tuple[str, Page]]:
    """Bring the page into each state in turn; yield the state's name and the page."""
    yield "a refused sign-in", _refused_sign_in(view)
    view.sign_in("chief")
    for name, path, act in STATES:
        page = view.open(path)
        act(page)
        yield name, page
    for path, form in SENT_EMPTY.items():
        page = view.open(path)
        _send_empty(page, form)
        yield f"{path}, sent empty", page
    for path in (*FAULTY, *_empty_pages(dashboard)):
        yield path, view.open(path)
    dashboard.browser("marketing").post("/sites/demo/editors", {"page": "tags"})
    dashboard.browser("marketing").post("/sites/demo/stop")
    yield "stopped, and edited by somebody else", view.open("/sites/demo/tags")
    dashboard.browser("chief").post("/sites/demo/settings/site/archive", {"archived": "1"})
    yield "archived", view.open("/sites/demo/")


@pytest.mark.parametrize(("language", "size", "scheme"), WAYS)
def test_no_state_of_a_page_has_a_fault(
    browser: Browser, dashboard: Dashboard, served: str, language: str, size: tuple[int, int], scheme: Any
) -> None:
    dashboard.browser("chief").post("/account/language", {"language": language})
    viewport = {"width": size[0], "height": size[1]}
    options: dict[str, Any] = {"viewport": viewport, "bypass_csp": True, "color_scheme": scheme}
    found: dict[str, list[str]] = {}
    with strict_page(browser, served, **options) as view:
        view.expected = ("400", "401", "404", "409", "422")
        for name, page in _looked_at(view, dashboard):
            found[name] = [*misfits(page), *page_problems(page)]
    assert {name: faults for name, faults in found.items() if faults} == {}
