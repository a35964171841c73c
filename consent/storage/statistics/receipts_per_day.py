"""Counts of a site's receipts per day and month, from the counters."""

from collections import Counter
from typing import NamedTuple

from sqlalchemy import func, select

from consent.core.days import DAY_SECONDS
from consent.storage.database.base import Transaction
from consent.storage.database.partitions import month_of
from consent.storage.tables.statistics import ChoiceCount


class DayCount(NamedTuple):
    """How many receipts of a day (days since 1970-01-01 UTC) have the same regime, action and choice.

    `of_bots` counts those from declared bots.
    """

    day: int
    regime: str
    action: str
    choice: str
    receipts: int
    of_bots: int


def by_day(transaction: Transaction, site_id: int, first: int, last: int) -> list[DayCount]:
    """Return the counts from day `first` through `last`, oldest first."""
    columns = (ChoiceCount.day, ChoiceCount.regime, ChoiceCount.action, ChoiceCount.choice)
    matching = (ChoiceCount.site_id == site_id, ChoiceCount.span == 1, ChoiceCount.day.between(first, last))
    of_bots = func.coalesce(func.sum(ChoiceCount.count).filter(ChoiceCount.is_bot), 0)
    query = (
        select(*columns, func.sum(ChoiceCount.count), of_bots).where(*matching).group_by(*columns).order_by(*columns)
    )
    return [
        DayCount(day, regime, action, choice, int(number), int(bots))
        for day, regime, action, choice, number, bots in transaction.execute(query)
    ]


def has_any(transaction: Transaction, site_id: int) -> bool:
    """Return whether the site has ever recorded a receipt."""
    query = select(ChoiceCount.site_id).where(ChoiceCount.site_id == site_id, ChoiceCount.span == 1).limit(1)
    return transaction.execute(query).first() is not None


def by_month(transaction: Transaction, site_id: int) -> dict[int, int]:
    """Return the number of receipts in each month (as of `month_of`), including bots."""
    matching = (ChoiceCount.site_id == site_id, ChoiceCount.span == 1)
    months: Counter[int] = Counter()
    for day, number in transaction.execute(
        select(ChoiceCount.day, func.sum(ChoiceCount.count)).where(*matching).group_by(ChoiceCount.day)
    ):
        months[month_of(day * DAY_SECONDS)] += int(number)
    return dict(months)
