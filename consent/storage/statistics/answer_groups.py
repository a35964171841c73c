"""Distinct choices of visitors with their counts, from the counters, so that a million receipts become few rows."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import func, select

from consent.storage.database.base import Transaction
from consent.storage.tables.statistics import ChoiceCount

WEEK = 7


class Answers(NamedTuple):
    """How many of a week's receipts for `config` from one place, under one regime, have the same letters.

    `choice` has a letter for each optional group: 1 granted, 0 refused, - not stated. `day` is the week's last day.
    """

    config: str
    country: str
    subdivision: str
    regime: str
    choice: str
    day: int
    number: int


def answers_since(transaction: Transaction, site_id: int, day: int) -> list[Answers]:
    """Return visitors' choices in weeks that start on or after `day` (days since 1970-01-01 UTC)."""
    kinds = [getattr(ChoiceCount, name) for name in Answers._fields[:5]]
    query = (
        select(*kinds, ChoiceCount.day, func.sum(ChoiceCount.count))
        .where(ChoiceCount.site_id == site_id, ChoiceCount.span == WEEK, ChoiceCount.day >= day)
        .where(ChoiceCount.is_bot.is_(False))
        .group_by(*kinds, ChoiceCount.day)
    )
    rows: Iterable[Any] = transaction.execute(query)
    return [
        Answers(config, country, part, regime, choice, first + WEEK - 1, int(count))
        for config, country, part, regime, choice, first, count in rows
    ]
