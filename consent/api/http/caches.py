"""Caches of responses and their parts, one set per process."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from consent.api.http.brotli_worker import BrotliWorker
from consent.api.http.response import Answer
from consent.api.http.response_cache import CachedBody
from consent.runtime.bounded_cache import ENTRY_BYTES, BoundedCache, Usage

MAX_SCRIPT_BYTES = 40_000_000
MAX_ANSWER_BYTES = 24_000_000
MAX_DECISION_BYTES = 8_000_000
MAX_ACCOUNT_BYTES = 8_000_000
MAX_CHOICE_BYTES = 8_000_000
MAX_DECLARATION_BYTES = 8_000_000
CHOICE_BYTES = 4000
"""Approximate size of a `receipt_builder.SharedChoice` with its key."""


class DecidedJson(NamedTuple):
    """A decision as JSON, split at the choice's expiry date so that it fits a choice of any day.

    `is_granted` is whether a tag runs because the visitor granted it, which determines the date.
    """

    before: bytes
    after: bytes
    is_granted: bool


def _scripts() -> BoundedCache[CachedBody]:
    return BoundedCache(MAX_SCRIPT_BYTES, lambda ready: ready.weight)


def _answers() -> BoundedCache[Answer]:
    return BoundedCache(MAX_ANSWER_BYTES, lambda answer: ENTRY_BYTES + len(answer.body))


def _accounts() -> BoundedCache[Answer]:
    return BoundedCache(MAX_ACCOUNT_BYTES, lambda answer: ENTRY_BYTES + len(answer.body))


def _declarations() -> BoundedCache[Answer]:
    return BoundedCache(MAX_DECLARATION_BYTES, lambda answer: ENTRY_BYTES + len(answer.body))


def _decisions() -> BoundedCache[DecidedJson]:
    return BoundedCache(MAX_DECISION_BYTES, lambda decided: ENTRY_BYTES + len(decided.before) + len(decided.after))


def _choices() -> BoundedCache[Any]:
    return BoundedCache(MAX_CHOICE_BYTES, lambda _: CHOICE_BYTES)


@dataclass(slots=True)
class Caches:
    """Scripts, decisions, and data shared by visitors who saw and chose the same.

    `answers` holds complete decision responses, `accounts` those of signed-in visitors, `decisions` their JSON,
    `choices` holds `receipt_builder.SharedChoice`, `declarations` the pages of cookie declarations. `brotli_worker`
    recompresses the contents of `scripts` in its own thread.
    """

    scripts: BoundedCache[CachedBody] = field(default_factory=_scripts)
    answers: BoundedCache[Answer] = field(default_factory=_answers)
    accounts: BoundedCache[Answer] = field(default_factory=_accounts)
    decisions: BoundedCache[DecidedJson] = field(default_factory=_decisions)
    choices: BoundedCache[Any] = field(default_factory=_choices)
    declarations: BoundedCache[Answer] = field(default_factory=_declarations)
    brotli_worker: BrotliWorker = field(default_factory=BrotliWorker)

    def usage(self) -> dict[str, Usage]:
        """Return the usage of each cache by name."""
        return {
            "scripts": self.scripts.usage(),
            "answers": self.answers.usage(),
            "accounts": self.accounts.usage(),
            "decisions": self.decisions.usage(),
            "choices": self.choices.usage(),
            "declarations": self.declarations.usage(),
        }
