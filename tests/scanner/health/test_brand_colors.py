"""Which of a page's colors are suggested for the banner."""

from typing import Any, cast

import pytest

from consent.scanner.health.brand_colors import as_hex, button_colors, page_colors
from consent.scanner.health.html_elements import read_parts
from consent.scanner.model.scan_result import ScanResult

URL = "https://www.shop.example/de/"
HEAD = (
    '<meta name="theme-color" content="#FFFFFF"><meta name="Theme-Color" content="#7A1F5C" media="(x)">'
    '<link rel="manifest" href="../site.webmanifest">'
)


def test_the_page_and_its_manifest_name_colors_each_once() -> None:
    parts = read_parts(URL, f"<head>{HEAD}</head>")
    assert parts.manifest == "https://www.shop.example/site.webmanifest"
    found = page_colors(parts, '{"theme_color": "rgb(10, 93, 59)"}')
    assert found == [("#7a1f5c", "theme-color"), ("#0a5d3b", "manifest")]
    assert page_colors(parts, '{"theme_color": "#7a1f5c"}') == [("#7a1f5c", "theme-color")]
    for broken in ("", "[]", "{}", '{"theme_color": null}', "<html>"):
        assert page_colors(parts, broken) == [("#7a1f5c", "theme-color")]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("#abc", "#aabbcc"),
        (" rgb(122 31 92) ", "#7a1f5c"),
        ("rgba(122, 31, 92, 1)", "#7a1f5c"),
        ("rgba(122, 31, 92, .5)", ""),
        ("rgb(999, 0, 0)", ""),
        ("#fffbe6", ""),
        ("red;} body {", ""),
    ],
)
def test_only_an_opaque_color_that_stands_out_is_one(text: str, value: str) -> None:
    assert as_hex(text) == value


def test_buttons_of_the_page_itself_count() -> None:
    def frame(colors: Any, is_main: bool = True) -> dict[str, Any]:
        return {"is_main": is_main, "colors": colors}

    frames = [frame(["rgb(10, 93, 59)", "rgb(122, 31, 92)"]), frame(["rgb(1, 2, 3)"], is_main=False), {"is_main": True}]
    result = cast(ScanResult, {"visits": [{"pages": [{"frames": frames}]}]})
    assert button_colors(result) == [("#0a5d3b", "buttons"), ("#7a1f5c", "buttons")]
