"""Whether two screenshots of a page look alike, as compared by the browser."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from bench.websites.pictures import difference

BOX = "<body style='margin:0'><div style='width:{}px;height:160px;background:#258'></div>"


@pytest.fixture
def shots(page: Page, tmp_path: Path) -> dict[str, Path]:
    """Return screenshots of boxes by width."""
    page.set_viewport_size({"width": 320, "height": 320})
    found = {}
    for width in ("160", "161", "320"):
        page.set_content(BOX.format(width))
        found[width] = tmp_path / f"{width}.png"
        page.screenshot(path=found[width])
    return found


def test_a_page_of_another_look_is_told_with_the_share_that_differs(page: Page, shots: dict[str, Path]) -> None:
    assert difference(page, [shots["160"], shots["160"]], shots["320"]) == "25.0% of 320.png"


def test_a_pixel_makes_no_other_look(page: Page, shots: dict[str, Path]) -> None:
    assert difference(page, [shots["160"], shots["160"]], shots["160"]) == ""
    assert difference(page, [shots["160"], shots["160"]], shots["161"]) == ""


def test_what_differs_without_us_too_is_no_doing_of_ours(page: Page, shots: dict[str, Path]) -> None:
    assert difference(page, [shots["160"], shots["320"]], shots["320"]) == ""
