"""Names that the consent tools of sites declared: asked where no vendor's file has the name, else heard beside it."""

import csv
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from consent.classify.domains import owned_domain
from consent.classify.examples import Example
from consent.classify.features import RUN
from consent.classify.names import Known, Names
from consent.core.groups import ESSENTIAL

FILE = Path(__file__).parent.parent / "data" / "seen-names.csv"
COLUMNS = ("name", "domain", "group", "sites")
SHORTEST = 3
FEWEST = 2
"""Sites that must agree on a name before it is essential."""


def seen_names(observed: Sequence[Example]) -> list[Known]:
    """Return each name with the group that more than half of its sites declared; a third party's on its domain alone.

    Left out are names of two signs, names with an id in them, and essential ones of a single site.
    """
    declared: dict[tuple[str, str], dict[str, str]] = {}
    for example in observed:
        met = example.sighting
        place = (met.name, owned_domain(met.host) if met.third_party else "")
        declared.setdefault(place, {}).setdefault(example.site, example.group)
    found = []
    for (name, domain), by_site in sorted(declared.items()):
        group, sites = Counter(by_site.values()).most_common(1)[0]
        is_agreed = 2 * sites > len(by_site) and (group != ESSENTIAL or sites >= FEWEST)
        if is_agreed and len(name) >= SHORTEST and not RUN.search(name.lower()):
            found.append(Known(name, group, None, "", (domain,) if domain else (), sites))
    return found


def add_seen(names: Names, seen: Iterable[Known]) -> None:
    """Add those of `seen` to `names` whose name is not there yet; the others confirm or doubt what is there."""
    seen = list(seen)
    names.leaning = _leaning(names, seen)
    for known in [known for known in seen if known.name not in names.exact]:
        names.add(known)
    for known in seen:
        names.declared.setdefault(known.name, []).append(known)


def _leaning(names: Names, seen: Iterable[Known]) -> dict[str, str]:
    """Return the group that sites mostly declared names of each vendor as."""
    votes: dict[str, Counter[str]] = {}
    for known in seen:
        vendors = {one.vendor for one in names.exact.get(known.name) or names.begins(known.name)}
        if len(vendors) == 1 and "" not in vendors:
            votes.setdefault(vendors.pop(), Counter())[known.group] += known.sites
    return {vendor: counts.most_common(1)[0][0] for vendor, counts in votes.items()}


def write_seen(seen: Iterable[Known], path: Path) -> None:
    """Write `seen` as a table that `load_seen` reads."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows((known.name, "".join(known.domains), known.group, known.sites) for known in seen)


def load_seen(path: Path = FILE) -> list[Known]:
    """Return the names in `path`."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Known(row["name"], row["group"], None, "", (row["domain"],) if row["domain"] else (), int(row["sites"]))
            for row in csv.DictReader(file)
        ]
