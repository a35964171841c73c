"""Consent rules by place as dated data: look up rows of regions.csv and evaluate them at a date.

The sources and status of each row are in `consent/data/regions/`; the column `law` names the law behind a row.
"""

import csv
import datetime
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from consent.core.age_rules import ADULT, Band, begun_bands, minor_effects, parse_bands
from consent.core.groups import OPT_IN, OPTIONAL, RELAXED
from consent.core.rule import LOCATION_BANS, Rule, evaluate, exemption_id, split_words, unsure_groups

SCOPES = ("group", "sale_or_share")
GPC_DUTIES = ("no", "recommended", "unknown", "conditional", "honour", "yes")
DNT_DUTIES = ("no", "disclose", "objection")
SILENT = "no", "recommended"
"""Values of `GPC_DUTIES` where no law obliges a site to honor the signal."""
NO_END = 999
"""Number of months that stands for an unlimited lifetime of grants."""
SINCE = (*("in_force_since", "gpc_since", "opt_out_status_since", "sensitive_since", "precise_location_since"),)
"""The columns of a row with the day from which something applies."""
FALLBACK = "ZZ"
STRICTEST = "strictest"


@dataclass(frozen=True, slots=True)
class Place:
    """A country (ISO 3166-1 alpha-2), a subdivision (ISO 3166-2 after the dash), and how they were determined."""

    country: str | None = None
    subdivision: str | None = None
    source: str = "unknown"

    @property
    def code(self) -> str:
        """Return `US-CA`, `DE`, or an empty string for an unknown place."""
        return f"{self.country}-{self.subdivision}" if self.subdivision else self.country or ""


class Rules:
    """All rows and aliases, with one lookup: `at(place, date, rest_of_world)`."""

    def __init__(self, regions: str, aliases: str) -> None:
        self._rows = {row["code"]: row for row in csv.DictReader(io.StringIO(regions))}
        self._aliases = {row["code"]: row["row"] for row in csv.DictReader(io.StringIO(aliases))}
        self._families = {code[:2] for code in self._rows if "-" in code}
        self.version = max(row["checked"] for row in self._rows.values())
        self._strictest = {country: self._strictest_of(country) for country in self._families}
        self._unknown = self._strictest_of(None)
        self.under = self._ranks_by_regime()

    @property
    def codes(self) -> list[str]:
        """Return the codes of all rows."""
        return list(self._rows)

    @property
    def aliases(self) -> list[str]:
        """Return the codes of places that use another place's row."""
        return list(self._aliases)

    @property
    def names(self) -> dict[str, str]:
        """Return the name of each row's place by its code."""
        return {code: row["name"] for code, row in self._rows.items()}

    @property
    def rows(self) -> dict[str, dict[str, str]]:
        """Return all rows by code, as in regions.csv, to show what a rule is based on."""
        return self._rows

    def unsure(self, code: str) -> tuple[str, ...]:
        """Return the groups whose level in the row `code` isn't confirmed by any source."""
        return unsure_groups(self._rows[code])

    def days(self, code: str) -> list[str]:
        """Return the days, as ISO dates in order, on which the row `code` or a part of it takes effect."""
        row = self._rows[code]
        dates = {row.get(name, "") for name in SINCE} | {band.since for band in parse_bands(row["minors"])}
        return sorted(filter(None, dates))

    def exemptions(self, group: str) -> dict[str, str]:
        """Return the exemptions that a tag of `group` can have, each with the note on its conditions."""
        column = f"{group}_exemption"
        rows = self._rows.values()
        names = {
            exemption: row["exemption_note"] for row in rows if (exemption := exemption_id(row.get(column, "none")))
        }
        return {name: _exemption_note(name, note) for name, note in names.items()}

    def has_tcf(self, country: str | None) -> bool:
        """Return whether the Transparency and Consent Framework applies in `country`, or may if it is unknown."""
        row = self._rows.get(self._aliases.get(country, country)) if country else None
        # Tables of earlier editions may lack this column.
        return not country or (row is not None and row.get("tcf") == "yes")

    @property
    def opt_in_regimes(self) -> dict[str, frozenset[str]]:
        """Return for each optional group the regimes in which every place requires an opt-in for it."""
        return {
            group: frozenset(regime for regime, ranks in self.under.items() if ranks[index] == str(OPT_IN))
            for index, group in enumerate(OPTIONAL)
        }

    def rule_at(self, place: Place, date: datetime.date, rest_of_world: str = STRICTEST) -> Rule:
        """Return the rule for `place` at `date`.

        `rest_of_world` is `strictest` or the code of the row for countries without their own. Until a row is in force,
        its parent's rule applies, together with those of the row's own bands that have already begun.
        """
        if not place.country:
            return self._unknown
        if place.country in self._families and not place.subdivision:
            return self._strictest[place.country]
        early: tuple[Band, ...] = ()
        for code in (place.code, place.country):
            row = self._rows.get(code)
            if row is None and code in self._aliases:
                row = self._rows.get(self._aliases[code])
                if row is None:
                    break
            if row is not None and row["in_force_since"] <= date.isoformat():
                return _with_bands(evaluate(row, date), early)
            early += begun_bands(row["minors"], date) if row else ()
        if rest_of_world in self._rows and rest_of_world != FALLBACK:
            return _with_bands(evaluate(self._rows[rest_of_world], date), early)
        return self._unknown

    def _strictest_of(self, country: str | None) -> Rule:
        rows = [row for code, row in self._rows.items() if country in (None, code[:2])]
        head = self._rows[country or FALLBACK]
        rules = [evaluate(row, None) for row in rows]
        return Rule(
            code=country or FALLBACK,
            regime=f"{country.lower()}_strictest" if country else head["regime"],
            law=f"strictest of the rows of {country}" if country else "strictest of all rows",
            levels=(
                max(r.levels[0] for r in rules),
                max(r.levels[1] for r in rules),
                max(r.levels[2] for r in rules),
            ),
            scope=max((r.scope for r in rules), key=SCOPES.index),
            gpc=max((r.gpc for r in rules), key=GPC_DUTIES.index),
            dnt=max((r.dnt for r in rules), key=DNT_DUTIES.index),
            minors=tuple(band for r in rules for band in r.minors),
            location=max((r.location for r in rules), key=LOCATION_BANS.index),
            sensitive_data=_union(r.sensitive_data for r in rules),
            consent_months=_pick(min, (r.consent_months for r in rules)),
            cooldown_months=_pick(max, (r.cooldown_months for r in rules)),
            links=_union(r.links for r in rules) if country else split_words(head["required_links"]),
            shows_status=any(r.shows_status for r in rules),
        )

    def _ranks_by_regime(self) -> dict[str, str]:
        """Return for each regime the laxest rank of each group across its rows, as digits, with `x` if relaxed.

        A grant stores only the name of its regime, so it counts for what every place of that regime would require.
        """
        by_regime: dict[str, list[tuple[int, ...]]] = {}
        relaxed = set()
        for rule in [*(evaluate(row, None) for row in self._rows.values()), *self._strictest.values()]:
            by_regime.setdefault(rule.regime, []).append(tuple(OPT_IN if x == RELAXED else x for x in rule.levels))
            if RELAXED in rule.levels:
                relaxed.add(rule.regime)
        return {
            regime: "".join(str(min(column)) for column in zip(*levels, strict=True)) + "x" * (regime in relaxed)
            for regime, levels in sorted(by_regime.items())
        }


def is_laxer(rule: Rule, other: Rule) -> bool:
    """Return whether `rule` permits anything that `other` doesn't."""
    pairs = [
        *zip(rule.levels, other.levels, strict=True),
        *((not one or one == two, True) for one, two in zip(rule.exemptions, other.exemptions, strict=True)),
        (SCOPES.index(rule.scope), SCOPES.index(other.scope)),
        (rule.gpc not in SILENT, other.gpc not in SILENT),
        (DNT_DUTIES.index(rule.dnt), DNT_DUTIES.index(other.dnt)),
        (LOCATION_BANS.index(rule.location), LOCATION_BANS.index(other.location)),
        (set(rule.sensitive_data) >= set(other.sensitive_data), True),
        (other.consent_months or NO_END, rule.consent_months or NO_END),
    ]
    for age in range(ADULT):
        pairs += zip(minor_effects(rule.minors, age), minor_effects(other.minors, age), strict=True)
    return any(one < two for one, two in pairs)


def _with_bands(rule: Rule, early: tuple[Band, ...]) -> Rule:
    return replace(rule, minors=(*rule.minors, *early)) if early else rule


def _exemption_note(exemption: str, note: str) -> str:
    """Return the part of a row's note about one exemption; rows with two have `name = words. name = words`."""
    parts = dict(part.split(" = ", 1) for part in note.split(". ") if " = " in part)
    return parts.get(exemption, note)


def _union(lists: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for words in lists for word in words))


def _pick(choose: Callable[..., Any], numbers: Iterable[int | None]) -> int | None:
    known = [number for number in numbers if number is not None]
    return int(choose(known)) if known else None
