"""Browser check of a draft's banner before publish: the pages to test, and the results."""

import threading
import time
from collections.abc import Callable
from typing import NamedTuple

from consent.core.decide import Signals
from consent.core.rules import Place
from consent.publishing.preview import simulate_visit
from consent.runtime.banner_frame import frame
from consent.runtime.compiled_config import CompiledConfig, day_of_time
from consent.storage.database.base import Transaction

REMEMBERED = 64
VISITORS = (
    ("Germany, first layer", Place("DE", None, "token"), Signals(), 1),
    ("Germany, settings", Place("DE", None, "token"), Signals(), 2),
    ("Texas", Place("US", "TX", "token"), Signals(), 1),
    ("California with Global Privacy Control", Place("US", "CA", "token"), Signals(gpc=True), 1),
)


class BrowserCheckPage(NamedTuple):
    """One page: whom it is for, HTML and the policy that it is sent with, and whether its banner asks."""

    name: str
    page: str
    policy: str
    has_banner: bool


def browser_check_pages(transaction: Transaction, config: CompiledConfig, build: bytes) -> list[BrowserCheckPage]:
    """Return what some very different visitors would meet, of an experiment with each of its variants."""
    now = int(time.time())
    pages = []
    for variant in config.variants or (config,):
        behind = f", variant {variant.variant.upper()}" if config.variants else ""
        for name, place, signals, layer in VISITORS:
            result = simulate_visit(variant, place, signals, config.default_language, day_of_time(now), "", "/")
            drawn = frame(transaction, result.showing, build, now, layer=layer)
            pages.append(BrowserCheckPage(f"{name}{behind}", drawn.page, drawn.policy, result.decision.show == "ask"))
    return pages


TryPages = Callable[[list[BrowserCheckPage]], list[str] | None]


class BrowserChecks:
    """Tries drafts by `try_pages`, which returns a sentence for each fault, or None where no browser started.

    Without `try_pages` nothing is tried. The result is cached by the name of the config that the draft would
    become, so that a check within a transaction only has to look.
    """

    def __init__(self, try_pages: TryPages | None = None) -> None:
        self._try_pages = try_pages
        self._results: dict[str, list[str]] = {}
        self._one = threading.Lock()

    @property
    def are_possible(self) -> bool:
        """Return whether drafts are tried here at all."""
        return self._try_pages is not None

    def run(self, transaction: Transaction, config: CompiledConfig, build: bytes) -> list[str] | None:
        """Return what the banner of `config` throws, trying it where it was not tried yet; None where it could not be."""
        if self._try_pages is None:
            return None
        # Who presses *Publish* while the page has the draft tried waits for that check in place of a second one.
        with self._one:
            if config.name not in self._results:
                problems = self._try_pages(browser_check_pages(transaction, config, build))
                if problems is None:
                    return None
                while len(self._results) >= REMEMBERED:
                    self._results.pop(next(iter(self._results)), None)
                self._results[config.name] = problems
            return self._results[config.name]

    def errors(self, config: CompiledConfig) -> list[str]:
        """Return the errors that the check of `config` has thrown; nothing where it was not, or could not be, run."""
        return self._results.get(config.name, [])


UNCHECKED = BrowserChecks()
