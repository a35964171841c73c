"""The pages on which a draft's banner is tried in a real browser before it is published."""

import time
from typing import NamedTuple

from consent.core.decide import Signals
from consent.core.rules import Place
from consent.snapshots.compile import CompiledConfig, day_of_time
from consent.snapshots.frame import frame
from consent.snapshots.preview import meet
from consent.storage.base import Transaction

VISITORS = (
    ("Germany, first layer", Place("DE", None, "token"), Signals(), 1),
    ("Germany, settings", Place("DE", None, "token"), Signals(), 2),
    ("Texas", Place("US", "TX", "token"), Signals(), 1),
    ("California with Global Privacy Control", Place("US", "CA", "token"), Signals(gpc=True), 1),
)


class TrialPage(NamedTuple):
    """One page: whom it is for, HTML and the policy that it is sent with, and whether its banner asks."""

    name: str
    page: str
    policy: str
    asks: bool


def trial_pages(transaction: Transaction, config: CompiledConfig, build: bytes) -> list[TrialPage]:
    """Return what some very different visitors would meet."""
    now = int(time.time())
    pages = []
    for name, place, signals, layer in VISITORS:
        met = meet(config, place, signals, config.default_language, day_of_time(now), "", "/")
        drawn = frame(transaction, met.showing, build, now, layer=layer)
        pages.append(TrialPage(name, drawn.page, drawn.policy, met.decision.show == "ask"))
    return pages
