"""Detect vendors that run where they may not, from page view counts, and suppress small counts."""

from typing import NamedTuple

from consent.storage.database.base import Transaction
from consent.storage.statistics import enforcement

MIN_VIEWS = 20
"""Smaller counts are never disclosed, whether of page views or of those that contacted a vendor."""
MIN_SHARE = 0.001
"""Minimum share of one state's page views; less can come from browser extensions, cached pages or forged reports."""


class LeakingVendor(NamedTuple):
    """A vendor contacted although it may not run: page views, also by state, and whether via the site's own host."""

    vendor: str
    views: int
    by_state: dict[str, int]
    is_own: bool


def leaking_vendors(transaction: Transaction, site_id: int, first_day: int, last_day: int) -> list[LeakingVendor]:
    """Return the vendors contacted in at least 20 page views of these days and in 1 in 1,000 page views of some state.

    Both days are inclusive and counted since 1970-01-01 UTC. Vendors with the most page views come first.
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
        LeakingVendor(vendor, sum(states.values()), states, vendor in own)
        for vendor, states in by_vendor.items()
        if sum(states.values()) >= MIN_VIEWS
        and any(_is_share(views, sampled.get(state, 0)) for state, views in states.items())
    ]
    return sorted(found, key=lambda one: (-one.views, one.vendor))


def _is_share(views: int, sampled: int) -> bool:
    return views >= max(sampled, 1) * MIN_SHARE


def disclosable_count(views: int) -> int | None:
    """Return the count if it may be disclosed (0, or at least 20), else None."""
    return views if views == 0 or views >= MIN_VIEWS else None
