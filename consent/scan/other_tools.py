"""Other consent tools, and snippets that hide a page until a tag has come, by the signs of them that a page has."""

import csv
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from consent.scan.page_parts import Part

FILE = Path(__file__).parent.parent / "data" / "consent-tools.csv"
HIDING = {
    "Google Optimize": re.compile(r"\basync-hide\b"),
    "VWO": re.compile(r"\b_vis_opt_settings_tolerance\b|\bhide_element\s*[=:]|\b_vis_opt_path_hides\b"),
    "AB Tasty": re.compile(
        r"\babtasty\b.{0,200}\b(?:opacity|visibility)\b|\bab-?tasty-?(?:hide|anti)", re.DOTALL | re.I
    ),
    "Convert": re.compile(r"\bconvert_hide_body\b|\b_conv_page_hide\b|\bconv_hide\b"),
    "Optimizely": re.compile(r"\boptimizely-?(?:hide|snippet-hiding)\b|\bopt-hide\b", re.I),
    "Kameleoon": re.compile(r"\bkameleoonLoadingTimeout\b|\bkameleoonDisplayPage\b"),
    "Adobe Target": re.compile(r"\bat-body-style\b|\balloy-prehiding\b"),
}
"""Names and variables that the vendors' own anti-flicker snippets have."""


@cache
def consent_tools() -> dict[str, re.Pattern[str]]:
    """Return what tells that another consent tool is in a page, by its name."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return {row["name"]: re.compile(row["sign"]) for row in csv.DictReader(file)}


def is_consent_tool(address: str) -> bool:
    """Tell whether `address` is one of another consent tool: it is told of as such, and not as a tag."""
    return any(sign.search(address) for sign in consent_tools().values())


def tools_in(parts: list[Part]) -> Iterator[str]:
    """Yield the name of each other consent tool of a page."""
    for name, sign in consent_tools().items():
        if any(sign.search(part.src) or sign.search(part.text) for part in parts if not part.is_marked):
            yield name


def hiders_in(parts: list[Part]) -> Iterator[str]:
    """Yield whose snippet hides the page until a script has come that may wait for a choice."""
    for name, sign in HIDING.items():
        if any(sign.search(part.text) for part in parts if part.tag in ("script", "style")):
            yield name
