"""A whole site of hostile pages is really scanned: each gets its line, and the scan continues."""

from collections.abc import Iterator
from typing import Any

import pytest

from consent.scanner.audit.inventory import Inventory, problems
from consent.scanner.audit.terminal_report import scan_lines
from tests.scanner.scan_site import ScanSite
from tests.scanner.websites import BIG, Sites, hostile, serving

pytestmark = [pytest.mark.attack, pytest.mark.extended]

PAGE_S = 8
"""Seconds per page: the other pages need about one on a busy machine."""
EXPECTED = {
    "/never": f"It did not respond within {PAGE_S} s.",
    "/redirects": "It redirects endlessly.",
    "/away": "10.1.1.1 has an address that is not on the public Internet.",
    "/download": "It is a download, which was refused.",
    "/big": "It is larger than 2 MB.",
    "/locked": "It asks for a name and a password.",
    "/crash": "The page crashed.",
    "/leads-on": "It keeps leading to other pages.",
}


@pytest.fixture(scope="module")
def hostile_sites() -> Iterator[Sites]:
    with serving() as sites:
        yield sites


@pytest.fixture(scope="module")
def seen(hostile_sites: Sites, scan_site: ScanSite) -> dict[str, Any]:
    paths = hostile(hostile_sites)
    return scan_site(
        hostile_sites.url(), states=("none",), pages=len(paths) + 1, page_s=float(PAGE_S), page_bytes=2 * 2**20
    )


@pytest.fixture(scope="module")
def pages(seen: dict[str, Any], hostile_sites: Sites) -> dict[str, dict[str, Any]]:
    start = len(hostile_sites.url(""))
    return {page["url"][start:]: page for page in seen["visits"][0]["pages"]}


@pytest.mark.parametrize(("path", "sentence"), EXPECTED.items())
def test_a_harmful_page_gets_its_error_message(pages: dict[str, Any], path: str, sentence: str) -> None:
    assert pages[path]["problem"] == sentence


def test_the_scan_goes_on_to_the_last_page(pages: dict[str, Any], seen: dict[str, Any]) -> None:
    assert [write["name"] for write in pages["/last"]["writes"]] == ["reached"]
    assert seen["is_complete"]


def test_a_page_that_never_ends_is_read_as_far_as_it_loaded(pages: dict[str, Any]) -> None:
    assert pages["/slow"]["problem"] is None
    assert pages["/slow"]["notes"] == [f"It was still loading after {PAGE_S} s."]


def test_dialogs_and_windows_are_closed(pages: dict[str, Any]) -> None:
    assert pages["/dialog"]["notes"] == [
        "It opened a dialog (alert), which was closed: stay",
        "It opened a dialog (confirm), which was closed: ?",
        "It opened a dialog (prompt), which was closed: !",
    ]
    assert pages["/dialogs"]["notes"] == [
        *(f"It opened a dialog (alert), which was closed: {number}" for number in range(3)),
        "It opened further dialogs, which were closed.",
    ]
    assert pages["/window"]["notes"] == ["It opened another window, which was closed."]


def test_an_error_of_the_page_is_kept(pages: dict[str, Any]) -> None:
    assert pages["/throws"]["errors"] == ["broken by design"]


def test_thousands_of_cookies_are_counted_and_kept_within_bounds(pages: dict[str, Any], seen: dict[str, Any]) -> None:
    kept = [write for write in pages["/cookies"]["writes"] if write["name"].startswith("many")]
    assert 2000 < len(kept) <= 5000
    assert 100 < len(seen["visits"][0]["cookies"]) < 400


def test_control_signs_in_names_are_shown_as_such(pages: dict[str, Any], seen: dict[str, Any]) -> None:
    assert [write["name"] for write in pages["/control"]["writes"]] == ["a\\u0007\\u202eb\\u001b[31m(a+)+$"]
    assert not any(sign in "".join(scan_lines(seen, Inventory(seen))) for sign in "\x07\x1b\u202e")


def test_requests_no_internal_address(hostile_sites: Sites, seen: dict[str, Any]) -> None:
    assert not [asked for asked in hostile_sites.asked if "secret" in asked]
    said = "\n".join(problems(seen))
    for host in ("127.0.0.1", "::1", "10.0.0.1", "10.2.2.2", "169.254.169.254"):
        assert f"{host} " in said


def test_a_download_of_two_hundred_megabytes_is_cut_off(hostile_sites: Sites, seen: dict[str, Any]) -> None:
    assert seen
    assert hostile_sites.sent < BIG / 2
