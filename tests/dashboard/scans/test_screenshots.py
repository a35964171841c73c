"""A scan's screenshots on its page, visible only to users who may see the site."""

import pytest

from consent.storage.scans import scans, screenshots
from consent.storage.scans.screenshots import NewScreenshot
from tests.dashboard.client import Dashboard
from tests.dashboard.sample_data import NOW

JPEG = b"\xff\xd8\xff\xe0 not really a picture"
SHOP = "http://www.shop.localhost:8001/"


@pytest.fixture
def path(dashboard: Dashboard) -> str:
    """Add a scan with two screenshots, and return the path of the first."""
    with dashboard.engine.begin() as connection:
        number = scans.request(connection, 1, SHOP, NOW - 100)
        taken = [
            NewScreenshot("none", "DE", SHOP, False, JPEG),
            NewScreenshot("reject", "DE", f"{SHOP}<script>", True, b"\xff\xd8\xff\xe0"),
        ]
        screenshots.save(connection, 1, number, taken)
        scans.finish(connection, number, NOW - 60, state=scans.DONE, pages=1, problems=[], diff=[])
        first = screenshots.of_scan(connection, number)[0]
    return f"/sites/demo/scan/pictures/{first.id}"


def test_the_page_of_scans_shows_them_by_what_the_visitor_did(dashboard: Dashboard, path: str) -> None:
    page = dashboard.browser("viewer").get("/sites/demo/scan").text
    assert "Without a choice, from DE" in page
    assert "Rejecting, from DE" in page
    assert f'<a href="{path}"><img src="{path}" alt="{SHOP}" width="1280" height="800" loading="lazy"></a>' in page
    assert "<code>/&lt;script&gt;</code> right after the choice" in page


def test_a_picture_is_served_as_an_inert_image(dashboard: Dashboard, path: str) -> None:
    answer = dashboard.browser("viewer").get(path)
    assert (answer.status_code, answer.data, answer.mimetype) == (200, JPEG, "image/jpeg")
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_user_without_access_to_the_site_sees_no_picture_of_it(dashboard: Dashboard, path: str) -> None:
    assert dashboard.browser("stranger").get(path).status_code == 404
    assert dashboard.browser("stranger").get(path.replace("/demo/", "/other/")).status_code == 404
    assert dashboard.browser().get(path).status_code == 302


@pytest.mark.parametrize("number", ["99", "99999999999999999999", "x"])
def test_a_picture_that_is_not_there_is_a_404(dashboard: Dashboard, number: str) -> None:
    assert dashboard.browser("viewer").get(f"/sites/demo/scan/pictures/{number}").status_code == 404
