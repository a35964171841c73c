"""Consent rates of a site: sums of the counters, by day or any other dimension."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, bindparam, cast, func, or_, select

from consent.core.groups import OPTIONAL
from consent.storage.database.base import Transaction
from consent.storage.tables.statistics import SHOWN, BannerCount, ChoiceCount, of_days

DAY, COUNTRY = "day", "country"
PARTS = (DAY, COUNTRY, "regime", "language", "device", "config", "variant")
"""The dimensions by which numbers can be broken down."""
BOTS = ("exclude", "include", "only")
SIGNALS = ("gpc", "dnt")
"""Methods without an actual choice: a browser's signal was obeyed."""
TAKEN_BACK = ("withdraw", "object")
"""Actions that end an earlier choice; they don't answer the prompt."""
UNKNOWN = "unknown"
"""As a country: visits whose place wasn't known."""


@dataclass(frozen=True, slots=True)
class StatisticsQuery:
    """Which visits to count: days since 1970-01-01 UTC, both included; None means no restriction.

    `span` is one of `SPANS`; if 7, the first day is a Monday and the last a Sunday. `bots` is one of `BOTS`.
    """

    first_day: int
    last_day: int
    span: int = 1
    country: str | None = None
    regime: str | None = None
    language: str | None = None
    device: str | None = None
    config: str | None = None
    variant: str | None = None
    bots: str = "exclude"


@dataclass(slots=True)
class Answers:
    """How many granted and refused a group, among those whose rule requires asking for it."""

    granted: int = 0
    refused: int = 0

    @property
    def asked(self) -> int:
        """Return the denominator."""
        return self.granted + self.refused


@dataclass(slots=True)
class Numbers:
    """Sums: banners shown, choices, opt-outs among these, choices taken back, and signals obeyed.

    `groups` has an entry for each optional group.
    """

    shown: int = 0
    answers: int = 0
    opted_out: int = 0
    taken_back: int = 0
    signals: int = 0
    groups: dict[str, Answers] = field(default_factory=lambda: {group: Answers() for group in OPTIONAL})

    def add(self, other: "Numbers") -> None:
        """Add the numbers of another part."""
        for name in ("shown", "answers", "opted_out", "taken_back", "signals"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for group, answers in other.groups.items():
            self.groups[group].granted += answers.granted
            self.groups[group].refused += answers.refused


AskedGroups = Mapping[str, frozenset[str]]
"""The regimes that prompt for each optional group before it may run: elsewhere, a choice isn't an opt-in."""


def numbers(
    transaction: Transaction, site_id: int, wanted: StatisticsQuery, part: str, asked_groups: AskedGroups
) -> dict[str, Numbers]:
    """Return the sums for each value of `part` (one of `PARTS`) that has any.

    A day or week is identified by its first day, in days since 1970-01-01.
    """
    return numbers_by(transaction, site_id, wanted, (part,), asked_groups)[part]


def numbers_by(
    transaction: Transaction, site_id: int, wanted: StatisticsQuery, parts: Sequence[str], asked_groups: AskedGroups
) -> dict[str, dict[str, Numbers]]:
    """Return sums as `numbers` does for each of `parts`, with a single scan for those in index order."""
    result: dict[str, defaultdict[str, Numbers]] = {part: defaultdict(Numbers) for part in parts}
    in_order = [part for part in parts if part in _IN_ORDER]
    separate = [[part] for part in parts if part not in _IN_ORDER]
    for scanned_parts in [in_order, *separate] if in_order else separate:
        scan = _CountScan(transaction, site_id, wanted, scanned_parts, result)
        _add_shown(scan)
        _add_answers(scan, asked_groups)
        _add_others(scan)
    return {part: dict(sums) for part, sums in result.items()}


def total(parts: Mapping[str, Numbers]) -> Numbers:
    """Return the sum of all parts."""
    whole = Numbers()
    for one in parts.values():
        whole.add(one)
    return whole


def values(transaction: Transaction, site_id: int, parts: Sequence[str]) -> dict[str, list[str]]:
    """Return all values of each of `parts` among the site's choices, sorted."""
    columns = [getattr(ChoiceCount, part) for part in parts]
    # Weekly counts, since there are fewer; in one query, since each would read all of them.
    query = select(*columns).where(ChoiceCount.site_id == site_id, ChoiceCount.span == 7).distinct()
    rows = transaction.execute(query).all()
    return {part: sorted({str(row[place]) for row in rows}) for place, part in enumerate(parts)}


# Literals, like the days: otherwise PostgreSQL assumes that almost no row passes the NOT IN.
_SIGNALS: Any = bindparam(None, SIGNALS, expanding=True, literal_execute=True)
_TAKEN_BACK: Any = bindparam(None, TAKEN_BACK, expanding=True, literal_execute=True)
_IN_ORDER = ("day", "config", "country", "subdivision", "regime", "language", "variant")
"""The key columns after site and span: grouped by a prefix of these, SQLite needn't sort."""


def _columns(table: type[ChoiceCount] | type[BannerCount], parts: Sequence[str]) -> dict[str, Any]:
    """Return the columns to group by, so that sums can be separated by each of `parts` and by regime."""
    names: Sequence[str] = (*parts, "regime")
    if set(names) <= set(_IN_ORDER):
        names = _IN_ORDER[: max(map(_IN_ORDER.index, names)) + 1]
    return {name: getattr(table, name) for name in names}


@dataclass(slots=True)
class _CountScan:
    """A scan of the counts that adds to the sums of `parts` in `result`."""

    transaction: Transaction
    site_id: int
    wanted: StatisticsQuery
    parts: Sequence[str]
    result: Mapping[str, defaultdict[str, Numbers]]

    def rows(
        self, table: type[ChoiceCount] | type[BannerCount], only: ColumnElement[bool], *sums: ColumnElement[Any]
    ) -> Iterator[tuple[str, list[Numbers], Sequence[Any]]]:
        """Yield the regime, the numbers to add to, and `sums` of the rows that satisfy `only`, by group."""
        columns = _columns(table, self.parts)
        query = select(*columns.values(), *sums).where(*_conditions(table, self.site_id, self.wanted), only)
        names = list(columns)
        places, regime = [(self.result[part], names.index(part)) for part in self.parts], names.index("regime")
        for row in self.transaction.execute(query.group_by(*columns.values())):
            yield row[regime], [of_part[str(row[place])] for of_part, place in places], row[len(names) :]


def _add_shown(scan: _CountScan) -> None:
    for _, numbers, (shown,) in scan.rows(BannerCount, BannerCount.event == SHOWN, _sum(BannerCount)):
        for one in numbers:
            one.shown += shown


def _add_answers(scan: _CountScan, asked_groups: AskedGroups) -> None:
    # Non-answers are scanned separately: a condition in these sums would cost more per row than reading it.
    is_answer = and_(ChoiceCount.method.not_in(_SIGNALS), ChoiceCount.action.not_in(_TAKEN_BACK))
    letters = (ChoiceCount.choice.like(_pattern(letter, group)) for group in OPTIONAL for letter in "10")
    sums = [_sum(ChoiceCount), *(_sum(ChoiceCount, one) for one in (ChoiceCount.action == "opt_out", *letters))]
    groups: dict[str, list[tuple[int, str]]] = {}
    for regime, numbers, (answers, opted_out, *of_groups) in scan.rows(ChoiceCount, is_answer, *sums):
        if regime not in groups:
            groups[regime] = [
                (2 * place, group) for place, group in enumerate(OPTIONAL) if regime in asked_groups[group]
            ]
        for one in numbers:
            one.answers += answers
            one.opted_out += opted_out or 0
            for place, group in groups[regime]:
                of_group = one.groups[group]
                of_group.granted += of_groups[place] or 0
                of_group.refused += of_groups[place + 1] or 0


def _add_others(scan: _CountScan) -> None:
    is_signal = ChoiceCount.method.in_(_SIGNALS)
    is_other = or_(is_signal, ChoiceCount.action.in_(_TAKEN_BACK))
    sums = (_sum(ChoiceCount), _sum(ChoiceCount, is_signal))
    for _, numbers, (others, signals) in scan.rows(ChoiceCount, is_other, *sums):
        for one in numbers:
            one.signals += signals or 0
            one.taken_back += others - (signals or 0)


def _pattern(letter: str, group: str) -> str:
    """Return the LIKE pattern for choices with this letter for a group."""
    return "".join(letter if one == group else "_" for one in OPTIONAL)


def _sum(table: type[ChoiceCount] | type[BannerCount], only: ColumnElement[bool] | None = None) -> ColumnElement[Any]:
    """Return the sum of a table's counts, or of the rows that satisfy `only`."""
    # PostgreSQL sums integers twice as fast as bigints; a single count above 2^31 would raise an error.
    whole = func.sum(cast(table.count, Integer))
    return whole if only is None else whole.filter(only)


def _conditions(
    table: type[ChoiceCount] | type[BannerCount], site_id: int, wanted: StatisticsQuery
) -> list[ColumnElement[bool]]:
    conditions_ = of_days(table, site_id, wanted.span, wanted.first_day, wanted.last_day)
    if wanted.country is not None:
        conditions_.append(table.country == ("" if wanted.country == UNKNOWN else wanted.country))
    filters = {name: getattr(wanted, name) for name in ("regime", "language", "device", "config", "variant")}
    conditions_ += [getattr(table, name) == value for name, value in filters.items() if value is not None]
    if wanted.bots != "include":
        conditions_.append(table.is_bot.is_(wanted.bots == "only"))
    return conditions_
