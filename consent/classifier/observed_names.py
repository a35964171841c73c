"""Groups that consent tools on public sites declared for names missing from the vendor files.

For names in the vendor files, they confirm or question the group.
"""

import csv
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from consent.classifier.features import RUN
from consent.classifier.name_index import KnownName, Names
from consent.classifier.registrable_domain import owned_domain
from consent.classifier.training.training_data import Example
from consent.core.groups import ESSENTIAL

FILE = Path(__file__).parent.parent / "data" / "seen-names.csv"
COLUMNS = ("name", "domain", "group", "sites")
MIN_LENGTH = 3
FEWEST = 2
"""Minimum number of sites that must agree before a name is essential."""


def observed_names(observed: Sequence[Example]) -> list[KnownName]:
    """Return each name with the group that more than half of its sites declared; a third party's only on its domain.

    Skips names of two characters, names that contain an id, and essential ones declared by a single site.
    """
    declared: dict[tuple[str, str], dict[str, str]] = {}
    for example in observed:
        sighting = example.sighting
        place = (sighting.name, owned_domain(sighting.host) if sighting.third_party else "")
        declared.setdefault(place, {}).setdefault(example.site, example.group)
    names = []
    for (name, domain), by_site in sorted(declared.items()):
        group, sites = Counter(by_site.values()).most_common(1)[0]
        is_agreed = 2 * sites > len(by_site) and (group != ESSENTIAL or sites >= FEWEST)
        if is_agreed and len(name) >= MIN_LENGTH and not RUN.search(name.lower()):
            names.append(KnownName(name, group, None, "", (domain,) if domain else (), sites))
    return names


def add_observed(names: Names, seen: Iterable[KnownName]) -> None:
    """Add the names in `seen` that `names` lacks, and use all of them to confirm or question those it has."""
    seen = list(seen)
    names.leaning = _leaning(names, seen)
    for known in [known for known in seen if known.name not in names.exact]:
        names.add(known)
    for known in seen:
        names.declared.setdefault(known.name, []).append(known)


def _leaning(names: Names, seen: Iterable[KnownName]) -> dict[str, str]:
    """Return, for each vendor, the group that sites mostly declared its names as."""
    votes: dict[str, Counter[str]] = {}
    for known in seen:
        vendors = {one.vendor for one in names.exact.get(known.name) or names.prefix_entries(known.name)}
        if len(vendors) == 1 and "" not in vendors:
            votes.setdefault(vendors.pop(), Counter())[known.group] += known.sites
    return {vendor: counts.most_common(1)[0][0] for vendor, counts in votes.items()}


def write_observed(seen: Iterable[KnownName], path: Path) -> None:
    """Write `seen` as a table for `load_observed`."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows((known.name, "".join(known.domains), known.group, known.sites) for known in seen)


def load_observed(path: Path = FILE) -> list[KnownName]:
    """Return the names in `path`."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            KnownName(row["name"], row["group"], None, "", (row["domain"],) if row["domain"] else (), int(row["sites"]))
            for row in csv.DictReader(file)
        ]
