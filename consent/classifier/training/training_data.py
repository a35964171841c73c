"""Load labeled cookies for training and evaluation from the two tables in a training folder."""

import csv
import re
from dataclasses import dataclass
from pathlib import Path

from consent.classifier.observation import Sighting
from consent.classifier.registrable_domain import clean_host
from consent.core.groups import GROUPS

LISTED = "cookies_train.csv"
OBSERVED = "observed_train.csv"
UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800, "month": 2629800, "year": 31557600}
LIFE = re.compile(r"(\d+)\s*(second|minute|hour|day|week|month|year)s?", re.IGNORECASE)
TRUST = {"high": 1.0, "medium": 0.9, "low": 0.6}
OBSERVED_TRUST = 0.4
"""Trust in labels from sites' own consent tools, which are sometimes wrong and often repeat the same names."""


class ExamplesError(ValueError):
    """Raised when a training folder can't be used."""


@dataclass(frozen=True, slots=True)
class Example:
    """A labeled cookie, how far its label is trusted, and the vendor and site by which it is held out."""

    sighting: Sighting
    group: str
    purpose: str | None
    trust: float
    vendor: str
    site: str
    domains: tuple[str, ...] = ()
    is_prefix: bool = False


def read_listed(folder: Path) -> list[Example]:
    """Return the cookies from public lists; the domain is known for those that vendors set on their own."""
    return [_listed(row) for row in _rows(folder / LISTED)]


def read_observed(folder: Path) -> list[Example]:
    """Return the cookies found on sites, each with the group declared by the site's own consent tool."""
    return [_observed(row) for row in _rows(folder / OBSERVED)]


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    except OSError as error:
        raise ExamplesError(f"{path} cannot be read: {error.strerror}.") from None
    invalid = next((row for row in rows if row.get("group") not in GROUPS or not row.get("name")), None)
    if invalid is not None or not rows:
        raise ExamplesError(f"{path.name} needs rows with a name and a group of {', '.join(GROUPS)}.")
    return rows


def _listed(row: dict[str, str]) -> Example:
    domains = tuple(host for host in map(clean_host, row["domains"].split(";")) if host)
    trust = TRUST.get(row["read_confidence"], 0.7) * (1 if row["label_quality"] == "read" else 0.5)
    sighting = Sighting(row["name"], domains[0] if domains else "", None, seconds_of(row["retention"]))
    is_prefix = row["is_wildcard"] == "1"
    return Example(sighting, row["group"], row["purpose"] or None, trust, row["vendor_key"], "", domains, is_prefix)


def _observed(row: dict[str, str]) -> Example:
    third = row["third_party"] == "1"
    sighting = Sighting(row["name"], clean_host(row["domain"]), row["value"], int(row["expiry_s"]), third)
    return Example(sighting, row["group"], None, OBSERVED_TRUST, row["vendor_key"], row["site"])


def seconds_of(words: str) -> int | None:
    """Return the seconds of a lifetime in words, such as `2 years` or `Session`, or None for any other text."""
    if "session" in words.lower():
        return 0
    match = LIFE.search(words)
    return int(match[1]) * UNITS[match[2].lower()] if match else None
