"""The receipts of a site by day in numbers, from the counts that are written with them; and the banners shown."""

from typing import NamedTuple

from sqlalchemy import func, select

from consent.storage.base import Transaction
from consent.storage.models import ChoiceCount, ShownCount


class DayCount(NamedTuple):
    """How many receipts a day (days since 1970-01-01 UTC) brought that are alike in regime, action and choice."""

    day: int
    regime: str
    action: str
    choice: str
    receipts: int


class DayLoss(NamedTuple):
    """How many banners were shown on a day and how many receipts came of it; bots are not counted."""

    day: int
    shown: int
    receipts: int


def by_day(transaction: Transaction, site_id: int, first: int, last: int) -> list[DayCount]:
    """Return the counts from the day `first` to `last`, bots left out, oldest first."""
    columns = (ChoiceCount.day, ChoiceCount.regime, ChoiceCount.action, ChoiceCount.choice)
    mine = (ChoiceCount.site_id == site_id, ChoiceCount.day.between(first, last), ChoiceCount.is_bot.is_(False))
    query = select(*columns, func.sum(ChoiceCount.count)).where(*mine).group_by(*columns).order_by(*columns)
    return [
        DayCount(day, regime, action, choice, int(number))
        for day, regime, action, choice, number in transaction.execute(query)
    ]


def losses(transaction: Transaction, site_id: int, first: int, last: int) -> list[DayLoss]:
    """Return the banners shown and receipts kept of each day from `first` to `last`."""
    mine = (ShownCount.site_id == site_id, ShownCount.day.between(first, last))
    query = select(ShownCount.day, func.sum(ShownCount.count)).where(*mine).group_by(ShownCount.day)
    shown = {day: int(number) for day, number in transaction.execute(query)}
    receipts: dict[int, int] = {}
    for one in by_day(transaction, site_id, first, last):
        receipts[one.day] = receipts.get(one.day, 0) + one.receipts
    return [DayLoss(day, shown.get(day, 0), receipts.get(day, 0)) for day in sorted({*shown, *receipts})]
