"""A whole site is set up from its pages' content, from sign-in to publish in at most six presses."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from consent.classifier.catalog import VENDORS, load_catalog
from consent.runtime.blocking import ASK
from consent.scanner.health.check import SiteCheck
from consent.sites.custom.code import load_of
from consent.sites.draft import CONTROLLER, new_draft
from tests.dashboard.client import Dashboard
from tests.dashboard.sample_data import PASSWORD, email_of
from tests.dashboard.site_check import ADS, checked, tag_of
from tests.dashboard.site_check import NOBODY as NOBODY_KNOWS
from tests.dashboard.strict_page import strict_page
from tests.dashboard.timed_walk import WIDE_FIRST, Walk
from tests.scanner.snippets import SNIPPETS
from tests.scanner.websites import Sites, serving

pytestmark = pytest.mark.extended

VENDORS_OF_IT = {
    "google-tag-manager": {"container_id": "GTM-ABC1234"},
    "google-analytics": {"measurement_id": "G-ABCDE12345"},
    "meta-pixel": {"pixel_id": "1234567890123456"},
    "hotjar": {"site_id": "1234567"},
    "youtube-cookies": {},
}
"""The catalog vendors that the page loads, with the ids in their snippets."""
CONTROLLER_FACTS = dict.fromkeys(CONTROLLER, "Shop Ltd") | {"policy_url": "https://www.shop.example/privacy"}
NOBODY = "widgets.unheard.example"


@pytest.fixture
def site() -> Iterator[Sites]:
    """Serve a typical owner's page."""
    names = ("Tag Manager, the address in pieces", "Google Analytics 4", "Meta Pixel", "Hotjar")
    tags = "".join(SNIPPETS[name].html for name in names)
    frame = '<iframe src="https://www.youtube.com/embed/abcdefghijk" title="Film" width="560" height="315"></iframe>'
    with serving() as site:
        site.page("/", f'{tags}<script async src="https://{NOBODY}/w.js"></script>{frame}')
        yield site


@pytest.fixture
def new_site(dashboard: Dashboard, site: Sites, served: str) -> Dashboard:
    """Point the site `other` at the page, with only its controller's facts filled in."""
    draft = new_draft("other", [site.url("")], CONTROLLER_FACTS)
    draft["overrides"]["unknown_hosts"] = ASK
    with dashboard.database() as connection:
        connection.execute("UPDATE site SET draft = ? WHERE key = 'other'", (json.dumps(draft),))
    check = SiteCheck(load_catalog(VENDORS), served, (f"www.site.localhost:{site.port}",))
    dashboard.set_scans(check_site=check)
    return dashboard


@pytest.mark.parametrize(("width", "scheme"), WIDE_FIRST)
def test_a_site_is_set_up_in_six_presses(
    browser: Browser, served: str, new_site: Dashboard, width: int, scheme: str
) -> None:
    with strict_page(browser, served, viewport={"width": width, "height": 900}, color_scheme=scheme) as view:
        walk = Walk(view, view.open("/login?next=/sites/other/"))
        page = walk.page
        page.get_by_label("Email").fill(email_of("stranger"))
        page.get_by_label("Password").fill(PASSWORD)
        walk.click(page.get_by_role("button", name="Sign in", exact=True))
        walk.look()
        walk.click(page.get_by_role("button", name="Check my site"))
        expect(page.get_by_role("row", name="Tag Manager")).to_contain_text("GTM-ABC1234")
        walk.look()
        walk.click(page.get_by_role("listitem").filter(has_text=NOBODY).get_by_role("button", name="Keep blocking it"))
        expect(page.locator("#hosts")).to_contain_text("Stays blocked")
        walk.click(page.get_by_role("button", name="Add what was found"))
        expect(page.get_by_role("row", name="Meta Pixel")).to_contain_text("on your page")
        walk.look()
        walk.click(page.get_by_role("button", name="Publish the first version"))
        expect(page.locator(".note.warn")).to_have_count(0)
        walk.click(page.get_by_role("button", name="Publish", exact=True))
        expect(page.get_by_text("Version 1 is live.")).to_be_visible()
        assert walk.clicks <= 6
    draft = new_site.draft("other")
    assert {tag["vendor"]: tag["parameters"] for tag in draft["tags"]} == VENDORS_OF_IT
    assert {load_of(tag)["type"] for tag in draft["tags"]} == {"marked"}
    assert draft["overrides"]["allowed_hosts"] == []


@pytest.mark.parametrize(("width", "scheme"), WIDE_FIRST)
def test_what_would_run_twice_is_left_to_the_page_from_publish(
    browser: Browser, served: str, dashboard: Dashboard, width: int, scheme: str
) -> None:
    checked(dashboard, ADS, NOBODY_KNOWS)
    with strict_page(browser, served, viewport={"width": width, "height": 900}, color_scheme=scheme) as view:
        walk = Walk(view, view.sign_in("marketing"))
        page = walk.page
        view.open("/sites/demo/tags/demo-ads")
        expect(page.locator("#place")).to_contain_text("it would run twice")
        walk.look()
        view.open("/sites/demo/publish")
        walk.look()
        page.get_by_role("button", name="Use the page's snippet").click()
        expect(page.get_by_text("Demo Ads is left to the page in the draft.")).to_be_visible()
        expect(page.locator("#twice")).to_have_count(0)
        walk.look()
        page.get_by_role("button", name="Undo", exact=True).click()
        expect(page.locator("#twice")).to_be_visible()
    assert "in_page" not in tag_of(dashboard, "demo-ads")
