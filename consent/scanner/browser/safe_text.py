"""Sanitize text from scanned sites for terminals, tables and reports."""

import unicodedata
from typing import Any

MAX_LENGTH = 300
MAX_URL_LENGTH = 600
UNSEEN = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp", "Cn"}
"""Control characters, bidirectional formatting, surrogates, line separators, and unassigned code points."""


def clean(text: object, most: int = MAX_LENGTH) -> str:
    """Return `text` cut to `most` characters, with invisible ones as escapes, such as `\\u0007`."""
    cut = str(text)[:most]
    return "".join(f"\\u{ord(sign):04x}" if unicodedata.category(sign) in UNSEEN else sign for sign in cut)[:most]


def clean_url(url: str) -> str:
    """Return a URL safe for reports."""
    return clean(url, MAX_URL_LENGTH)


def cleaned_value(value: object, depth: int = 6) -> Any:
    """Return a page's value as JSON-compatible data with sanitized text, limited in size and depth."""
    if depth == 0:
        return None
    if isinstance(value, dict):
        return {clean(name, 60): cleaned_value(part, depth - 1) for name, part in list(value.items())[:300]}
    if isinstance(value, list):
        return [cleaned_value(part, depth - 1) for part in value[:300]]
    return value if value is None or isinstance(value, bool | int | float) else clean(value)
