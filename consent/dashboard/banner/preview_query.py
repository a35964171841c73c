"""Parse the simulated visitor of a preview from the query string, with the most common case as default."""

import datetime
from typing import NamedTuple
from urllib.parse import urlencode

from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from consent.core.choice import parse_choice
from consent.core.rules import Place
from consent.core.tcf.choice import parse_tcf
from consent.dashboard.frame.locale import Labels
from consent.geo.places import is_place
from consent.sites.experiments.variants import IDS

DEVICES = Labels({"desktop": "Desktop", "phone": "Phone"})
SOURCES = Labels({"draft": "The draft", "live": "What is live"})
VISITS = Labels(
    {"0": "First visit", "30": "Came back after 30 days", "210": "after 7 months", "425": "after 14 months"}
)
"""By days since the visitor's previous visit."""
CHOICES = Labels(
    {
        "": "None yet",
        "all": "Accepted all",
        "nothing": "Refused all",
        "functional": "Accepted functional only",
        "analytics": "Accepted analytics only",
        "advertising": "Accepted advertising only",
    }
)
BANDS = Labels(
    {"unknown": "Not known", "under13": "Under 13", "13_15": "13 to 15", "16_17": "16 or 17", "adult": "Adult"}
)
SWITCHES = {"gpc": "GPC: ", "dnt": "DNT: "}
"""Prefixes of these fields' errors, which are shown together below the two switches."""
MAX_PATH = 300
MAX_YEARS = 20


class Visitor(NamedTuple):
    """The visitor in a query string, as text; an empty `language` is the place's, an empty `date` today.

    An empty `variant` is the banner itself.
    """

    of: str = "draft"
    place: str = "DE"
    language: str = ""
    device: str = "desktop"
    gpc: str = ""
    dnt: str = ""
    age: str = "unknown"
    visit: str = "0"
    choice: str = ""
    path: str = "/"
    date: str = ""
    variant: str = ""

    @property
    def text(self) -> str:
        """Return the query string with its question mark, omitting defaults."""
        fields = {name: value for name, value in self._asdict().items() if value != self._field_defaults[name]}
        return "?" + urlencode(fields) if fields else ""

    @property
    def where(self) -> Place:
        """Return the visitor's place."""
        country, _, subdivision = self.place.partition("-")
        known = country if country != UNKNOWN else None
        return Place(known, subdivision or None, "token" if known else "unknown")

    def day(self, today: datetime.date) -> datetime.date:
        """Return the day of the visit."""
        return datetime.date.fromisoformat(self.date) if self.date else today


UNKNOWN = "unknown"
"""The place of a visitor whose place isn't known."""


def read_visitor(args: "MultiDict[str, str]", languages: tuple[str, ...]) -> tuple[Visitor, dict[str, str]]:
    """Return the visitor in a query string, and an error sentence for each invalid field, which is ignored."""
    given = {name: args[name].strip() for name in Visitor._fields if name in args}
    errors = {name: sentence for name, value in given.items() if (sentence := _error(name, value, languages))}
    return Visitor(**{name: value for name, value in given.items() if name not in errors}), errors


def _error(name: str, value: str, languages: tuple[str, ...]) -> str:
    closed = {"of": SOURCES, "device": DEVICES, "visit": VISITS, "age": BANDS, "gpc": ("", "1"), "dnt": ("", "1")}
    if name in closed:
        return "" if value in closed[name] else f"{SWITCHES.get(name, '')}{gettext('There is no such choice here.')}"
    if name == "place":
        return "" if value == UNKNOWN or is_place(value) else gettext("There is no such place.")
    if name == "language":
        return "" if value in ("", *languages) else gettext("The site does not offer this language.")
    if name == "choice":
        first, space, second = value.partition(" ")
        is_cookie = parse_choice(first) and (not space or parse_tcf(second))
        return "" if value in CHOICES or is_cookie else gettext("A visitor cannot have made this choice.")
    if name == "variant":
        return "" if value in ("", *IDS) else gettext("There is no such choice here.")
    if name == "path":
        return "" if value.startswith("/") and len(value) <= MAX_PATH else gettext("A page begins with a slash.")
    return "" if not value or _is_date(value) else gettext("Enter a date within a few years of today.")


def _is_date(text: str) -> bool:
    try:
        date = datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return 2018 <= date.year < 2018 + MAX_YEARS and len(text) == 10
