"""What runs after a choice: by groups, for the receipt that says what the choice came to."""

from functools import lru_cache

from consent.core.choice import parse_choice
from consent.core.decide import Signals, decide
from consent.core.groups import OPTIONAL
from consent.snapshots.compile import CompiledConfig


@lru_cache(4096)
def granted_groups(
    config: CompiledConfig,
    country: str | None,
    subdivision: str | None,
    day: int,
    signals: Signals,
    choice: str,
) -> frozenset[str]:
    """Return the groups that run after the choice of a cookie's value; most visitors choose the same."""
    decision = decide(config.resolved(country, subdivision, day), day, signals, parse_choice(choice))
    return frozenset(group for group in OPTIONAL if decision.groups[group]["granted"])
