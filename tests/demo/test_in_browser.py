"""The shop and the vendors' hosts in a real browser, with no network beyond this machine."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page

from consent.demo.shop import create_shop
from consent.demo.vendors import create_vendors
from tests.demo.fake_service import create_fake_service
from tests.wsgi_server import serving

pytestmark = pytest.mark.extended


@pytest.fixture(scope="module")
def ports() -> Iterator[dict[str, int]]:
    """Run the service, shop and vendors' hosts, and yield their ports."""
    with (
        serving(create_fake_service()) as service,
        serving(create_vendors()) as vendors,
        serving(create_shop("secret-token", *(f"http://127.0.0.1:{port}" for port in (service, vendors)))) as shop,
    ):
        yield {"shop": shop, "vendors": vendors}


@pytest.fixture
def home(page: Page, ports: dict[str, int]) -> Page:
    page.goto(f"http://www.shop.localhost:{ports['shop']}/")
    return page


def load(page: Page, ports: dict[str, int], name: str) -> None:
    """Load a tag as the consent script does once it may run, and wait until the vendor has received its hit."""
    host = f"http://{name}.vendors.localhost:{ports['vendors']}"
    page.evaluate("(window.demoQueue = window.demoQueue || []).push(['page'])")
    with page.expect_response(f"{host}/hit*"):
        page.add_script_tag(url=f"{host}/{name}.js?id=D-1001")


def cookies(context: BrowserContext) -> dict[str, str]:
    return {cookie["name"]: cookie["domain"] for cookie in context.cookies()}


def test_the_vendors_scripts_really_set_cookies_and_call_home(
    home: Page, context: BrowserContext, ports: dict[str, int]
) -> None:
    load(home, ports, "chat")
    load(home, ports, "analytics")
    with home.expect_response("**/pixel*"):
        load(home, ports, "ads")
    found = cookies(context)
    assert found["demo_chat"] == found["demo_ads"] == "www.shop.localhost"
    assert found["demo_visitor"] == ".shop.localhost"
    assert found["ads_visitor"] == "ads.vendors.localhost"
    assert home.locator("#demo-chat button").is_visible()
    assert home.get_by_text("garden boots").is_visible()


def test_what_a_page_says_before_the_analytics_script_is_there_is_not_lost(home: Page, ports: dict[str, int]) -> None:
    home.evaluate("window.demoQueue = [['view_item', {item: 'aloe'}]]")
    with home.expect_request("**/hit?id=D-1001") as sent:
        home.add_script_tag(url=f"http://analytics.vendors.localhost:{ports['vendors']}/analytics.js?id=D-1001")
    assert '"event":"view_item","details":{"item":"aloe"}' in (sent.value.post_data or "")
    home.wait_for_function("localStorage.demo_analytics_queue === '[]'")


def test_chat_and_analytics_can_be_taken_away_again(home: Page, ports: dict[str, int]) -> None:
    load(home, ports, "chat")
    load(home, ports, "analytics")
    home.evaluate("demoChat.remove(), demoAnalytics.stop(), localStorage.clear()")
    home.evaluate("demoAnalytics('late')")
    assert home.locator("#demo-chat").count() == 0
    assert home.evaluate("localStorage.demo_analytics_queue") is None


def test_the_film_plays_and_knows_its_visitor(page: Page, context: BrowserContext, ports: dict[str, int]) -> None:
    page.goto(f"http://www.shop.localhost:{ports['shop']}/plants/monstera")
    assert cookies(context).keys() == {"shop_session"} | {"consent_demo", "consent_demo_id"}
    page.evaluate("(frame => frame.src = frame.dataset.src)(document.querySelector('iframe'))")
    film = page.frame_locator("iframe")
    with page.expect_response("**/hit?event=play"):
        film.get_by_role("button", name="Play").click()
    assert film.get_by_role("button", name="Pause").is_visible()
    assert cookies(context)["video_visitor"] == "video.vendors.localhost"


def test_the_number_of_hits_is_shown_without_asking_a_vendor(home: Page, ports: dict[str, int]) -> None:
    asked: list[str] = []
    home.on("request", lambda request: asked.append(request.url))
    home.reload()
    home.locator("[data-hits]").wait_for(state="visible")
    assert {urlsplit(url).netloc for url in asked} == {f"www.shop.localhost:{ports['shop']}"}


def test_forgetting_makes_a_new_visitor_who_is_still_in_germany(
    home: Page, context: BrowserContext, ports: dict[str, int]
) -> None:
    home.get_by_label("Visit as").select_option("Germany")
    with home.expect_navigation():
        home.get_by_role("button", name="Visit", exact=True).click()
    load(home, ports, "chat")
    load(home, ports, "analytics")
    home.evaluate("localStorage.other = 'kept for nobody'")
    old = next(cookie["value"] for cookie in context.cookies() if cookie["name"] == "shop_session")
    context.route("**/consent/**", lambda route: route.abort())
    home.get_by_role("button", name="Forget everything").click()
    home.wait_for_load_state()
    found = {cookie["name"]: cookie["value"] for cookie in context.cookies()}
    assert found.keys() == {"shop_session", "visit_as"}
    assert found["shop_session"] != old
    assert home.evaluate("localStorage.length") == 0
    assert home.get_by_label("Visit as").input_value() == "DE"


@pytest.mark.parametrize("path", ["/", "/plants/monstera", "/cart", "/checkout", "/story/server-side", "/demo/hits"])
@pytest.mark.parametrize("width", [320, 1280])
def test_no_page_is_wider_than_its_window(page: Page, ports: dict[str, int], path: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"http://127.0.0.1:{ports['shop']}{path}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
