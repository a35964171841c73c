"""When counts of page views prove that a vendor runs where it may not, and what of them may be told."""

from typing import NamedTuple

from consent.storage.database.base import Transaction
from consent.storage.statistics import enforcement

MIN_VIEWS = 20
"""Of fewer page views nothing is told: neither how many there were, nor how many asked something."""
MIN_SHARE = 0.001
"""Of the page views of one state. Below it are extensions of browsers, pages from a cache, and made-up reports."""


class Leaking(NamedTuple):
    """A vendor that page views asked although it may not run: in how many, by state, and whether on the own host."""

    vendor: str
    views: int
    by_state: dict[str, int]
    is_own: bool


def leaking_vendors(transaction: Transaction, site_id: int, first_day: int, last_day: int) -> list[Leaking]:
    """Return the vendors that were asked in at least 20 page views of these days, and in 1 of 1,000 of a state's.

    Days are counted since 1970-01-01 UTC, both included; those with most page views come first.
    """
    sampled: dict[str, int] = {}
    for (_, state), count in enforcement.views_by_day(transaction, site_id, first_day, last_day).items():
        sampled[state] = sampled.get(state, 0) + count.views
    by_vendor: dict[str, dict[str, int]] = {}
    own = set()
    for (vendor, state, is_own), views in enforcement.asked_vendors(transaction, site_id, first_day, last_day).items():
        states = by_vendor.setdefault(vendor, {})
        states[state] = states.get(state, 0) + views
        if is_own:
            own.add(vendor)
    found = [
        Leaking(vendor, sum(states.values()), states, vendor in own)
        for vendor, states in by_vendor.items()
        if sum(states.values()) >= MIN_VIEWS
        and any(_is_share(views, sampled.get(state, 0)) for state, views in states.items())
    ]
    return sorted(found, key=lambda one: (-one.views, one.vendor))


def _is_share(views: int, sampled: int) -> bool:
    return views >= max(sampled, 1) * MIN_SHARE


def shown_count(views: int) -> int | None:
    """Return a count as it may be told: 0, or at least 20; None stands for fewer than 20."""
    return views if views == 0 or views >= MIN_VIEWS else None
