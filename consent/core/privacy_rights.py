"""Data subject rights by place: request kinds, response deadlines, supervisory authority.

The rows of `consent/data/rights/` are legal facts with their sources; a place without a row has no deadline here.
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
"""Kinds of requests: GDPR art. 15 to 18, 20 and 21, and those that US state laws add.

`disclosure` asks for the list of those who received personal data for direct marketing (Cal. Civ. Code 1798.83).
"""
COMMON_KINDS = ("access", "rectification", "erasure", "objection")
"""Kinds offered where no law on file sets a period: most privacy laws have these."""
OPT_OUT = "opt_out_sale"
"""The kind of request that is also a refusal."""
UNVERIFIED_KINDS = frozenset({"opt_out_sale", "limit_sensitive"})
"""Kinds of requests whose senders may not be asked to verify their identity (11 CCR 7026(d) and 7027(e))."""
DEFAULT_DUE_DAYS = 30
"""Days after receipt in which to answer a request if no law on file sets a period."""
NO_PERIOD = translatable("no period on file")
"""Shown in place of a request's law if no law on file sets a period."""
ELSEWHERE = "ZZ"
"""A place that has no row."""
UNITS = ("days", "business_days", "months")
PACES = ("without_delay", "timely", "reasonable")
"""How fast laws without a number of days require an answer."""
SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Period:
    """The time in which a request must be answered: `length` and `extension` (None if there is none) in `unit`.

    `checked` is the day on which the row was compared with `source`, empty if it wasn't. `since` is the ISO date from
    which the right applies, empty if that has passed.
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
        """Return the last day to answer a request of the day `received`, which isn't counted (days since 1970-01-01).

        The day is never moved past a weekend or holiday, although some laws would allow it (for the EU, Regulation
        1182/71 art. 3(4)): holidays aren't known here, and answering early is never wrong.
        """
        return _add_period(received, self.length, self.unit)

    def extended(self, received: int) -> int | None:
        """Return the last day with the longest extension that the law allows, or None if it allows none."""
        return None if self.extension is None else _add_period(received, self.length + self.extension, self.unit)


@dataclass(frozen=True, slots=True)
class Pace:
    """The required speed where a law sets no number of days: `pace` is one of `PACES`, the rest is as in `Period`."""

    law: str
    article: str
    pace: str
    source: str
    checked: str
    since: str = ""


@dataclass(frozen=True, slots=True)
class Authority:
    """The supervisory authority of a place and its contacts; all but `name` may be empty if unknown.

    `complaint_url` is the page for complaints, `mail` an address that accepts them, and `languages` the accepted
    languages (BCP 47, separated by spaces). `contact_source` is where these three were found, on the day `contact_day`.
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
        """Return where to complain: the complaint page, else the home page; empty if neither is known."""
        return self.complaint_url or self.url


class Rights:
    """The periods and authorities of all places, parsed from the two tables."""

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
        """Return the period for a request of `day` in `place`, or None if no number of days is on file."""
        found = self._in_effect(place, kind, day)
        return found if isinstance(found, Period) else None

    def pace(self, place: str, kind: str, day: int) -> Pace | None:
        """Return how fast `place` requires an answer if its law on file sets no number of days, else None."""
        found = self._in_effect(place, kind, day)
        return found if isinstance(found, Pace) else None

    def coming(self, place: str, kind: str, day: int) -> list[Period | Pace]:
        """Return the periods and paces that take effect in `place` after `day`, in order."""
        later = [one for one in self._rows.get((place, kind), ()) if one.since > date_of(day).isoformat()]
        return sorted(later, key=lambda one: one.since)

    def law_of(self, place: str, kind: str, day: int) -> str:
        """Return the law and article on file for a request of `day`, or `NO_PERIOD` if there is none."""
        found = self._in_effect(place, kind, day)
        return f"{found.law} {found.article}" if found else NO_PERIOD

    def kinds_at(self, place: str, day: int) -> list[str]:
        """Return what visitors may request in `place` on `day`, in the order of `KINDS`.

        These are the kinds for which a law on file has a period. Rows of US states list every right of the state;
        elsewhere a right may have no period of its own, so `COMMON_KINDS` are added, as they are where no law is on
        file yet.
        """
        known = {kind for kind in KINDS if self.period(place, kind, day)}
        if not known or not place.startswith("US-"):
            known |= set(COMMON_KINDS)
        return [kind for kind in KINDS if kind in known]

    def _in_effect(self, place: str, kind: str, day: int) -> Period | Pace | None:
        """Return the newest period or pace in effect in `place` on `day`."""
        candidates = [one for one in self._rows.get((place, kind), ()) if one.since <= date_of(day).isoformat()]
        return max(candidates, key=lambda one: one.since, default=None)

    def authority(self, place: str) -> Authority | None:
        """Return the supervisory authority of `place`, or else of its country, or None."""
        return self._authorities.get(place) or self._authorities.get(place.partition("-")[0])


def _period(row: dict[str, str]) -> Period:
    extension = int(row["extension"]) if row["extension"] else None
    facts = (int(row["period"]), row["unit"], extension, row["source"], row["checked"], row.get("since") or "")
    return Period(row["law"], row["article"], *facts)


def _pace(row: dict[str, str]) -> Pace:
    facts = (row["unit"], row["source"], row["checked"], row.get("since") or "")
    return Pace(row["law"], row["article"], *facts)


def _add_period(day: int, length: int, unit: str) -> int:
    if unit == "months":
        return add_months(day, length)
    if unit == "days":
        return day + length
    while length:
        day += 1
        length -= date_of(day).weekday() < SATURDAY
    return day
