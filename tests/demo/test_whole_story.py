"""The story that the demo tells, in a real browser, with the real service, on this machine alone."""

from collections.abc import Iterator

import pytest
import requests
from playwright.sync_api import BrowserContext, Page

from consent.demo.ports import Ports
from tests.demo.whole import demo, free_ports

pytestmark = pytest.mark.server
FIRST_PARTY = {"demo_chat", "demo_visitor", "demo_ads"}


@pytest.fixture(scope="module")
def ports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ports]:
    ports = free_ports()
    with demo(tmp_path_factory.mktemp("demo"), ports):
        yield ports


@pytest.fixture
def shop(page: Page, ports: Ports) -> str:
    page.set_default_timeout(15_000)
    requests.post(f"http://127.0.0.1:{ports.vendors}/hits/reset")
    return f"http://www.shop.localhost:{ports.shop}"


def hits(ports: Ports) -> set[str]:
    report = requests.get(f"http://127.0.0.1:{ports.vendors}/hits").json()
    return {host.partition(".")[0] for host in report["hosts"]}


def names(context: BrowserContext) -> set[str]:
    return {cookie["name"] for cookie in context.cookies()}


def heard_of(page: Page, ports: Ports, *vendors: str) -> None:
    """Wait until each vendor has had a hit."""
    page.wait_for_function(
        """async (wanted) => {
            const hosts = Object.keys((await (await fetch('/demo/hits')).json()).hosts);
            return wanted.every((name) => hosts.some((host) => host.startsWith(name)));
        }""",
        arg=list(vendors),
    )


def test_in_germany_nobody_is_asked_before_the_choice_and_all_after_it(
    page: Page, context: BrowserContext, ports: Ports, shop: str
) -> None:
    page.goto(f"{shop}/plants/monstera?visit=DE&language=en")
    page.get_by_role("button", name="Accept all").wait_for()
    assert hits(ports) == set()
    assert not FIRST_PARTY & names(context)
    with page.expect_request(lambda request: "view_item" in (request.post_data or "")):
        page.get_by_role("button", name="Accept all").click()
    heard_of(page, ports, "chat", "analytics", "ads", "video")
    assert names(context) >= FIRST_PARTY | {"consent_demo", "consent_demo_id"}
    page.frame_locator("iframe[src]").get_by_role("button", name="Play").wait_for()


def test_withdrawing_takes_the_vendors_cookies_away(
    page: Page, context: BrowserContext, ports: Ports, shop: str
) -> None:
    page.goto(f"{shop}/?visit=FR&language=en")
    page.get_by_role("button", name="Accept all").click()
    heard_of(page, ports, "chat", "analytics", "ads")
    # A hit may be a late one of the page before this.
    page.wait_for_function("window.consent.debug().loaded.includes('demo-ads')")
    # The advertising script cannot be unloaded, so the page is loaded anew without it.
    with page.expect_navigation():
        page.evaluate("setTimeout(() => window.consent.withdraw())")
    page.wait_for_function("!/demo_(chat|visitor|ads)=/.test(document.cookie)")
    assert not FIRST_PARTY & names(context)
    assert page.evaluate("localStorage.demo_analytics_queue") is None


def test_in_california_gpc_holds_advertising_alone(page: Page, ports: Ports, shop: str) -> None:
    page.goto(f"{shop}/?visit=US-CA&gpc=1&language=en")
    heard_of(page, ports, "chat", "analytics")
    page.goto(f"{shop}/story/server-side")
    assert page.get_by_role("row", name="demo-ads").get_by_text("held", exact=True).is_visible()
    assert page.get_by_role("row", name="demo-analytics").get_by_text("full", exact=True).is_visible()
    assert "ads" not in hits(ports)


def test_the_checkout_keeps_its_strict_policy_and_chat_and_adverts_out(page: Page, ports: Ports, shop: str) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(f"{shop}/checkout?visit=GB&language=en")
    page.get_by_role("button", name="Accept all").click()
    heard_of(page, ports, "analytics")
    assert hits(ports) == {"analytics"}
    assert complaints == []


def test_a_visit_in_another_language_is_greeted_in_it(page: Page, shop: str) -> None:
    page.goto(f"{shop}/?visit=DE&language=de")
    page.get_by_role("button", name="Alle ablehnen").wait_for()
