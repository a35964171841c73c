"""Parse ISO 3166 codes of countries and subdivisions from databases and edges into a `Place`."""

import csv
import re
from functools import cache, lru_cache
from pathlib import Path

from babel import Locale

from consent.core.rules import Place

UNKNOWN = Place()
PSEUDO = frozenset({"XX", "T1", "EU", "AP", "A1", "A2", "ZZ", "**", "?", "NO REGION"})
"""Codes sent in place of a real one: unknown, Tor, Europe, Asia-Pacific, anonymous, satellite."""

_COUNTRY = re.compile(r"[A-Z]{2}")
_SUBDIVISION = re.compile(r"[A-Z0-9]{1,3}")


SUBDIVISIONS_FILE = Path(__file__).parent.parent / "data" / "regions" / "subdivisions.csv"


def _read_subdivisions() -> dict[str, str]:
    with SUBDIVISIONS_FILE.open(newline="", encoding="utf-8") as file:
        return {row["code"]: row["name"] for row in csv.DictReader(file)}


_BESIDE_COUNTRIES = PSEUDO | {"EZ", "QO", "UN", "XA", "XB"}
SUBDIVISIONS = _read_subdivisions()
"""English names by ISO 3166-2 code, for all subdivisions of the countries whose law differs by subdivision."""
_LISTED = frozenset(code[:2] for code in SUBDIVISIONS)


@cache
def countries() -> frozenset[str]:
    """Return the codes of countries and territories in Unicode: those of ISO 3166-1, and a few others such as XK.

    They are read when first needed, which is never for a visitor: the names of a locale take 4 MB.
    """
    return frozenset(filter(_COUNTRY.fullmatch, map(str, Locale("en").territories))) - _BESIDE_COUNTRIES


def is_country(text: str) -> bool:
    """Return whether `text` has the form of an ISO 3166-1 alpha-2 code and isn't a pseudo country."""
    return text not in PSEUDO and _COUNTRY.fullmatch(text) is not None


def is_place(text: str) -> bool:
    """Return whether `text` is the code of a current country (ISO 3166-1) or of a part of one, such as `US-CA`."""
    country, dash, part = text.partition("-")
    return country in countries() and (not dash or _is_subdivision(country, part))


@lru_cache(maxsize=8192)
def read_place(country: str, subdivision: str, source: str) -> Place:
    """Return the place for two codes; `subdivision` may be empty, `CA` or `US-CA`.

    A subdivision that can't belong to the country is dropped, so that the country's strictest rule applies.
    """
    if not is_country(country):
        return UNKNOWN
    part = subdivision.removeprefix(f"{country}-")
    return Place(country, part if _is_subdivision(country, part) else None, source)


def _is_subdivision(country: str, part: str) -> bool:
    if country in _LISTED:
        return f"{country}-{part}" in SUBDIVISIONS
    return part not in PSEUDO and _SUBDIVISION.fullmatch(part) is not None
