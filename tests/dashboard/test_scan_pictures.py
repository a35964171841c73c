"""Pictures of a scan on its page, for those who may see the site and nobody else."""

import pytest

from consent.storage import scan_pictures, scans
from consent.storage.scan_pictures import Picture
from tests.dashboard.cast import NOW, Desk

JPEG = b"\xff\xd8\xff\xe0 not really a picture"
SHOP = "http://www.shop.localhost:8001/"


@pytest.fixture
def path(desk: Desk) -> str:
    """Put a scan with two pictures into the database, and return where the first is."""
    with desk.engine.begin() as connection:
        number = scans.ask(connection, 1, SHOP, NOW - 100)
        taken = [
            Picture("none", "DE", SHOP, False, JPEG),
            Picture("reject", "DE", f"{SHOP}<script>", True, b"\xff\xd8\xff\xe0"),
        ]
        scan_pictures.keep(connection, 1, number, taken)
        scans.finish(connection, number, NOW - 60, state=scans.DONE, pages=1, problems=[], diff=[])
        first = scan_pictures.of_scan(connection, number)[0]
    return f"/sites/demo/scan/pictures/{first.id}"


def test_the_page_of_scans_shows_them_by_what_the_visitor_did(desk: Desk, path: str) -> None:
    page = desk.browser("viewer").get("/sites/demo/scan").text
    assert "Without a choice, from DE" in page
    assert "Rejecting, from DE" in page
    assert f'<a href="{path}"><img src="{path}" alt="{SHOP}" width="1280" height="800" loading="lazy"></a>' in page
    assert "<code>/&lt;script&gt;</code> right after the choice" in page


def test_a_picture_is_a_picture_and_does_nothing(desk: Desk, path: str) -> None:
    answer = desk.browser("viewer").get(path)
    assert (answer.status_code, answer.data, answer.mimetype) == (200, JPEG, "image/jpeg")
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"


def test_who_may_not_see_the_site_sees_no_picture_of_it(desk: Desk, path: str) -> None:
    assert desk.browser("stranger").get(path).status_code == 404
    assert desk.browser("stranger").get(path.replace("/demo/", "/other/")).status_code == 404
    assert desk.browser().get(path).status_code == 302


@pytest.mark.parametrize("number", ["99", "99999999999999999999", "x"])
def test_a_picture_that_is_not_there_is_a_404(desk: Desk, number: str) -> None:
    assert desk.browser("viewer").get(f"/sites/demo/scan/pictures/{number}").status_code == 404
