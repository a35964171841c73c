"""A vendor proxied under a path of the site's own host is blocked and released like one on its own host."""

import pytest
from playwright.sync_api import Page, expect

from consent.sites.own_host.mounts import mount_entries
from tests.banner.blocker import blocker
from tests.banner.script_insertion import ADDED, PARSED
from tests.banner.service import LINE, Service

pytestmark = pytest.mark.extended

SITE = {"hosts": ["http://www.shop.localhost"]}
VENDOR = {"id": "stats", "mounts": ["/vendor/*", "/js/script.js"]}
ENTRIES = mount_entries(SITE, VENDOR)
RUN = "*.shop.localhost a-host-with-a-long-name-of-its-own.shop.localhost"


@pytest.fixture
def service(service: Service) -> Service:
    """Proxy the vendor stats at `/vendor/*` on the site, and load no other tags."""
    assert service.payload
    service.payload["acts"]["vendors"]["stats"]["hosts"] = ENTRIES
    for tag in service.payload["acts"]["tags"].values():
        tag["type"] = "marked"
    return service


def open_page(page: Page, service: Service, body: str) -> None:
    page.goto(service.page(body, head=blocker(hold=" ".join(ENTRIES), run=RUN) + LINE))
    expect(page.get_by_role("button", name="Reject all")).to_be_visible()


@pytest.mark.parametrize("way", PARSED)
def test_a_script_below_a_mount_waits_for_its_vendor_and_runs_once(page: Page, service: Service, way: str) -> None:
    open_page(page, service, PARSED[way].replace("URL", "/vendor/late.js"))
    assert page.evaluate("window.ran || []") == []
    page.get_by_role("button", name="Accept all").click()
    page.wait_for_function("(window.ran || []).includes('late')")
    page.wait_for_timeout(100)
    assert page.evaluate("ran") == ["late"]


@pytest.mark.parametrize("way", ADDED)
def test_a_script_that_a_script_adds_from_a_mount_is_never_requested_after_a_rejection(
    page: Page, service: Service, way: str
) -> None:
    open_page(
        page, service, f"<p>words</p><script>(() => {{ const URL = '/vendor/late.js'; {ADDED[way]} }})()</script>"
    )
    page.get_by_role("button", name="Reject all").click()
    page.wait_for_timeout(200)
    page.reload()
    page.wait_for_load_state("networkidle")
    assert service.asked_for("/vendor/late.js") == 0


def test_what_markup_names_by_a_relative_address_is_blocked_below_a_mount_alone(page: Page, service: Service) -> None:
    open_page(page, service, "<div id=box></div>")
    for name in ("vendor/pixel.gif", "media/logo.gif", "js/script.js.gif"):
        page.evaluate("(name) => { box.innerHTML += `<img src=/${name}>` }", name)
    page.wait_for_load_state("networkidle")
    asked = [service.asked_for(f"/{name}") for name in ("vendor/pixel.gif", "media/logo.gif", "js/script.js.gif")]
    assert asked[0] == 0
    assert asked[1] >= 1
    assert asked[2] >= 1


@pytest.mark.parametrize(
    ("address", "is_blocked"),
    [("/vendor", True), ("/vendor?id=G-1", True), ("/vendors.js", False), ("/js/script.js?v=2", True), ("/js/", False)],
)
def test_a_mount_is_its_path_and_what_is_below_it(page: Page, service: Service, address: str, is_blocked: bool) -> None:
    open_page(page, service, f"<script src='{address}'></script>")
    assert page.evaluate("document.querySelectorAll('script[data-consent=unmarked]').length") == int(is_blocked)


def test_a_mount_counts_on_each_host_of_the_site_however_long_its_name_is(page: Page, service: Service) -> None:
    port = service.origin.rpartition(":")[2]
    host = f"http://a-host-with-a-long-name-of-its-own.shop.localhost:{port}"
    open_page(page, service, "")
    for path in ("/vendor/one.js", "/other/two.js"):
        added = "(src) => { document.head.append(Object.assign(document.createElement('script'), { src })) }"
        page.evaluate(added, host + path)
    page.wait_for_load_state("networkidle")
    assert [service.asked_for(path) for path in ("/vendor/one.js", "/other/two.js")] == [0, 1]
