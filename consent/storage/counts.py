"""How often banners were shown, in numbers without anybody in them."""

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import select, text

from consent.storage.base import Transaction
from consent.storage.models import ShownCount


class Shown(NamedTuple):
    """What one count is of; `day` is days since 1970-01-01 UTC."""

    site_id: int
    day: int
    regime: str
    language: str
    variant: str
    config: str


_ADD = text(
    "INSERT INTO shown_count (site_id, day, regime, language, variant, config, count)"
    " VALUES (:site_id, :day, :regime, :language, :variant, :config, :count)"
    " ON CONFLICT (site_id, day, regime, language, variant, config)"
    " DO UPDATE SET count = shown_count.count + excluded.count"
)


def add_shown(transaction: Transaction, counts: Mapping[Shown, int]) -> None:
    """Add `counts` to what is there. A node gathers them in memory and hands them over every few seconds."""
    # Sorted, so that two nodes which add the same ones wait for each other in line and not in a circle.
    rows = [{**shown._asdict(), "count": number} for shown, number in sorted(counts.items())]
    if rows:
        transaction.execute(_ADD, rows)


def shown(transaction: Transaction, site_id: int, first_day: int, last_day: int) -> dict[Shown, int]:
    """Return the counts of the site from `first_day` to `last_day`, both included."""
    columns = [getattr(ShownCount, name) for name in Shown._fields]
    query = select(*columns, ShownCount.count).where(
        ShownCount.site_id == site_id, ShownCount.day.between(first_day, last_day)
    )
    return {Shown(*row[:-1]): row[-1] for row in transaction.execute(query)}
