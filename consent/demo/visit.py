"""Simulated place, signal and language of a demo visitor, stored in the cookie `visit_as`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from consent.presentation.languages import language_info, languages

COOKIE = "visit_as"
HERE, UNKNOWN = "here", "unknown"
PLACES = {
    HERE: "Where I am",
    "DE": "Germany",
    "FR": "France",
    "GB": "United Kingdom",
    "CH": "Switzerland",
    "US-CA": "California",
    "US-TX": "Texas",
    "CA-QC": "Quebec",
    "BR": "Brazil",
    "JP": "Japan",
    UNKNOWN: "Unknown place",
}


def _titled(name: str) -> str:
    """Return a language's own name with a capital first letter and the rest as it is: `Français (Canada)`."""
    return name[0].upper() + name[1:]


LANGUAGES = {"": "My browser's"} | {code: _titled(language_info(code).name) for code in languages()}
_PLACE = re.compile(r"[A-Z]{2}(?:-[A-Z0-9]{1,3})?")


@dataclass(frozen=True, slots=True)
class Visit:
    """A simulated visit: `place` is an ISO 3166 code, `here` or `unknown`; an empty language is the browser's own."""

    place: str = HERE
    gpc: bool = False
    language: str = ""

    @property
    def country(self) -> str:
        """Return the ISO 3166-1 code of the simulated country, empty if there is none."""
        return "" if self.place in (HERE, UNKNOWN) else self.place.partition("-")[0]

    @property
    def subdivision(self) -> str:
        """Return the part of the ISO 3166-2 code after the country, empty if there is none."""
        return "" if self.place in (HERE, UNKNOWN) else self.place.partition("-")[2]

    @property
    def label(self) -> str:
        """Return the place's display name."""
        return PLACES.get(self.place, self.place)


def read_visit(text: str) -> Visit:
    """Return the visit for a cookie value such as `US-CA.gpc.de`; an invalid place becomes `here`."""
    place, *rest = text.split(".")
    return make_visit(place, "gpc" in rest, next((part for part in rest if part in LANGUAGES), ""))


def write_visit(visit: Visit) -> str:
    """Return `visit` as a cookie value."""
    return ".".join(filter(None, (visit.place, "gpc" if visit.gpc else "", visit.language)))


def make_visit(place: str, gpc: bool = False, language: str = "") -> Visit:
    """Return a visit for a place that was typed or chosen: a code such as `us-ca` or a name such as `Germany`."""
    names = {label.casefold(): code for code, label in PLACES.items()}
    place = place.strip()
    code = place if place in PLACES else names.get(place.casefold(), place.upper())
    known = code in PLACES or _PLACE.fullmatch(code)
    return Visit(code if known else HERE, gpc, language if language in LANGUAGES else "")


def requested_visit(query: Mapping[str, str], now: Visit) -> Visit:
    """Return the visit for a query such as `?visit=DE&gpc=1`; what is missing stays as in `now`."""
    gpc = query["gpc"] == "1" if "gpc" in query else now.gpc
    return make_visit(query.get("visit", now.place), gpc, query.get("language", now.language))
