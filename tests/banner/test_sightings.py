"""Names that a page tells of what it met, where the owner has switched it on."""

from contextlib import closing

from playwright.sync_api import Browser, Page, expect

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


def serve(service: Service, sightings: int) -> str:
    service.payload = make_payload(service.vendors)
    if sightings:
        service.payload["sightings"] = sightings
    return service.page(f'<img src="{service.vendors}/pixel.gif?id=77">', head=KEPT + LINE)


def test_names_and_hosts_are_told_without_values_and_numbers(browser: Browser, service: Service) -> None:
    # The clock that other tests set would hide the requests of the page.
    with closing(browser.new_context()) as context:
        context.add_init_script("const later = setTimeout; window.setTimeout = (call, ms) => later(call, ms / 100)")
        context.new_page().goto(serve(service, 1))
        service.wait_for(lambda: bool(service.sightings))
    (told,) = service.sightings
    assert {kind: sorted(names) for kind, names in told.items()} == {
        "cookie": ["_ga_*", "_own", "visitor-*"],
        "local_storage": ["basket", "user:*"],
        "session_storage": ["step"],
        "host": ["vendors.localhost", "www.shop.localhost"],
    }


def test_nothing_is_told_where_the_owner_has_not_asked(page: Page, service: Service) -> None:
    page.clock.install()
    page.goto(serve(service, 0))
    expect(page.get_by_role("button", name="Reject all")).to_be_visible()
    page.clock.run_for(20_000)
    page.evaluate("fetch('/api/v1/sites/demo/events', {method: 'POST', body: '{}'})")
    service.wait_for(lambda: {} in service.events)
    assert service.sightings == []


def test_most_page_views_tell_nothing_where_few_are_asked(page: Page, service: Service) -> None:
    page.clock.install()
    page.add_init_script("Math.random = () => 0.5")
    page.goto(serve(service, 1000))
    page.wait_for_function("window.consent")
    page.clock.run_for(20_000)
    page.evaluate("fetch('/api/v1/sites/demo/events', {method: 'POST', body: '{}'})")
    service.wait_for(lambda: {} in service.events)
    assert service.sightings == []
