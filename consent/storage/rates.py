"""What was shown and chosen on a site, as sums of its counts, by day or by whatever else is counted apart."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, cast, func, select

from consent.core.groups import OPTIONAL
from consent.storage.base import Transaction
from consent.storage.models import BannerCount, ChoiceCount
from consent.storage.statistic_models import SHOWN

DAY, COUNTRY = "day", "country"
PARTS = (DAY, COUNTRY, "regime", "language", "device", "config", "variant")
"""By what numbers can be told apart."""
BOTS = ("exclude", "include", "only")
SIGNALS = ("gpc", "dnt")
"""Methods by which nobody chose anything: a browser's signal was obeyed."""
TAKEN_BACK = ("withdraw", "object")
"""Actions that end an earlier answer; they are no answers to the question."""
UNKNOWN = "unknown"
"""As a country: visits whose place was not known."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which visits are counted: days since 1970-01-01 UTC, both included; what is None does not matter.

    `span` is one of `SPANS`; with 7 the first day is a Monday and the last one a Sunday. `bots` is one of `BOTS`.
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
    """How many granted a group and how many refused it, of those whose rule asks for it."""

    granted: int = 0
    refused: int = 0

    @property
    def asked(self) -> int:
        """Return the denominator."""
        return self.granted + self.refused


@dataclass(slots=True)
class Numbers:
    """Sums of one part: banners shown; answers of people, opt-outs among them; answers taken back; signals obeyed.

    `groups` has an entry for each optional group.
    """

    shown: int = 0
    answers: int = 0
    opted_out: int = 0
    taken_back: int = 0
    signals: int = 0
    groups: dict[str, Answers] = field(default_factory=lambda: {group: Answers() for group in OPTIONAL})

    def add(self, other: "Numbers") -> None:
        """Add another part."""
        for name in ("shown", "answers", "opted_out", "taken_back", "signals"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for group, answers in other.groups.items():
            self.groups[group].granted += answers.granted
            self.groups[group].refused += answers.refused


Asks = Mapping[str, frozenset[str]]
"""The regimes that ask for each optional group before it may run: an answer elsewhere is no opt-in."""


def numbers(transaction: Transaction, site_id: int, wanted: Wanted, part: str, asks: Asks) -> dict[str, Numbers]:
    """Return the sums of each value of `part` (one of `PARTS`) that has any.

    A day or week is named by the number of its first day.
    """
    found: defaultdict[str, Numbers] = defaultdict(Numbers)
    for key, shown in _shown(transaction, site_id, wanted, part):
        found[key].shown += shown
    part_column = getattr(ChoiceCount, part)
    kinds = (ChoiceCount.regime, ChoiceCount.action, ChoiceCount.method, ChoiceCount.choice)
    query = select(part_column, *kinds, _whole(func.sum(ChoiceCount.count)))
    query = query.where(*_conditions(ChoiceCount, site_id, wanted)).group_by(part_column, *kinds)
    counts_as: dict[tuple[str, ...], list[int]] = {}
    sums: defaultdict[Any, list[int]] = defaultdict(lambda: [0] * len(_SUMS))
    # Summed up here, by kinds: told apart by the database it would compare texts for each row and sum.
    for key, regime, action, method, choice, count in transaction.execute(query):
        kind = (regime, action, method, choice)
        if kind not in counts_as:
            counts_as[kind] = [_SUMS.index(one) for one in _sums_of(*kind, asks)]
        of_part = sums[key]
        for place in counts_as[kind]:
            of_part[place] += count
    for key, of_part in sums.items():
        _put(found[str(key)], of_part)
    return dict(found)


def total(parts: Mapping[str, Numbers]) -> Numbers:
    """Return the sum of all parts."""
    whole = Numbers()
    for one in parts.values():
        whole.add(one)
    return whole


def values(transaction: Transaction, site_id: int, parts: Sequence[str]) -> dict[str, list[str]]:
    """Return all values of each of `parts` that the site has choices of, in order."""
    columns = [getattr(ChoiceCount, part) for part in parts]
    # Of weeks, since there are fewer; in one query, since each would read all of them.
    query = select(*columns).where(ChoiceCount.site_id == site_id, ChoiceCount.span == 7).distinct()
    rows = transaction.execute(query).all()
    return {part: sorted({str(row[place]) for row in rows}) for place, part in enumerate(parts)}


_SUMS = (
    *("answers", "opted_out", "taken_back", "signals"),
    *((group, answer) for group in OPTIONAL for answer in ("granted", "refused")),
)


def _sums_of(regime: str, action: str, method: str, choice: str, asks: Asks) -> Iterator[str | tuple[str, str]]:
    """Yield those of `_SUMS` in which receipts of this kind are counted."""
    if method in SIGNALS:
        yield "signals"
    elif action in TAKEN_BACK:
        yield "taken_back"
    else:
        yield "answers"
        if action == "opt_out":
            yield "opted_out"
        for letter, group in zip(choice, OPTIONAL, strict=True):
            if regime in asks[group] and letter in "01":
                yield group, "granted" if letter == "1" else "refused"


def _put(numbers: Numbers, sums: Iterable[int]) -> None:
    """Set what `sums` has in the order of `_SUMS`."""
    for name, value in zip(_SUMS, sums, strict=True):
        if isinstance(name, str):
            setattr(numbers, name, value)
        else:
            setattr(numbers.groups[name[0]], name[1], value)


def _whole(total: ColumnElement[Any]) -> ColumnElement[int]:
    """Return a sum as PostgreSQL hands it over quickly: it would be a decimal."""
    return cast(total, BigInteger)


def _shown(transaction: Transaction, site_id: int, wanted: Wanted, part: str) -> Iterator[tuple[str, int]]:
    column = getattr(BannerCount, part)
    is_wanted = (*_conditions(BannerCount, site_id, wanted), BannerCount.event == SHOWN)
    query = select(column, _whole(func.sum(BannerCount.count))).where(*is_wanted).group_by(column)
    yield from ((str(key), count) for key, count in transaction.execute(query))


def _conditions(
    table: type[ChoiceCount] | type[BannerCount], site_id: int, wanted: Wanted
) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [
        table.site_id == site_id,
        table.span == wanted.span,
        table.day.between(wanted.first_day, wanted.last_day),
    ]
    if wanted.country is not None:
        found.append(table.country == ("" if wanted.country == UNKNOWN else wanted.country))
    asked = {name: getattr(wanted, name) for name in ("regime", "language", "device", "config", "variant")}
    found += [getattr(table, name) == value for name, value in asked.items() if value is not None]
    if wanted.bots != "include":
        found.append(table.is_bot.is_(wanted.bots == "only"))
    return found
