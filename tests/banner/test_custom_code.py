"""Custom code in the page: held like any tag, then loaded node by node, even under a strict policy."""

from playwright.sync_api import Page, expect

from consent.sites.html_snippet import read_pasted
from consent.sites.snippet_lint import code_facts
from tests.banner.payload import make_payload, tag
from tests.banner.service import Service

SNIPPET = """
<script src="{vendors}/vendor/first.js" data-account="7"></script>
<script>
  ran.push("inline"); document.cookie = "_custom=1"; document.documentElement.dataset.done = ran.join(" ")
</script>
<img src="{vendors}/vendor/pixel.js" width="1">
<iframe src="{vendors}/vendor/frame.js" title="Acme"></iframe>"""
NONCE = '<script async nonce="abc" src="/b/demo.js"></script>'


def serve(service: Service, place: str = "DE", head: str = "", **facts: object) -> str:
    nodes = read_pasted(SNIPPET.format(vendors=service.vendors)).nodes
    service.payload = make_payload(service.vendors, place, tags=[tag("custom", "analytics", **facts)])
    load = {
        "type": "html",
        "src": None,
        "attributes": {},
        "calls": [],
        "nodes": nodes,
        "hosts": code_facts(nodes).hosts,
    }
    service.payload["acts"]["tags"] = {"custom": load}
    return service.page(head=head) if head else service.page()


def test_custom_code_is_not_requested_before_a_grant_and_runs_in_order_after(page: Page, service: Service) -> None:
    page.goto(serve(service))
    page.get_by_role("button", name="Accept all").wait_for()
    assert not [path for path in service.requests if path.startswith("/vendor/")]
    page.get_by_role("button", name="Accept all").click()
    expect(page.locator("html[data-done='first inline']")).to_be_attached()
    page.wait_for_function("document.querySelector('iframe')?.hidden")
    assert page.evaluate("document.querySelector('script[data-account]').dataset.account") == "7"
    assert "_custom=1" in page.evaluate("document.cookie")
    assert {path for path in service.requests if path.startswith("/vendor/")} == {
        f"/vendor/{name}.js" for name in ("first", "pixel", "frame")
    }


def test_it_runs_by_the_nonce_of_the_script_under_a_strict_policy(page: Page, service: Service) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    address = serve(service, "US-TX", NONCE)
    service.headers["Content-Security-Policy"] = "script-src 'nonce-abc'; require-trusted-types-for 'script'"
    page.goto(address)
    expect(page.locator("html[data-done='first inline']")).to_be_attached()
    assert complaints == []


def test_custom_code_does_not_run_on_a_payment_page(page: Page, service: Service) -> None:
    serve(service, "US-TX")
    service.pages["/checkout/card"] = service.pages["/"]
    page.goto(service.origin + "/checkout/card")
    page.wait_for_function("window.consent?.get()")
    assert page.evaluate("consent.get().tags[0].reason") == "out_of_page"
    page.goto(service.origin + "/")
    expect(page.locator("html[data-done='first inline']")).to_be_attached()
    assert page.evaluate("consent.get().tags[0].mode") == "full"
