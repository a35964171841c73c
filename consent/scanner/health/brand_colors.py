"""Colors that a page declares or uses, to suggest one for the banner's buttons."""

import json
import re
from collections.abc import Iterable, Iterator

from consent.presentation.theme import luminance
from consent.scanner.health.html_elements import PageParts
from consent.scanner.model.scan_result import ScanResult
from consent.sites.health_report import BrandColor

HEX = re.compile(r"#([0-9a-f]{6}|[0-9a-f]{3})", re.IGNORECASE)
RGB = re.compile(r"rgba?\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})\s*(?:[,/]\s*(?:1|1\.0|100%)\s*)?\)", re.IGNORECASE)
PALEST = 0.85
"""Relative luminance above which a color doesn't make a button stand out."""
MAX_COLORS = 6


def page_colors(parts: PageParts, manifest: str) -> list[BrandColor]:
    """Return the colors declared in `theme-color` and in the text of the web app manifest."""
    named = [BrandColor(one, "theme-color") for text in parts.theme_colors if (one := as_hex(text))]
    return distinct([*named, *_of_manifest(manifest)])


def button_colors(result: ScanResult) -> list[BrandColor]:
    """Return the colors of the page's own buttons in a browser, most used first."""
    frames = [frame for visit in result["visits"] for page in visit["pages"] for frame in page["frames"]]
    texts = [text for frame in frames if frame["is_main"] for text in frame.get("colors", [])]
    return distinct(BrandColor(one, "buttons") for text in texts if (one := as_hex(text)))


def distinct(colors: Iterable[BrandColor]) -> list[BrandColor]:
    """Return each color once, with its first source."""
    by_value: dict[str, BrandColor] = {}
    for color in colors:
        by_value.setdefault(color.value, color)
    return list(by_value.values())[:MAX_COLORS]


def as_hex(text: str) -> str:
    """Return an opaque color as `#rrggbb`, or "" if it is too pale or not a color."""
    text = text.strip()
    if found := HEX.fullmatch(text):
        digits = found[1] if len(found[1]) == 6 else "".join(2 * digit for digit in found[1])
        value = f"#{digits.lower()}"
    elif (found := RGB.fullmatch(text)) and all(int(part) < 256 for part in found.groups()):
        value = "#" + "".join(f"{int(part):02x}" for part in found.groups())
    else:
        return ""
    return value if luminance(value) <= PALEST else ""


def _of_manifest(text: str) -> Iterator[BrandColor]:
    try:
        color = as_hex(str(json.loads(text)["theme_color"]))
    except (ValueError, LookupError, TypeError):
        return
    if color:
        yield BrandColor(color, "manifest")
