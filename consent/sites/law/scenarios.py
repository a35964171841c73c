"""Draft laws as other cells of the rules: what each would change for a site. No decision reads them."""

import csv
import datetime
import io
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from consent.core.documents.config import Config
from consent.core.rules import Rules
from consent.sites.law.calendar import LawChange, rule_differences
from consent.sites.shipped_rules import DATA, rule_file

TABLE: Path = DATA / "regions" / "scenarios.csv"
FACTS = ("id", "title", "status", "source", "url", "checked", "read", "says", "code")
"""The columns about a draft; each other one is a column of regions.csv, and empty where the draft changes nothing."""
ANY_ROW = "*"
"""In an exemption: the code of the row, as in `audience:*`."""


class Scenario(NamedTuple):
    """A draft law: `cells` are the new values, by column, of the rows `codes`; `says` sums it up."""

    id: str
    title: str
    source: str
    url: str
    checked: str
    says: str
    codes: tuple[str, ...]
    cells: tuple[tuple[str, str], ...]


@cache
def load_scenarios() -> tuple[Scenario, ...]:
    """Return the draft laws on file."""
    rows = csv.DictReader(io.StringIO(TABLE.read_text("utf-8")))
    return tuple(_scenario(row) for row in rows)


def scenario_changes(config: Config, rules: Rules, scenario: Scenario, today: datetime.date) -> list[LawChange]:
    """Return what a draft would change for the site of `config` if it applied today.

    An exemption of a draft counts for each tag that has an exemption of the same name in another place.
    """
    names = {value.removesuffix(ANY_ROW) for _, value in scenario.cells if value.endswith(ANY_ROW)}
    tags = [tag | {"exemptions": _widened(tag["exemptions"], names, scenario.codes)} for tag in config["tags"]]
    return rule_differences({**config, "tags": tags}, rules, _overlaid(rules, scenario), today)


def _scenario(row: dict[str, str]) -> Scenario:
    cells = tuple((name, value) for name, value in row.items() if value and name not in FACTS)
    return Scenario(
        row["id"],
        row["title"],
        row["source"],
        row["url"],
        row["checked"],
        row["says"],
        tuple(row["code"].split(";")),
        cells,
    )


@lru_cache(16)
def _overlaid(rules: Rules, scenario: Scenario) -> Rules:
    """Return other rules, in which the cells of a draft replace those of `rules`."""
    out = io.StringIO()
    rows = [dict(row) for row in rules.rows.values()]
    for row in rows:
        if row["code"] in scenario.codes:
            row |= {name: value.replace(ANY_ROW, row["code"]) for name, value in scenario.cells}
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return Rules(out.getvalue(), rule_file("aliases.csv"))


def _widened(exemptions: list[str], names: set[str], codes: tuple[str, ...]) -> list[str]:
    held = {name for name in names if any(one.startswith(name) for one in exemptions)}
    return [*exemptions, *(f"{name}{code}" for name in sorted(held) for code in codes)]
