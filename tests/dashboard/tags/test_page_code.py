"""Tags that need code in the site's pages: they say so, offer it to copy, and turn green once a browser has seen it."""

import html
import re

import pytest

from consent.sites.found_tags import HTML
from tests.dashboard.client import Browser, Dashboard
from tests.dashboard.site_check import PIXEL, checked

VIMEO = "/sites/demo/tags/new/vimeo/vimeo"
SEEN = PIXEL._replace(vendor="vimeo", template="vimeo", name="Vimeo", group="analytics", source=HTML)
NEEDS, GREEN = "Needs your code", "Seen on the page"


def lines(page: str) -> str:
    """Return the code that the page offers to copy."""
    found = re.search(r'data-copy="([^"]*)" aria-label="Copy the code for the page"', page)
    assert found
    return html.unescape(found[1])


def added(browser: Browser) -> str:
    """Add the Vimeo tag, and return the path of the page that follows."""
    answer = browser.post(VIMEO)
    assert answer.status_code == 302
    return str(answer.location)


def test_a_tag_that_nothing_loads_says_so_before_and_after_it_is_added(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    assert "needs your code" in marketing.get("/sites/demo/tags/new?q=vimeo").text
    page = marketing.get(VIMEO).text
    assert NEEDS in page
    assert '<iframe data-consent="analytics" data-vendor="vimeo" data-src="https://player.vimeo.com/' in lines(page)
    path = added(marketing)
    assert path == "/sites/demo/tags/vimeo#place"
    page = marketing.get(path).text
    assert NEEDS in page
    assert "Nothing runs until its code is in your page." in page
    assert "Visitors get it" not in page
    assert lines(page) == lines(marketing.get(VIMEO).text)


def test_it_turns_green_when_a_browser_has_seen_it(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    path = added(marketing)
    assert "needs your code, not seen there yet" in marketing.get("/sites/demo/tags").text
    assert 'href="/sites/demo/tags/vimeo#place"' in marketing.get("/sites/demo/publish").text
    checked(dashboard, SEEN)
    assert GREEN in marketing.get(path).text
    assert NEEDS not in marketing.get(path).text
    assert "on your page, seen there" in marketing.get("/sites/demo/tags").text
    assert 'href="/sites/demo/tags/vimeo#place"' not in marketing.get("/sites/demo/publish").text


def test_what_is_live_and_was_never_seen_is_not_called_live(dashboard: Dashboard) -> None:
    admin = dashboard.browser("chief")
    added(admin)
    revision = re.search(r'name="revision" value="(\d+)"', admin.get("/sites/demo/publish").text)
    assert revision
    admin.post("/sites/demo/publish", {"revision": revision[1]})
    page = admin.get("/sites/demo/tags?state=code").text
    assert "Vimeo video" in page
    assert "no check, scan or visit has seen it on the page" in page


def test_a_vendor_of_whose_code_nothing_is_known_gets_the_marks(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    copied = lines(marketing.get("/sites/demo/tags/new/chartbeat/chartbeat").text)
    assert '<script type="text/plain" data-consent="' in copied
    assert 'data-vendor="chartbeat"' in copied


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("trustpilot/trustpilot", 'class="trustpilot-widget"'),
        ("google-maps/google-maps-api", "new google.maps.Map"),
        ("google-recaptcha/recaptcha", "grecaptcha.execute"),
        ("criteo/criteo", "viewItem"),
        ("visual-website-optimizer/vwo", "THE SMARTCODE"),
    ],
)
def test_what_is_loaded_and_needs_a_part_in_the_page_gives_that(dashboard: Dashboard, path: str, words: str) -> None:
    assert words in lines(dashboard.browser("marketing").get(f"/sites/demo/tags/new/{path}").text)


def test_the_parameters_stand_in_the_code(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    key = "AIza00000000000000000000000000000000000"
    marketing.post("/sites/demo/tags/new/google-maps/google-maps-api", {"key": key, "callback": "drawShop"})
    assert "function drawShop() {" in lines(marketing.get("/sites/demo/tags/google-maps-api").text)


def test_a_tag_that_is_marked_since_before_it_could_be_loaded_can_be_loaded_now(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    marketing.post("/sites/demo/tags/new/hotjar/hotjar", {"in_page": "1"})
    page = marketing.get("/sites/demo/tags/hotjar").text
    assert "Not seen yet" in page
    assert 'name="in_page" value="1" checked' in page
    assert marketing.post("/sites/demo/tags/hotjar", {"part": "place", "site_id": "1234567"}).status_code == 302
    assert dashboard.draft()["tags"][-1]["load"]["type"] == "script"


def test_a_value_among_few_is_chosen_and_where_to_find_an_id_is_said(dashboard: Dashboard) -> None:
    page = dashboard.browser("marketing").get("/sites/demo/tags/new/posthog/posthog").text
    assert re.search(r'<select name="region"[^>]*>\s*<option value="us">United States</option>', page)
    assert "PostHog, Settings, Project" in page


def test_an_essential_tag_in_the_page_needs_no_mark(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    answer = marketing.post("/sites/demo/tags/new/stripe/stripe", {"necessity": "Takes payments."})
    assert answer.status_code == 302
    page = marketing.get("/sites/demo/tags").text
    assert "It is already in your page; the service loads nothing." in page
    assert "needs your code, not seen" not in page
    assert NEEDS not in marketing.get("/sites/demo/tags/stripe").text
