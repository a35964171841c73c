"""The draft on a page of the site in a real browser: marked, only for the link's holder, and leaving no trace."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from consent.sites.vendor_lists.update import update_lists
from tests.api.page.preview_link import link
from tests.api.shop import Shop
from tests.tcf_site import SETTINGS, TODAY, list_folder
from tests.wsgi_server import serving


@pytest.fixture
def port(shop: Shop) -> Iterator[int]:
    """Serve the service and a page of the site on two hosts of one domain, and yield the port."""

    def serve(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        host = environ["HTTP_HOST"]
        if not host.startswith("www."):
            return shop.service.wsgi_app(environ, start_response)
        start_response("200 OK", [("Content-Type", "text/html; charset=utf-8")])
        line = f'<script async src="http://{host.replace("www", "consent", 1)}/b/shop.js"></script>'
        return [f'<!doctype html><html lang="en"><head>{line}</head><body>Shop</body>'.encode()]

    with serving(serve) as port:
        yield port


def open_site(browser: Browser, port: int, token: str = "") -> tuple[Page, list[str]]:
    """Open the site in a new browser context and return the page and the URLs it posts to.

    With `token`, start its preview first.
    """
    context = browser.new_context()
    context.route("https://**", lambda route: route.fulfill(body="", content_type="text/javascript"))
    page, posted = context.new_page(), list[str]()
    page.on("request", lambda request: posted.append(request.url) if request.method == "POST" else None)
    if token:
        page.goto(f"http://consent.shop.localhost:{port}/p/shop?key={token}")
        page.get_by_role("button", name="Start the preview").click()
        expect(page.get_by_role("button", name="Leave the preview")).to_be_visible()
        posted.clear()
    page.goto(f"http://www.shop.localhost:{port}/")
    return page, posted


def test_the_link_holder_sees_the_draft_and_leaves_no_trace(browser: Browser, shop: Shop, port: int) -> None:
    shop.edit(lambda draft: draft["texts"]["languages"]["en"].update(title="A drafted title"))
    page, posted = open_site(browser, port, link(shop))
    expect(page.get_by_text("A drafted title")).to_be_visible()
    expect(page.get_by_text("Preview of the draft of")).to_be_visible()
    page.get_by_role("button", name="Accept all", exact=True).click()
    page.wait_for_function("consent.get().groups.advertising.granted")
    page.reload()
    page.wait_for_function("consent.get().groups.advertising.granted")
    assert posted == []
    assert [cookie["name"] for cookie in page.context.cookies()] == ["consent_preview_shop"]
    assert page.evaluate("Object.keys(localStorage)") == []
    assert shop.receipts() == 0


def test_a_drafted_trigger_works_before_it_is_published(browser: Browser, shop: Shop, port: int) -> None:
    shop.edit(lambda draft: draft["tags"][2].update(trigger={"on": "event", "name": "go"}))
    page, _ = open_site(browser, port, link(shop))
    page.get_by_role("button", name="Accept all", exact=True).click()
    page.wait_for_function("consent.debug().loaded.includes('ads')")
    assert page.evaluate("[consent.debug().triggers, consent.debug().loaded.includes('ga')]") == [
        {"ga": "listens"},
        False,
    ]
    page.evaluate("consent.event('go')")
    page.wait_for_function("consent.debug().loaded.includes('ga')")
    page.get_by_role("link", name="Leave").click()
    page.get_by_role("button", name="Leave the preview").click()
    expect(page.get_by_text("You left the preview")).to_be_visible()
    page.goto(f"http://www.shop.localhost:{port}/")
    expect(page.get_by_role("button", name="Accept all", exact=True)).to_be_visible()
    assert page.get_by_text("A drafted title").count() == 0
    page.context.close()
    other, _ = open_site(browser, port)
    expect(other.get_by_role("button", name="Accept all", exact=True)).to_be_visible()
    assert other.get_by_text("Preview of the draft of").count() == 0
    assert other.get_by_text("A drafted title").count() == 0
    other.context.close()


def test_with_tcf_the_second_cookie_leaves_no_trace_either(
    browser: Browser, shop: Shop, port: int, tmp_path: Path
) -> None:
    update_lists(shop.service.context.engine, str(list_folder(tmp_path / "gvl")), TODAY)
    tcf = {**SETTINGS, "everywhere": True}
    shop.edit(lambda draft: draft["overrides"].update(sends=["tcf"], tcf=tcf))
    page, posted = open_site(browser, port, link(shop))
    page.get_by_role("button", name="Settings", exact=True).click()
    expect(page.get_by_role("dialog").locator("[data-purposes='1'] h4")).to_have_text("Purpose 1 (test name)")
    page.get_by_role("dialog").get_by_role("button", name="Accept all").click()
    page.wait_for_function("consent.get().groups.advertising.granted")
    page.reload()
    page.wait_for_function("window.consent?.get().show === 'none'")
    assert "consent_shop_tcf=t1." in page.evaluate("document.cookie")
    assert posted == []
    assert [cookie["name"] for cookie in page.context.cookies()] == ["consent_preview_shop"]
    page.context.close()
