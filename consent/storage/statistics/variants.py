"""Sums of the daily counts by banner variant: page views that showed it, and how visitors chose."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import func, select

from consent.storage.database.base import Transaction
from consent.storage.tables.statistics import OPENED, SHOWN, BannerCount, ChoiceCount, of_days

CLICKED = "click"
"""The method of a choice made by hand; signals and other methods aren't responses to a variant."""
ANSWERS = {"accept_all": "accepted", "reject_all": "rejected", "save": "saved"}
"""The count that each action adds to."""


class VariantCounts(NamedTuple):
    """Page views that showed a variant, those that opened its settings, and visitors' choices, all without bots."""

    shown: int = 0
    opened: int = 0
    accepted: int = 0
    rejected: int = 0
    saved: int = 0

    @property
    def answered(self) -> int:
        """Return how many made any choice."""
        return self.accepted + self.rejected + self.saved


def variant_counts(
    transaction: Transaction, site_id: int, configs: Sequence[str], first_day: int, last_day: int
) -> dict[str, VariantCounts]:
    """Return the counts of each variant of these `configs`, by id; days are since 1970-01-01 UTC, both included."""
    found: dict[str, VariantCounts] = {}
    for table, kind, names in (
        (BannerCount, BannerCount.event, {SHOWN: "shown", OPENED: "opened"}),
        (ChoiceCount, ChoiceCount.action, ANSWERS),
    ):
        query = (
            select(table.variant, kind, func.sum(table.count))
            .where(*of_days(table, site_id, 1, first_day, last_day))
            .where(table.config.in_(configs), kind.in_(names), table.is_bot.is_(False))
            .group_by(table.variant, kind)
        )
        if table is ChoiceCount:
            query = query.where(ChoiceCount.method == CLICKED)
        for variant, value, count in transaction.execute(query):
            known = found.get(variant, VariantCounts())
            found[variant] = known._replace(**{names[value]: int(count)})
    return found
