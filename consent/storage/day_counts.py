"""The receipts of a site by day in numbers, from the counts that are written with them."""

from collections import Counter
from typing import NamedTuple

from sqlalchemy import func, select

from consent.storage.base import Transaction
from consent.storage.choice_counts import DAY_S
from consent.storage.models import ChoiceCount
from consent.storage.partitions import month_of


class DayCount(NamedTuple):
    """How many receipts a day (days since 1970-01-01 UTC) brought that are alike in regime, action and choice.

    `of_bots` are those among them of programs that said so.
    """

    day: int
    regime: str
    action: str
    choice: str
    receipts: int
    of_bots: int


def by_day(transaction: Transaction, site_id: int, first: int, last: int) -> list[DayCount]:
    """Return the counts from the day `first` to `last`, oldest first."""
    columns = (ChoiceCount.day, ChoiceCount.regime, ChoiceCount.action, ChoiceCount.choice)
    mine = (ChoiceCount.site_id == site_id, ChoiceCount.span == 1, ChoiceCount.day.between(first, last))
    of_bots = func.coalesce(func.sum(ChoiceCount.count).filter(ChoiceCount.is_bot), 0)
    query = select(*columns, func.sum(ChoiceCount.count), of_bots).where(*mine).group_by(*columns).order_by(*columns)
    return [
        DayCount(day, regime, action, choice, int(number), int(bots))
        for day, regime, action, choice, number, bots in transaction.execute(query)
    ]


def by_month(transaction: Transaction, site_id: int) -> dict[int, int]:
    """Return how many receipts each month (as of `month_of`) brought, bots too."""
    mine = (ChoiceCount.site_id == site_id, ChoiceCount.span == 1)
    found: Counter[int] = Counter()
    for day, number in transaction.execute(
        select(ChoiceCount.day, func.sum(ChoiceCount.count)).where(*mine).group_by(ChoiceCount.day)
    ):
        found[month_of(day * DAY_S)] += int(number)
    return dict(found)
