"""What was shown and chosen on a site, as sums of its counts, by day or by whatever else is counted apart."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, func, select

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
    found: dict[str, Numbers] = {}
    for key, shown in _shown(transaction, site_id, wanted, part):
        found.setdefault(key, Numbers()).shown += shown
    part_column = getattr(ChoiceCount, part)
    kinds = (ChoiceCount.regime, ChoiceCount.action, ChoiceCount.method, ChoiceCount.choice)
    query = select(part_column, *kinds, func.sum(ChoiceCount.count)).where(*_conditions(ChoiceCount, site_id, wanted))
    # Summed up here, by kinds: told apart by the database it would compare texts for each row and sum.
    for key, regime, action, method, choice, count in transaction.execute(query.group_by(part_column, *kinds)):
        _add(found.setdefault(str(key), Numbers()), regime, action, method, choice, int(count), asks)
    return found


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


def _add(numbers: Numbers, regime: str, action: str, method: str, choice: str, count: int, asks: Asks) -> None:
    if method in SIGNALS:
        numbers.signals += count
    elif action in TAKEN_BACK:
        numbers.taken_back += count
    else:
        numbers.answers += count
        numbers.opted_out += count if action == "opt_out" else 0
        for letter, group in zip(choice, OPTIONAL, strict=True):
            if regime in asks[group]:
                numbers.groups[group].granted += count if letter == "1" else 0
                numbers.groups[group].refused += count if letter == "0" else 0


def _shown(transaction: Transaction, site_id: int, wanted: Wanted, part: str) -> Iterator[tuple[str, int]]:
    column = getattr(BannerCount, part)
    is_wanted = (*_conditions(BannerCount, site_id, wanted), BannerCount.event == SHOWN)
    for key, count in transaction.execute(
        select(column, func.sum(BannerCount.count)).where(*is_wanted).group_by(column)
    ):
        yield str(key), int(count)


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
