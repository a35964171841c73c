"""Rules by place as dated data: the rows of regions.csv, looked up and evaluated at a date.

Sources and status of each row stand in `consent/data/regions/`; the law behind a row is its column `law`.
"""

import csv
import datetime
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from consent.core.groups import EFFECTS, LEVELS, OPT_IN, OPTIONAL, RELAXED

TOKENS = (*OPTIONAL, "sale_or_share")
SCOPES = ("group", "sale_or_share")
GPC_DUTIES = ("no", "recommended", "unknown", "conditional", "honour", "yes")
DNT_DUTIES = ("no", "disclose", "objection")
FALLBACK = "ZZ"
STRICTEST = "strictest"


@dataclass(frozen=True, slots=True)
class Place:
    """A country (ISO 3166-1 alpha-2), a subdivision (the part after the dash of ISO 3166-2), and how they were found."""

    country: str | None = None
    subdivision: str | None = None
    source: str = "unknown"

    @property
    def code(self) -> str:
        """Return `US-CA`, `DE`, or an empty string for an unknown place."""
        return f"{self.country}-{self.subdivision}" if self.subdivision else self.country or ""


@dataclass(frozen=True, slots=True)
class Band:
    """What a rule does to minors of the ages `first` to `last`, inclusive, for the tokens in `TOKENS`."""

    first: int
    last: int
    effect: str
    tokens: tuple[str, ...]
    since: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """The rule set of one place at one date. `levels` are ranks of `LEVELS`, `exemptions` ids, both by `OPTIONAL`.

    `authority` is who supervises it, empty where several rows are taken together. `unsure` are the groups whose level no
    source confirms.
    """

    code: str
    regime: str
    law: str
    levels: tuple[int, int, int]
    exemptions: tuple[str, str, str] = ("", "", "")
    scope: str = "group"
    gpc: str = "no"
    dnt: str = "no"
    minors: tuple[Band, ...] = ()
    sensitive_data: tuple[str, ...] = ()
    consent_months: int | None = None
    cooldown_months: int | None = None
    links: tuple[str, ...] = ()
    shows_status: bool = False
    status: str = "design_choice"
    authority: str = ""
    unsure: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """Return the words that name this rule in a decision."""
        return f"{self.code} {self.regime} {self.law}".strip()


class Rules:
    """All rows and aliases, with one look-up: `at(place, date, rest_of_world)`."""

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
    def names(self) -> dict[str, str]:
        """Return the name of each row's place by its code."""
        return {code: row["name"] for code, row in self._rows.items()}

    @property
    def rows(self) -> dict[str, dict[str, str]]:
        """Return all rows by code, as they are in regions.csv: for reading what a rule rests on."""
        return self._rows

    def unsure(self, code: str) -> tuple[str, ...]:
        """Return the groups whose level in the row `code` no source confirms."""
        return unsure_groups(self._rows[code])

    def exemptions(self, group: str) -> dict[str, str]:
        """Return the exemptions that a tag of `group` can carry, each with the note on what it asks for."""
        column = f"{group}_exemption"
        rows = self._rows.values()
        names = {found: row["exemption_note"] for row in rows if (found := _exemption(row.get(column, "none")))}
        return {name: _note_on(name, note) for name, note in names.items()}

    @property
    def asking(self) -> dict[str, frozenset[str]]:
        """Return for each optional group the regimes in all whose places it waits for an opt-in."""
        return {
            group: frozenset(regime for regime, ranks in self.under.items() if ranks[index] == str(OPT_IN))
            for index, group in enumerate(OPTIONAL)
        }

    def at(self, place: Place, date: datetime.date, rest_of_world: str = STRICTEST) -> Rule:
        """Return the rule for `place` at `date`.

        `rest_of_world` is `strictest` or the code of the row that holds for countries without one.
        """
        if not place.country:
            return self._unknown
        if place.country in self._families and not place.subdivision:
            return self._strictest[place.country]
        for code in (place.code, place.country):
            row = self._rows.get(code)
            if row is None and code in self._aliases:
                row = self._rows.get(self._aliases[code])
                if row is None:
                    break
            if row is not None and row["in_force_since"] <= date.isoformat():
                return _evaluate(row, date)
        if rest_of_world in self._rows and rest_of_world != FALLBACK:
            return _evaluate(self._rows[rest_of_world], date)
        return self._unknown

    def _strictest_of(self, country: str | None) -> Rule:
        rows = [row for code, row in self._rows.items() if country in (None, code[:2])]
        head = self._rows[country or FALLBACK]
        rules = [_evaluate(row, None) for row in rows]
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
            sensitive_data=_union(r.sensitive_data for r in rules),
            consent_months=_pick(min, (r.consent_months for r in rules)),
            cooldown_months=_pick(max, (r.cooldown_months for r in rules)),
            links=_union(r.links for r in rules) if country else _words(head["required_links"]),
            shows_status=any(r.shows_status for r in rules),
        )

    def _ranks_by_regime(self) -> dict[str, str]:
        """Return for each regime the laxest rank of each group in all its rows, as digits, `x` appended if relaxed.

        A grant remembers only the name of its regime, so it counts for what every place of that regime would ask.
        """
        found: dict[str, list[tuple[int, ...]]] = {}
        relaxed = set()
        for rule in [*(_evaluate(row, None) for row in self._rows.values()), *self._strictest.values()]:
            found.setdefault(rule.regime, []).append(tuple(OPT_IN if x == RELAXED else x for x in rule.levels))
            if RELAXED in rule.levels:
                relaxed.add(rule.regime)
        return {
            regime: "".join(str(min(column)) for column in zip(*levels, strict=True)) + "x" * (regime in relaxed)
            for regime, levels in sorted(found.items())
        }


def _evaluate(row: dict[str, str], date: datetime.date | None) -> Rule:
    """Return the rule of `row` as it stands at `date`; None stands for a day when all of it is in force."""
    today = date.isoformat() if date else "9999-12-31"
    return Rule(
        code=row["code"],
        regime=row["regime"],
        law=row["law"],
        levels=(
            LEVELS.index(row["functional"]),
            LEVELS.index(row["analytics"]),
            LEVELS.index(row["advertising"]),
        ),
        exemptions=(_exemption(row["functional_exemption"]), _exemption(row["analytics_exemption"]), ""),
        scope=row["opt_out_scope"],
        gpc=row["gpc"] if row["gpc_since"] <= today else "no",
        dnt=row["dnt"],
        minors=tuple(band for band in _bands(row["minors"]) if band.since <= today),
        sensitive_data=_words(row["sensitive_data"]),
        consent_months=_number(row["consent_max_months"]),
        cooldown_months=_number(row["refusal_cooldown_months"]),
        links=_words(row["required_links"]),
        shows_status=row["opt_out_status_display"] == "yes" and row["opt_out_status_since"] <= today,
        status=row["status"],
        authority=row["authority"],
        unsure=unsure_groups(row),
    )


def unsure_groups(row: dict[str, str]) -> tuple[str, ...]:
    """Return the groups whose level in a row of regions.csv is known by recollection alone."""
    recalled = row["recalled_fields"].split(";")
    return tuple(group for group in OPTIONAL if group in recalled or "all" in recalled)


def _exemption(text: str) -> str:
    return "" if text == "none" else text


def _note_on(exemption: str, note: str) -> str:
    """Return the part of a row's note that is on one exemption: those of rows with two are `name = words. name = words`."""
    parts = dict(part.split(" = ", 1) for part in note.split(". ") if " = " in part)
    return parts.get(exemption, note)


def _bands(text: str) -> list[Band]:
    bands = []
    for part in _words(text):
        ages, effect, tokens, since = part.split(":")
        first, last = ages.split("-")
        bands.append(Band(int(first), int(last), effect, tuple(tokens.split("+")), since))
    return bands


def minor_effects(rule: Rule, age: int) -> list[int]:
    """Return for each of `TOKENS` the rank of the strongest effect on a visitor of `age` years, 0 for none."""
    ranks = dict.fromkeys(TOKENS, 0)
    for band in rule.minors:
        if band.first <= age <= band.last:
            for token in band.tokens:
                ranks[token] = max(ranks[token], EFFECTS.index(band.effect) + 1)
    return list(ranks.values())


def _words(text: str) -> tuple[str, ...]:
    return tuple(filter(None, text.split(";")))


def _number(text: str) -> int | None:
    return int(text) if text.isdigit() else None


def _union(lists: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for words in lists for word in words))


def _pick(choose: Callable[..., Any], numbers: Iterable[int | None]) -> int | None:
    known = [number for number in numbers if number is not None]
    return int(choose(known)) if known else None
