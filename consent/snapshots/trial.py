"""A draft's banner tried in a real browser before it is published: on which pages, and what came of it."""

import threading
import time
from collections.abc import Callable
from typing import NamedTuple

from consent.core.decide import Signals
from consent.core.rules import Place
from consent.snapshots.compile import CompiledConfig, day_of_time
from consent.snapshots.frame import frame
from consent.snapshots.preview import meet
from consent.storage.base import Transaction

REMEMBERED = 64
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


TryPages = Callable[[list[TrialPage]], list[str] | None]


class Trials:
    """Tries drafts by `try_pages`, which returns a sentence for each fault, or None where no browser started.

    Without `try_pages` nothing is tried. What came of a trial is remembered by the name of the config that the draft would
    become, so that a check within a transaction only has to look.
    """

    def __init__(self, try_pages: TryPages | None = None) -> None:
        self._try_pages = try_pages
        self._found: dict[str, list[str]] = {}
        self._one = threading.Lock()

    @property
    def are_possible(self) -> bool:
        """Tell whether drafts are tried here at all."""
        return self._try_pages is not None

    def run(self, transaction: Transaction, config: CompiledConfig, build: bytes) -> list[str] | None:
        """Return what the banner of `config` throws, trying it where it was not tried yet; None where it could not be."""
        if self._try_pages is None:
            return None
        # Who presses *Publish* while the page has the draft tried waits for that trial in place of a second one.
        with self._one:
            if config.name not in self._found:
                found = self._try_pages(trial_pages(transaction, config, build))
                if found is None:
                    return None
                while len(self._found) >= REMEMBERED:
                    self._found.pop(next(iter(self._found)), None)
                self._found[config.name] = found
            return self._found[config.name]

    def faults(self, config: CompiledConfig) -> list[str]:
        """Return what a trial of `config` found; nothing where it was not, or could not be, tried."""
        return self._found.get(config.name, [])


UNTRIED = Trials()
