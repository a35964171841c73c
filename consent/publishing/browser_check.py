"""Browser check before a publish, for a draft's banner or for layers drawn by a page: what to test, and the results."""

import json
import threading
import time
from collections.abc import Callable
from typing import NamedTuple

from consent.core.decide import Signals
from consent.core.rules import Place
from consent.core.translatable import translatable
from consent.publishing.preview import simulate_visit
from consent.runtime.banner_frame import frame, without_tags
from consent.runtime.compiled_config import CompiledConfig, day_of_time
from consent.runtime.script_payload import pinned_facts
from consent.runtime.vendor_details import vendor_facts
from consent.storage.database.base import Transaction

REMEMBERED = 64
PAGE_SECONDS = 600.0
VISITORS = (
    ("Germany, first layer", Place("DE", None, "token"), Signals(), 1),
    ("Germany, settings", Place("DE", None, "token"), Signals(), 2),
    ("Texas", Place("US", "TX", "token"), Signals(), 1),
    ("California with Global Privacy Control", Place("US", "CA", "token"), Signals(gpc=True), 1),
)


class BrowserCheckPage(NamedTuple):
    """One page: the visitor it is for, its HTML and CSP, and whether its banner asks."""

    name: str
    page: str
    policy: str
    has_banner: bool


def browser_check_pages(transaction: Transaction, config: CompiledConfig, build: bytes) -> list[BrowserCheckPage]:
    """Return what some very different visitors would see, in each variant if there is an experiment."""
    now = int(time.time())
    pages = []
    for variant in config.variants or (config,):
        suffix = f", variant {variant.variant.upper()}" if config.variants else ""
        for name, place, signals, layer in VISITORS:
            result = simulate_visit(variant, place, signals, config.default_language, day_of_time(now), "", "/")
            drawn = frame(transaction, result.showing, build, now, layer=layer)
            pages.append(BrowserCheckPage(f"{name}{suffix}", drawn.page, drawn.policy, result.decision.show == "ask"))
    return pages


LAYER_VISITORS = (
    ("Germany", Place("DE", None, "token"), Signals()),
    ("Texas", Place("US", "TX", "token"), Signals()),
    ("California with Global Privacy Control", Place("US", "CA", "token"), Signals(gpc=True)),
)


class LayerVisitor(NamedTuple):
    """One visitor: the draft's response as JSON, which layer it calls for, and the text shown for an honored opt-out."""

    name: str
    decision: str
    show: str
    status: str
    has_gpc: bool


class OwnLayerCheck(NamedTuple):
    """A page to open as each of `visitors`; `script` is the draft's code, `vendors` the second layer's data as JSON."""

    url: str
    hosts: list[str]
    site: str
    script: str
    vendors: str
    visitors: list[LayerVisitor]


CheckLayer = Callable[[OwnLayerCheck], list[str]]


def own_layer_check(config: CompiledConfig, build: bytes) -> OwnLayerCheck:
    """Return the check for a config whose pages draw their layers, with the code `build`. Raises KeyError otherwise."""
    language, now = config.default_language, time.time()
    visitors = []
    for name, place, signals in LAYER_VISITORS:
        result = simulate_visit(config, place, signals, language, day_of_time(now), "", "/")
        facts = without_tags(pinned_facts(result.showing, token="")) | {"later": ""}
        decision = result.decision
        status = config.texts(language)["status"] if decision.status else ""
        visitors.append(LayerVisitor(name, json.dumps({"banner": facts}), decision.show, status, signals.gpc))
    vendors = [vendor_facts(config, vendor, language) for vendor in config.document["vendors"]]
    return OwnLayerCheck(
        config.overrides["headless"]["page"],
        config.document["hosts"],
        config.site,
        build.decode(),
        json.dumps({"vendors": vendors}),
        visitors,
    )


TryPages = Callable[[list[BrowserCheckPage]], list[str] | None]


class BrowserChecks:
    """Tests drafts with `try_pages`, which returns a sentence for each problem, or None if no browser started.

    `try_layer` does the same for the page of a site that draws its own layers, and reports it as a problem if no
    browser started. Without `try_pages`, nothing is tested. Results are cached by the name of the config that the draft
    would become, so that a check inside a transaction only needs a lookup; the result for a page, which may change, is
    valid for `PAGE_SECONDS`.
    """

    def __init__(self, try_pages: TryPages | None = None, try_layer: CheckLayer | None = None) -> None:
        self._try_pages, self._try_layer = try_pages, try_layer
        self._results: dict[str, list[str]] = {}
        self._seen: dict[str, float] = {}
        self._lock = threading.Lock()

    @property
    def are_possible(self) -> bool:
        """Return whether drafts are tested here at all."""
        return self._try_pages is not None

    def run(self, transaction: Transaction, config: CompiledConfig, build: bytes) -> list[str] | None:
        """Return the problems of the banner of `config`, testing it if necessary; None if it couldn't be tested."""
        if self._try_pages is None:
            return None
        # A user who publishes while the draft is being tested waits for that test instead of starting another.
        with self._lock:
            if config.name not in self._results or self._is_stale(config):
                problems = self._try_pages(browser_check_pages(transaction, config, build))
                if config.is_headless and not problems:
                    problems = self._layer_problems(config, build)
                if problems is None:
                    return None
                while len(self._results) >= REMEMBERED:
                    self._seen.pop(oldest := next(iter(self._results)), None)
                    self._results.pop(oldest)
                self._results[config.name], self._seen[config.name] = problems, time.monotonic()
            return self._results[config.name]

    def _is_stale(self, config: CompiledConfig) -> bool:
        """Return whether the result is for a page that failed, or that may have changed since."""
        if not config.is_headless:
            return False
        return bool(self._results[config.name]) or time.monotonic() - self._seen[config.name] > PAGE_SECONDS

    def _layer_problems(self, config: CompiledConfig, build: bytes) -> list[str]:
        """Return the problems of the page's layers; nothing is published that no browser has tested."""
        if self._try_layer is None:
            return [translatable("no browser could open the page here")]
        return self._try_layer(own_layer_check(config, build))

    def forget_failed_page(self, config: CompiledConfig) -> None:
        """Forget the result for a page that failed, because it may have been repaired."""
        if config.is_headless and self.errors(config):
            self._results.pop(config.name, None)

    def errors(self, config: CompiledConfig) -> list[str]:
        """Return the problems found by the check of `config`; empty if it wasn't or couldn't be run."""
        return self._results.get(config.name, [])


UNCHECKED = BrowserChecks()
