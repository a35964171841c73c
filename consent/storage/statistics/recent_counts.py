"""Counts of the latest days for all sites in one statement, for checks that run every minute."""

from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, ScalarSelect, func, select

from consent.storage.database.base import Transaction
from consent.storage.tables.sites import Site
from consent.storage.tables.statistics import CHOSEN, SHOWN, BannerCount, ChoiceCount


class RecentCounts(NamedTuple):
    """Choices reported by browsers, receipts that arrived, and banners shown with a known and an unknown country."""

    chosen: int
    arrived: int
    known: int
    unknown: int

    @property
    def missing(self) -> int:
        """Return how many choices browsers reported whose receipts haven't arrived."""
        return max(self.chosen - self.arrived, 0)

    @property
    def shown(self) -> int:
        """Return how many banners were shown."""
        return self.known + self.unknown


def recent_counts(transaction: Transaction, first_day: int, last_day: int) -> dict[int, RecentCounts]:
    """Return the counts of each site that has any, by site id; days are since 1970-01-01 UTC, both included."""

    def counted(table: type[BannerCount] | type[ChoiceCount], *conditions: ColumnElement[bool]) -> ScalarSelect[Any]:
        of_site = (table.site_id == Site.id, table.span == 1, table.day.between(first_day, last_day))
        return select(func.coalesce(func.sum(table.count), 0)).where(*of_site, *conditions).scalar_subquery()

    is_shown = BannerCount.event == SHOWN
    columns = (
        counted(BannerCount, BannerCount.event == CHOSEN),
        counted(ChoiceCount, ChoiceCount.arrival.in_(("prompt", "late"))),
        counted(BannerCount, is_shown, BannerCount.country != ""),
        counted(BannerCount, is_shown, BannerCount.country == ""),
    )
    rows = transaction.execute(select(Site.id, *columns))
    return {site_id: RecentCounts(*map(int, counts)) for site_id, *counts in rows if any(counts)}
