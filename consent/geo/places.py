"""Codes of countries and subdivisions, as databases and edges write them, made a `Place`."""

import csv
import re
from functools import lru_cache
from pathlib import Path

from consent.core.rules import Place

UNKNOWN = Place()
PSEUDO = frozenset({"XX", "T1", "EU", "AP", "A1", "A2", "ZZ", "**", "?", "NO REGION"})
"""Codes that stand where a place should and are none: unknown, Tor, Europe, Asia-Pacific, anonymous, satellite."""

_COUNTRY = re.compile(r"[A-Z]{2}")
_SUBDIVISION = re.compile(r"[A-Z0-9]{1,3}")


def _read_subdivisions() -> frozenset[str]:
    path = Path(__file__).parent.parent / "data" / "regions" / "subdivisions.csv"
    with path.open(newline="", encoding="utf-8") as file:
        return frozenset(row["code"] for row in csv.DictReader(file))


SUBDIVISIONS = _read_subdivisions()
"""All ISO 3166-2 codes of the countries whose law differs by subdivision."""
_LISTED = frozenset(code[:2] for code in SUBDIVISIONS)


def is_country(text: str) -> bool:
    """Tell whether `text` has the form of an ISO 3166-1 alpha-2 code and is no pseudo country."""
    return text not in PSEUDO and _COUNTRY.fullmatch(text) is not None


@lru_cache(maxsize=8192)
def read_place(country: str, subdivision: str, source: str) -> Place:
    """Return the place of two codes; `subdivision` may be empty, `CA` or `US-CA`.

    A subdivision that cannot be one of the country is dropped: then the strictest of the country applies.
    """
    if not is_country(country):
        return UNKNOWN
    part = subdivision.removeprefix(f"{country}-")
    return Place(country, part if _is_subdivision(country, part) else None, source)


def _is_subdivision(country: str, part: str) -> bool:
    if country in _LISTED:
        return f"{country}-{part}" in SUBDIVISIONS
    return part not in PSEUDO and _SUBDIVISION.fullmatch(part) is not None
