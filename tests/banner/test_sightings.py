"""Names that a page reports having seen, if the owner has enabled reports."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.banner.payload import make_payload
from tests.banner.service import LINE, Service

KEPT = """<script>
  document.cookie = '_own=secret-value'
  document.cookie = '_ga_4F2B7C9D1E=1'
  document.cookie = 'visitor-20251125=1'
  localStorage.setItem('basket', 'shoes')
  localStorage.setItem('user:8472910', 'x')
  sessionStorage.setItem('step', '2')
</script>"""

HELD_REPORTS = """const later = setTimeout
  window.setTimeout = (call, ms, ...values) => ms === 5000 && document.readyState === "complete"
    ? void fetch("/held").then(call)
    : later(call, ms, ...values)"""
"""Makes a page wait for the test instead of five seconds: evaluating code in the page would count as a click."""


@contextmanager
def held_report(context: BrowserContext, address: str) -> Iterator[Page]:
    """Open a page and wait until it has seen everything; it reports when the block ends."""
    page, held = context.new_page(), list[Route]()
    page.route("**/held", lambda route: held.append(route))
    page.goto(address)
    while not held:
        page.wait_for_timeout(10)
    yield page
    held[0].fulfill()


def serve(service: Service, sightings: int) -> str:
    service.payload = make_payload(service.vendors)
    if sightings:
        service.payload["sightings"] = sightings
    return service.page(f'<img src="{service.vendors}/pixel.gif?id=77">', head=KEPT + LINE)


def test_reports_names_and_hosts_without_values_and_numbers(browser: Browser, service: Service) -> None:
    # The clock that other tests set would hide the page's requests.
    with closing(browser.new_context()) as context:
        context.add_init_script(HELD_REPORTS)
        with held_report(context, serve(service, 1)):
            pass
        service.wait_for(lambda: bool(service.sightings))
    (told,) = service.sightings
    assert {kind: sorted(told[kind]) for kind in ("cookie", "local_storage", "session_storage", "host")} == {
        "cookie": ["_ga_*", "_own", "visitor-*"],
        "local_storage": ["basket", "user:*"],
        "session_storage": ["step"],
        "host": ["vendors.localhost", "www.shop.localhost"],
    }


def test_reports_a_requested_held_vendor_with_the_visitors_choice_state(browser: Browser, service: Service) -> None:
    # A script that a CDN injects ahead of everything: unmarked, and before our script.
    injected = f'<script src="{service.vendors}/vendor/ads.js"></script><img src="/metrics/pixel.gif">'
    service.payload = make_payload(service.vendors) | {"sightings": 1}
    host = service.vendors.partition("://")[2].partition(":")[0]
    service.payload["watch"] = {"ads": [host], "stats": ["www.shop.localhost/metrics/"], "session": ["else.example"]}
    address = service.page("", head=injected + LINE)
    with closing(browser.new_context()) as context:
        context.add_init_script(HELD_REPORTS)
        with held_report(context, address):
            pass
        service.wait_for(lambda: bool(service.sightings))
        (met,) = service.sightings
        assert {name: met[name] for name in ("state", "asked", "asked_own")} == {
            "state": "not_asked",
            "asked": ["ads"],
            "asked_own": ["stats"],
        }
        assert met["page"].startswith("/")
        # After a click the visitor may have requested it: only names are reported.
        with held_report(context, address) as page:
            page.mouse.click(5, 5)
        service.wait_for(lambda: len(service.sightings) == 2)
        assert "state" not in service.sightings[1]
        page.get_by_role("button", name="Reject all").click()
        page.close()
        with held_report(context, address):
            pass
        service.wait_for(lambda: len(service.sightings) == 3)
        assert (service.sightings[2]["state"], service.sightings[2]["asked"]) == ("refused", ["ads"])


def test_reports_nothing_unless_the_owner_opted_in(page: Page, service: Service) -> None:
    page.clock.install()
    page.goto(serve(service, 0))
    expect(page.get_by_role("button", name="Reject all")).to_be_visible()
    page.clock.run_for(20_000)
    page.evaluate("fetch('/api/v1/sites/demo/events', {method: 'POST', body: '{}'})")
    service.wait_for(lambda: {} in service.events)
    assert service.sightings == []


def test_most_page_views_report_nothing_at_a_low_sampling_rate(page: Page, service: Service) -> None:
    page.clock.install()
    page.add_init_script("Math.random = () => 0.5")
    page.goto(serve(service, 1000))
    page.wait_for_function("window.consent")
    page.clock.run_for(20_000)
    page.evaluate("fetch('/api/v1/sites/demo/events', {method: 'POST', body: '{}'})")
    service.wait_for(lambda: {} in service.events)
    assert service.sightings == []
