"""Marketing's walks with clicks and seconds counted, on the whole service, with forty vendors.

A click is a press that does something, by mouse or keyboard, or a field that is filled in.
"""

import json
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import text

from consent.app import create_service
from consent.classifier.catalog import VENDORS, fill, load_catalog
from consent.config import Settings
from consent.demo.site import VENDORS as DEMO_VENDORS
from consent.sites.draft import add_tag, change_tag
from consent.storage.database.engine import make_engine
from consent.storage.scans import scans
from tests.dashboard.sample_data import NOW, copy_world
from tests.dashboard.scan_findings import kept
from tests.dashboard.strict_page import StrictPage, strict_page
from tests.dashboard.tags.pasted_code import CODE
from tests.walks import Walk as CountedWalk
from tests.wsgi_server import serving

pytestmark = pytest.mark.long
MANNERS = [
    (1280, "light", "mouse"),
    (1280, "dark", "keyboard"),
    (390, "dark", "mouse"),
    (390, "light", "keyboard"),
]


class Walk(CountedWalk):
    """A walk of marketing through the tags, on a page that records faults."""

    def __init__(self, view: StrictPage, by: str) -> None:
        super().__init__(view.page, by_keys=by == "keyboard")
        self.view, self.by = view, by


@pytest.fixture(scope="module")
def service(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run the whole service on a world with forty vendors and three findings to review."""
    folder = copy_world(world, tmp_path_factory.mktemp("walks") / "instance")
    engine = make_engine(f"sqlite:///{folder / 'consent.sqlite'}")
    with engine.begin() as connection:
        row = connection.execute(text("SELECT draft FROM site WHERE key = 'demo'")).scalar_one()
        connection.execute(text("UPDATE site SET draft = :draft WHERE key = 'demo'"), {"draft": _grown(row)})
        number = scans.request(connection, 1, "http://www.shop.localhost:8001/", NOW - 100)
        names = [f"{name}_{way}" for way in range(len(MANNERS)) for name in ("a_first", "b_second", "c_third")]
        scans.save_findings(connection, 1, [kept(name) for name in names], NOW - 60)
        scans.finish(connection, number, NOW - 60, state=scans.DONE, pages=3, problems=[], diff=[])
    engine.dispose()
    service = create_service(Settings(instance=folder, demo=True), (DEMO_VENDORS,))
    with serving(service.wsgi_app) as port:
        yield f"http://127.0.0.1:{port}"
    service.close()


def _grown(row: str) -> str:
    draft = json.loads(row)
    for vendor in load_catalog(VENDORS).vendors:
        if len(draft["vendors"]) < 40 and vendor.tags and not vendor.tags[0].parameters and vendor.group != "essential":
            draft = add_tag(draft, vendor, vendor.tags[0].id, fill(vendor.tags[0], {}), {})
            draft = change_tag(draft, draft["tags"][-1]["id"], {"enabled": False})
    assert len(draft["vendors"]) == 40
    return json.dumps(draft)


@pytest.fixture(params=MANNERS, ids=lambda manner: "-".join(map(str, manner)))
def walk(request: pytest.FixtureRequest, browser: Browser, service: str) -> Iterator[Walk]:
    """Start a walk as marketing."""
    width, scheme, by = request.param
    with strict_page(browser, service, viewport={"width": width, "height": 900}, color_scheme=scheme) as view:
        view.sign_in("marketing")
        view.open("/sites/demo/tags")
        view.page.set_default_timeout(60_000)  # publishing checks the banner in its own browser
        yield Walk(view, by)


@pytest.mark.walk("M1")
def test_m1_a_product_is_added(walk: Walk) -> None:
    page = walk.page
    walk.click(page.get_by_role("button", name="Add a tag"))
    expect(page.get_by_role("searchbox")).to_be_focused()
    walk.type("ga")
    link = page.get_by_role("link", name="Google Analytics 4")
    walk.click(link)
    expect(page.get_by_label("Measurement ID")).to_be_focused()
    expect(page.get_by_text("It sets _ga, _ga_*")).to_be_visible()
    walk.type("G-ABC1234567")
    walk.click(page.get_by_role("button", name="Save as draft"))
    expect(page.get_by_role("link", name="Google Analytics 4").last).to_be_visible()
    walk.done("M1")


@pytest.mark.walk("M2")
def test_m2_a_vendor_is_switched_off_and_visitors_stop_getting_it(walk: Walk, service: str) -> None:
    page = walk.page
    tag = f"demo-{('chat', 'ads', 'video', 'analytics')[MANNERS.index(_manner(walk))]}"
    walk.click(page.locator(f"#on-{tag}"), "Space")
    expect(page.locator(".toast").get_by_role("button", name="Undo", exact=True)).to_be_visible()
    expect(page.locator(f"#on-{tag}")).not_to_be_checked()
    walk.click(page.locator(".toast").get_by_role("button", name="Undo", exact=True).last)
    expect(page.locator(f"#on-{tag}")).to_be_checked()
    walk.done("M2")
    page.locator(f"#on-{tag}").click()
    expect(page.locator(".toast").last).to_contain_text("is off in the draft")
    assert _reason(service, tag) != "switched_off", "what is not published is not live"
    page.locator("#tags").get_by_role("button", name="Publish").click()
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("is live. Visitors get it within seconds.")).to_be_visible(timeout=60_000)
    _say_when_live(walk, "M2", lambda: _reason(service, tag) == "switched_off")


@pytest.mark.walk("M4")
@pytest.mark.walk("M5")
def test_m4_a_publish_is_live_and_m5_rolled_back(walk: Walk, service: str) -> None:
    page, before = walk.page, _decision(service)["version"]
    page.locator("#on-demo-chat").click()
    expect(page.locator(".toast").last).to_contain_text("in the draft")
    walk.click(page.locator("#tags").get_by_role("button", name="Publish"))
    expect(page.get_by_role("heading", name="What changes")).to_be_visible()
    expect(page.get_by_text("asked again")).to_be_visible()
    walk.click(page.get_by_role("button", name="Publish", exact=True))
    expect(page.get_by_text("is live. Visitors get it within seconds.")).to_be_visible(timeout=60_000)
    _say_when_live(walk, "M4", lambda: _decision(service)["version"] == before + 1)
    walk.done("M4")
    walk.view.open("/sites/demo/tags")
    walk.click(page.get_by_role("link", name="Versions").locator("visible=true").first)
    walk.click(page.get_by_role("button", name="Restore…").first)
    walk.confirm(page.get_by_role("button", name="Restore as a new version"))
    expect(page.get_by_text(f"Version {before + 2} is live.")).to_be_visible(timeout=60_000)
    _say_when_live(walk, "M5", lambda: _decision(service)["version"] == before + 2)
    walk.done("M5")


@pytest.mark.walk("M6")
def test_m6_three_keys_decide_on_three_findings(walk: Walk) -> None:
    page = walk.page
    walk.view.open("/sites/demo/review")
    before = int(page.locator("#queue h2").inner_text().split()[0])
    assert before >= 3
    for key in ("1", "3", "4"):
        walk.key(key)
    expect(page.locator("#queue h2")).to_contain_text(f"{before - 3} to decide")
    walk.done("M6")


@pytest.mark.walk("M7")
def test_m7_code_is_pasted(walk: Walk) -> None:
    page = walk.page
    walk.click(page.get_by_role("button", name="Custom code", exact=True))
    expect(page.get_by_label("Address of a script, or HTML")).to_be_focused()
    walk.type(CODE)
    findings = page.locator("#findings")
    for words in ("cdn.acme.example", "acme_id", "document.write empties the page"):
        expect(findings).to_contain_text(words)
    walk.choose(page.get_by_label("What is it for?"), "visitor_statistics")
    walk.click(page.get_by_role("button", name="Save as draft, off"))
    expect(page.get_by_text("Not approved")).to_be_visible()
    walk.done("M7")


def test_code_is_not_saved_without_what_it_is_for(walk: Walk) -> None:
    page = walk.page
    walk.view.open("/sites/demo/tags/new/custom")
    page.get_by_label("Address of a script, or HTML").fill(CODE)
    page.get_by_role("button", name="Save as draft, off").click()
    expect(page.get_by_text("nothing is saved without one")).to_be_visible()
    walk.view.expected = ("422",)


def test_a_row_is_moved_by_keys_and_by_dragging(walk: Walk) -> None:
    page = walk.page
    rows = page.locator("[data-tag]")
    first, second = (str(rows.nth(at).get_attribute("data-tag")) for at in (0, 1))
    page.locator(f"#tag-{first}").focus()
    page.keyboard.press("J")
    expect(rows.nth(1)).to_have_attribute("data-tag", first)
    if page.viewport_size and page.viewport_size["width"] > 800:
        page.locator(f"[data-tag={first}] .grip").drag_to(
            page.locator(f"[data-tag={second}]"), target_position={"x": 99, "y": 3}
        )
    else:
        page.keyboard.press("u")
    expect(rows.nth(0)).to_have_attribute("data-tag", first)


def test_the_list_is_narrowed_by_typing_and_its_address_says_so(walk: Walk) -> None:
    page = walk.page
    page.keyboard.press("/")
    page.keyboard.type("demo")
    expect(page.locator("[data-tag]")).to_have_count(5)
    if not page.get_by_label("Group").is_visible():
        page.get_by_text("Filters", exact=True).click()
    page.get_by_label("Group").select_option("functional")
    expect(page.locator("[data-tag]")).to_have_count(2)
    assert page.url.endswith("?q=demo&group=functional&state=&vendor=")
    page.reload()
    expect(page.locator("[data-tag]")).to_have_count(2)


def _manner(walk: Walk) -> tuple[int, str, str]:
    size = walk.page.viewport_size
    assert size
    scheme = "dark" if walk.page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches") else "light"
    return size["width"], scheme, walk.by


def _decision(service: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"{service}/api/v1/sites/demo/decision") as answer:
        return dict(json.load(answer))


def _reason(service: str, tag: str) -> str:
    return str(next(one["reason"] for one in _decision(service)["tags"] if one["id"] == tag))


def _say_when_live(walk: Walk, name: str, is_live: Callable[[], bool]) -> None:
    """Wait until visitors get the published config, and print how long it took from the publish."""
    published = time.monotonic()
    while not is_live():
        walk.page.wait_for_timeout(100)
    sys.stdout.write(f"\n{name}: live {time.monotonic() - published:.1f} of 5 s after the publish\n")
