"""Delivery health: events reported by browsers against stored receipts, by day, to reveal silent data loss."""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields

from sqlalchemy import func, select, true

from consent.storage.database.base import Transaction
from consent.storage.tables.statistics import (
    CHOSEN,
    OLD_TOOL,
    SHOWN,
    UNREADABLE,
    BannerCount,
    ChoiceCount,
    RefusalCount,
    of_days,
    start_of,
)

AGAIN = ("rate_limited", "unavailable")
"""Codes after which the browser keeps the choice and sends it again."""
BETWEEN = ":"
"""Separates a page's report from the former consent tool in it; no response code contains it."""


@dataclass(slots=True)
class Losses:
    """Banners and choices that browsers reported, stored receipts by how they arrived, and rejected choices.

    `kept` counts all receipts: those that arrived at once (`prompt`), those that waited in the browser (`late`), and
    others, from servers, the visitor's own page, or before this was counted. `refused` choices won't be sent again,
    `postponed` tries are repeated by browsers; `codes` has both by response code.
    """

    shown: int = 0
    chosen: int = 0
    kept: int = 0
    prompt: int = 0
    late: int = 0
    refused: int = 0
    postponed: int = 0
    codes: dict[str, int] = field(default_factory=dict)

    @property
    def missing(self) -> int:
        """Return how many choices browsers reported whose receipts haven't arrived."""
        return max(self.chosen - self.prompt - self.late, 0)

    @property
    def rate(self) -> float:
        """Return missing choices as a share of all choices, 0 to 1."""
        return self.missing / self.chosen if self.chosen else 0.0

    def add(self, other: "Losses") -> None:
        """Add the numbers of another day."""
        for one in fields(self):
            if one.name != "codes":
                setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))
        for code, count in other.codes.items():
            self.codes[code] = self.codes.get(code, 0) + count

    def facts(self) -> dict[str, object]:
        """Return all numbers in machine-readable form."""
        return {one.name: getattr(self, one.name) for one in fields(self)} | {
            "missing": self.missing,
            "loss_rate": round(self.rate, 6),
        }


def losses_by_day(
    transaction: Transaction, site_id: int, first_day: int, last_day: int, span: int = 1
) -> dict[int, Losses]:
    """Return the numbers of each day or week that has any, by its first day (days since 1970-01-01 UTC).

    `first_day` and `last_day` are included; `span` is one of `SPANS`; if 7, they are a Monday and a Sunday.
    """
    days: dict[int, Losses] = {}
    for day, name, count in _reported(transaction, site_id, first_day, last_day, span):
        one = days.setdefault(day, Losses())
        setattr(one, name, getattr(one, name) + count)
    for day, code, count in _refused(transaction, site_id, first_day, last_day):
        one = days.setdefault(start_of(day, span), Losses())
        one.codes[code] = one.codes.get(code, 0) + count
        one.postponed += count if code in AGAIN else 0
        one.refused += 0 if code in AGAIN else count
    return dict(sorted(days.items()))


def losses(transaction: Transaction, site_id: int, first_day: int, last_day: int) -> Losses:
    """Return a site's numbers for a period, both days included."""
    return summed(losses_by_day(transaction, site_id, first_day, last_day).values())


def summed(parts: Iterable[Losses]) -> Losses:
    """Return the sum of days."""
    whole = Losses()
    for one in parts:
        whole.add(one)
    return whole


def _reported(
    transaction: Transaction, site_id: int, first_day: int, last_day: int, span: int
) -> Iterable[tuple[int, str, int]]:
    """Yield day, name of the number and amount to add."""
    arrivals = {name: ChoiceCount.arrival == name for name in ("prompt", "late")}
    events = {name: BannerCount.event == name for name in (SHOWN, CHOSEN)}
    for table, conditions in ((BannerCount, events), (ChoiceCount, {"kept": true(), **arrivals})):
        matching = of_days(table, site_id, span, first_day, last_day)
        # Grouped by day only, the table's order: with the conditions in the sums, nothing has to be sorted.
        sums = (func.coalesce(func.sum(table.count).filter(one), 0) for one in conditions.values())
        for day, *counts in transaction.execute(select(table.day, *sums).where(*matching).group_by(table.day)):
            yield from ((day, name, int(count)) for name, count in zip(conditions, counts, strict=True))


def _refused(transaction: Transaction, site_id: int, first_day: int, last_day: int) -> Iterable[tuple[int, str, int]]:
    columns = (RefusalCount.day, RefusalCount.code, RefusalCount.count)
    query = select(*columns).where(RefusalCount.site_id == site_id, RefusalCount.day.between(first_day, last_day))
    for day, code, count in transaction.execute(query.where(~RefusalCount.code.contains(BETWEEN))):
        yield day, code, int(count)


def unreadable_code(tool: str) -> str:
    """Return the code for counting unreadable values of a former consent `tool`."""
    return f"{UNREADABLE}{BETWEEN}{tool}"


def old_tool_code(tool: str) -> str:
    """Return the code for counting page views in which a former consent `tool` ran."""
    return f"{OLD_TOOL}{BETWEEN}{tool}"


def unreadable_values(transaction: Transaction, site_id: int, first_day: int, last_day: int) -> dict[str, int]:
    """Return the number of page views with an unreadable value, by former consent tool, both days included."""
    return _by_tool(transaction, site_id, first_day, last_day, unreadable_code(""))


def views_with_former_tool(transaction: Transaction, site_id: int, first_day: int, last_day: int) -> dict[str, int]:
    """Return the number of page views in which a former consent tool ran, by tool, both days included."""
    return _by_tool(transaction, site_id, first_day, last_day, old_tool_code(""))


def _by_tool(transaction: Transaction, site_id: int, first_day: int, last_day: int, prefix: str) -> dict[str, int]:
    columns = RefusalCount.code, func.sum(RefusalCount.count)
    of_site = RefusalCount.site_id == site_id, RefusalCount.day.between(first_day, last_day)
    query = select(*columns).where(*of_site, RefusalCount.code.startswith(prefix, autoescape=True))
    rows = transaction.execute(query.group_by(RefusalCount.code).order_by(RefusalCount.code))
    return {code.removeprefix(prefix): int(count) for code, count in rows}
