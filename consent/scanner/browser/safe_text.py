"""Sanitize text from scanned sites for terminals, tables and reports."""

import unicodedata
from typing import Any

MAX_LENGTH = 300
MAX_URL_LENGTH = 600
UNSEEN = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp", "Cn"}
"""Control signs, marks that turn the direction of writing, halves of signs, line breaks, and numbers that are no sign."""


def clean(text: object, most: int = MAX_LENGTH) -> str:
    """Return `text` of at most `most` signs, each that cannot be seen as its escape, such as `\\u0007`."""
    cut = str(text)[:most]
    return "".join(f"\\u{ord(sign):04x}" if unicodedata.category(sign) in UNSEEN else sign for sign in cut)[:most]


def clean_url(url: str) -> str:
    """Return an address fit for a report."""
    return clean(url, MAX_URL_LENGTH)


def cleaned_value(value: object, depth: int = 6) -> Any:
    """Return what a page has made up as JSON-able values of clean text, small and not deep."""
    if depth == 0:
        return None
    if isinstance(value, dict):
        return {clean(name, 60): cleaned_value(part, depth - 1) for name, part in list(value.items())[:300]}
    if isinstance(value, list):
        return [cleaned_value(part, depth - 1) for part in value[:300]]
    return value if value is None or isinstance(value, bool | int | float) else clean(value)
