"""Data subject rights by place: request kinds, response deadlines, supervisory authority.

The rows of `consent/data/rights/` are facts of law with their sources; a place without a row has no deadline here.
"""

import csv
import io
from dataclasses import dataclass, fields

from consent.core.days import add_months, date_of
from consent.core.translatable import translatable

KINDS = (
    *("access", "rectification", "erasure", "restriction", "portability", "objection"),
    *("opt_out_sale", "limit_sensitive", "disclosure"),
)
"""Of requests: GDPR art. 15 to 18, 20 and 21, and what laws of US states add.

`disclosure` is the list of who got personal data for direct marketing (Cal. Civ. Code 1798.83).
"""
COMMON_KINDS = ("access", "rectification", "erasure", "objection")
"""What is offered where no law on file has a period: most laws of privacy know these."""
UNVERIFIED_KINDS = frozenset({"opt_out_sale", "limit_sensitive"})
"""Requests for which nobody may be asked to prove who they are (11 CCR 7026(d) and 7027(e))."""
DEFAULT_DUE_DAYS = 30
"""Until when a request is due where no law on file sets a day, after the day of receipt."""
NO_PERIOD = translatable("no period on file")
"""What stands for the law of a request where no law on file sets a day."""
ELSEWHERE = "ZZ"
"""A place that no row is on."""
UNITS = ("days", "business_days", "months")
PACES = ("without_delay", "timely", "reasonable")
"""How fast a law asks for an answer that sets no number of days."""
SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Period:
    """The time in which a request must be answered: `length` and `extension` (None where there is none) in `unit`.

    `checked` is the day on which the row was compared with `source`, empty where it was not. `since` is the day from which
    the right counts, as an ISO date, empty where it is past.
    """

    law: str
    article: str
    length: int
    unit: str
    extension: int | None
    source: str
    checked: str
    since: str = ""

    def due(self, received: int) -> int:
        """Return the last day for a request of the day `received`, which is not counted (days since 1970-01-01).

        Never a later day for a weekend or holiday, although some laws would allow it (for the EU, Regulation 1182/71
        art. 3(4)): which days are holidays is not known here, and early is never wrong.
        """
        return _after(received, self.length, self.unit)

    def extended(self, received: int) -> int | None:
        """Return the last day after the longest extension that the law allows, or None where it allows none."""
        return None if self.extension is None else _after(received, self.length + self.extension, self.unit)


@dataclass(frozen=True, slots=True)
class Pace:
    """What a law asks for that sets no number of days: `pace` is one of `PACES`, the rest as in `Period`."""

    law: str
    article: str
    pace: str
    source: str
    checked: str
    since: str = ""


@dataclass(frozen=True, slots=True)
class Authority:
    """Who supervises the law of a place, and where to complain; all but `name` may be empty, as far as it is not known.

    `complaint_url` is the page to complain on, `mail` an address that takes complaints, `languages` in which, as BCP 47 with
    blanks between. `contact_source` is where these three were found, on the day `contact_day`.
    """

    name: str
    url: str
    complaint_url: str
    mail: str
    languages: str
    contact_source: str
    contact_day: str
    source: str

    @property
    def address(self) -> str:
        """Return where to complain: the page for it, else the home page; empty where neither is known."""
        return self.complaint_url or self.url


class Rights:
    """The periods and authorities of all places, from the texts of the two tables."""

    def __init__(self, periods: str, authorities: str) -> None:
        self._rows: dict[tuple[str, str], list[Period | Pace]] = {}
        for row in csv.DictReader(io.StringIO(periods)):
            entry = _pace(row) if row["unit"] in PACES else _period(row)
            for place in row["places"].split(";"):
                for kind in row["kinds"].split():
                    self._rows.setdefault((place, kind), []).append(entry)
        rows = csv.DictReader(io.StringIO(authorities))
        names = tuple(one.name for one in fields(Authority))
        self._authorities = {row["place"]: Authority(*(row.get(name, "") for name in names)) for row in rows}

    @property
    def places(self) -> list[str]:
        """Return the codes of the places whose authority is known, such as `DE` and `US-CA`."""
        return list(self._authorities)

    def period(self, place: str, kind: str, day: int) -> Period | None:
        """Return until when a request of `day` must be answered in `place`, or None where no number of days is on file."""
        found = self._begun(place, kind, day)
        return found if isinstance(found, Period) else None

    def pace(self, place: str, kind: str, day: int) -> Pace | None:
        """Return how fast `place` asks for an answer to a request for which its law on file sets no number of days."""
        found = self._begun(place, kind, day)
        return found if isinstance(found, Pace) else None

    def coming(self, place: str, kind: str, day: int) -> list[Period | Pace]:
        """Return what begins to count in `place` after `day`, in order."""
        later = [one for one in self._rows.get((place, kind), ()) if one.since > date_of(day).isoformat()]
        return sorted(later, key=lambda one: one.since)

    def law_of(self, place: str, kind: str, day: int) -> str:
        """Return law and article on file for a request of `day`, or `NO_PERIOD` where none is."""
        found = self._begun(place, kind, day)
        return f"{found.law} {found.article}" if found else NO_PERIOD

    def kinds_at(self, place: str, day: int) -> list[str]:
        """Return what visitors may request in `place` on `day`, in the order of `KINDS`.

        That is all that a law on file has a period for. Rows of US states name each right of the state; elsewhere a right
        may have no period of its own, so `COMMON_KINDS` are added, as they are where no law is on file yet.
        """
        known = {kind for kind in KINDS if self.period(place, kind, day)}
        if not known or not place.startswith("US-"):
            known |= set(COMMON_KINDS)
        return [kind for kind in KINDS if kind in known]

    def _begun(self, place: str, kind: str, day: int) -> Period | Pace | None:
        """Return the newest of what counts in `place` on `day`."""
        begun = [one for one in self._rows.get((place, kind), ()) if one.since <= date_of(day).isoformat()]
        return max(begun, key=lambda one: one.since, default=None)

    def authority(self, place: str) -> Authority | None:
        """Return who supervises the law of `place`, or of its country, or None."""
        return self._authorities.get(place) or self._authorities.get(place.partition("-")[0])


def _period(row: dict[str, str]) -> Period:
    extension = int(row["extension"]) if row["extension"] else None
    facts = (int(row["period"]), row["unit"], extension, row["source"], row["checked"], row.get("since") or "")
    return Period(row["law"], row["article"], *facts)


def _pace(row: dict[str, str]) -> Pace:
    facts = (row["unit"], row["source"], row["checked"], row.get("since") or "")
    return Pace(row["law"], row["article"], *facts)


def _after(day: int, length: int, unit: str) -> int:
    if unit == "months":
        return add_months(day, length)
    if unit == "days":
        return day + length
    while length:
        day += 1
        length -= date_of(day).weekday() < SATURDAY
    return day
