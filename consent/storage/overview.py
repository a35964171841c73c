"""Numbers of a site for people who look at it: banners shown and choices made, by day."""

from typing import NamedTuple

from sqlalchemy import ColumnElement, func, select

from consent.storage.base import Transaction
from consent.storage.filters import Filters, conditions
from consent.storage.marks import out_of_use
from consent.storage.models import BannerCount, Receipt
from consent.storage.statistic_models import SHOWN

DAY_S = 86400


class DayOfChoices(NamedTuple):
    """How many receipts a day has, and how many of them grant and refuse each optional group."""

    day: int
    receipts: int
    functional_granted: int
    functional_refused: int
    analytics_granted: int
    analytics_refused: int
    advertising_granted: int
    advertising_refused: int


def shown_by_day(transaction: Transaction, site_id: int, since: int) -> dict[int, int]:
    """Return how often the banner was shown on each day from the day `since` on (days since 1970-01-01 UTC)."""
    query = (
        select(BannerCount.day, func.sum(BannerCount.count))
        .where(
            BannerCount.site_id == site_id, BannerCount.span == 1, BannerCount.day >= since, BannerCount.event == SHOWN
        )
        .group_by(BannerCount.day)
        .order_by(BannerCount.day)
    )
    return {day: int(number) for day, number in transaction.execute(query)}


def choices_by_day(transaction: Transaction, site_id: int, since: int) -> list[DayOfChoices]:
    """Return the choices of each day that has some, from the day `since` on, oldest first; restricted ones do not count."""
    day = (Receipt.time // DAY_S).label("day")
    sums = [
        _count(column.is_(granted))
        for column in (Receipt.functional, Receipt.analytics, Receipt.advertising)
        for granted in (True, False)
    ]
    counted = conditions(site_id, Filters(since=since * DAY_S), out_of_use(transaction, site_id))
    query = select(day, func.count(), *sums).where(*counted).group_by(day).order_by(day)
    return [DayOfChoices(*map(int, row)) for row in transaction.execute(query)]


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count().filter(condition)
