"""The single script line on a plain page of the site, straight from the service, whole or pinned by its hash."""

import base64
import hashlib
import json
import threading
from wsgiref.simple_server import make_server

import pytest
import requests
from playwright.sync_api import expect

from consent.runtime.script_build import read_build
from consent.web.static_files import static_folder
from tests.polling import wait_for
from tests.story.stored_receipts import receipts_of

pytestmark = [pytest.mark.server, pytest.mark.extended]


class Plain:
    """A web server of the site's own with one page, whose head has only `line` and a title."""

    def __init__(self):
        self.line = ""
        self.server = make_server("127.0.0.1", 0, self._answer)
        self.origin = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def _answer(self, environ, start_response):
        body = f"<!doctype html><html lang=en><head>{self.line}<title>Plain</title></head><body><h1>Plain</h1></body>"
        start_response("200 OK", [("Content-Type", "text/html")])
        return [body.encode() if environ["PATH_INFO"] == "/plain" else b""]


@pytest.fixture(scope="module")
def plain(demo):
    """Run the plain site, and add it to the hosts of the demo's site."""
    running = Plain()
    draft = json.loads(demo.command("config", "export", "demo"))
    draft["hosts"].append(running.origin)
    demo.command("config", "import", "demo", "-", given=json.dumps(draft))
    demo.command("config", "publish", "demo", "--seen-by", "admin@shop.localhost", given=f"{demo.password}\n")
    decision = f"{demo.url}/api/v1/sites/demo/decision"
    wait_for(lambda: requests.get(decision, headers={"Origin": running.origin}, timeout=60).status_code != 403)
    yield running
    running.server.shutdown()
    running.server.server_close()


def plain_page(context, plain, line):
    """Open the plain page with `line`; return the page and the errors that the browser reports."""
    plain.line = line
    page = context.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.goto(f"{plain.origin}/plain")
    return page, errors


def pinned_line(demo):
    served = read_build(static_folder()).whole
    name = hashlib.sha256(served).hexdigest()
    integrity = base64.b64encode(hashlib.sha256(served).digest()).decode()
    source = f"{demo.url}/b/demo/{name}.js"
    return f'<script async src="{source}" integrity="sha256-{integrity}" crossorigin="anonymous"></script>'


@pytest.mark.parametrize("pinned", [False, True], ids=["whole", "pinned"])
def test_one_line_asks_records_and_lets_run(demo, plain, browser, pinned):
    line = pinned_line(demo) if pinned else f'<script async src="{demo.url}/b/demo.js"></script>'
    context = browser.new_context(locale="en-GB")
    demo.forget_hits()
    page, errors = plain_page(context, plain, line)
    before = len(receipts_of(demo))
    # This machine's address isn't in any geo database: an unknown place, so the strictest rule.
    expect(page.get_by_role("button", name="Reject all", exact=True)).to_be_visible()
    assert demo.hits() == {}
    page.get_by_role("button", name="Accept all", exact=True).click()
    page.wait_for_function("() => localStorage.getItem('consent_demo_receipt')")
    receipts = receipts_of(demo)
    assert len(receipts) == before + 1
    assert receipts[0]["regime"] == "fallback"
    cookies = {cookie["name"]: cookie for cookie in context.cookies()}
    assert cookies["consent_demo_id"]["httpOnly"]
    assert not cookies["consent_demo"]["httpOnly"]
    page.wait_for_function("() => window.consent.debug().loaded.includes('demo-analytics')")
    assert errors == []
    context.close()


def test_a_page_of_a_foreign_host_gets_nothing_recorded(demo, browser):
    context = browser.new_context()
    page = context.new_page()
    address = f"http://stranger.localhost:{demo.ports[1]}/plain"
    page.route(address, lambda route: route.fulfill(body="<!doctype html><title>x</title>", content_type="text/html"))
    page.goto(address)
    read = page.evaluate(
        "async url => { try { return (await fetch(url, {credentials: 'include'})).status } catch (e) { return 'refused' } }",
        f"{demo.url}/api/v1/sites/demo/decision",
    )
    assert read == "refused"
    context.close()
