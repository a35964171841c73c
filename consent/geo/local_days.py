"""Find the calendar days in a place at a given time, from its time zones.

Zones of countries are those of the tz database (`zone.tab`). Those of states and provinces are in
`consent/data/regions/subdivisions.csv`: for the United States by 49 CFR part 71, for Canada by the tz database.
"""

import csv
import datetime
from collections.abc import Iterator
from functools import cache
from importlib import resources
from math import ceil
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from consent.core.days import date_of, day_of
from consent.core.rules import Place
from consent.geo.places import SUBDIVISIONS_FILE

ANYWHERE = "Pacific/Kiritimati", "Etc/GMT+12"
"""Where a day begins first and last; a place without a known zone may be in either."""


def local_days(place: Place, time: float) -> tuple[int, int]:
    """Return the days (counted from 1970-01-01) at `time` in the first and the last zone of `place`."""
    days = [day_of(datetime.datetime.fromtimestamp(time, zone).date()) for zone in zones_of(place.code)]
    return max(days), min(days)


def midnights(place: Place, day: int) -> tuple[int, int]:
    """Return the Unix seconds at which `day` begins in the first and the last zone of `place`."""
    begins = [
        ceil(datetime.datetime.combine(date_of(day), datetime.time(), zone).timestamp())
        for zone in zones_of(place.code)
    ]
    return min(begins), max(begins)


@cache
def zones_of(code: str) -> tuple[ZoneInfo, ...]:
    """Return the time zones of a country, state or province; the country's for a part without zones of its own."""
    names = _zone_names()
    zones = tuple(_available_zones(names.get(code) or names.get(code[:2]) or ()))
    return zones or tuple(_available_zones(ANYWHERE))


def _available_zones(names: tuple[str, ...]) -> Iterator[ZoneInfo]:
    for name in names:
        try:
            yield ZoneInfo(name)
        except ZoneInfoNotFoundError:  # the system's database is older than the table
            continue


@cache
def _zone_names() -> dict[str, tuple[str, ...]]:
    by_code: dict[str, list[str]] = {}
    table = resources.files("tzdata") / "zoneinfo" / "zone.tab"
    for line in table.read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            country, _, name, *_ = line.split("\t")
            by_code.setdefault(country, []).append(name)
    with SUBDIVISIONS_FILE.open(newline="", encoding="utf-8") as file:
        parts = {row["code"]: row["zones"].split(";") for row in csv.DictReader(file)}
    return {code: tuple(names) for code, names in (by_code | parts).items()}
