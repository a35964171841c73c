"""Caches of responses and their parts, one set in a process."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from consent.api.http.brotli_worker import BrotliWorker
from consent.api.http.response import Answer
from consent.api.http.response_cache import Ready
from consent.runtime.bounded_cache import ENTRY_BYTES, BoundedCache, Usage

MAX_SCRIPT_BYTES = 40_000_000
MAX_ANSWER_BYTES = 24_000_000
MAX_DECISION_BYTES = 8_000_000
MAX_ACCOUNT_BYTES = 8_000_000
MAX_CHOICE_BYTES = 8_000_000
MAX_DECLARATION_BYTES = 8_000_000
CHOICE_BYTES = 4000
"""About what `receipt_builder.SharedChoice` takes with its key."""


class DecidedJson(NamedTuple):
    """A decision as JSON, before and behind the date on which the choice expires, so that it fits a choice of any day.

    `is_granted` is whether a tag runs because the visitor granted it, by which the date goes.
    """

    before: bytes
    after: bytes
    is_granted: bool


def _scripts() -> BoundedCache[Ready]:
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
    """Scripts, decisions, and what visitors share who were shown and chose the same.

    `answers` has whole decisions as they are sent, `accounts` those of signed-in visitors, `decisions` their JSON, `choices`
    has `receipt_builder.SharedChoice`, `declarations` the pages of cookie declarations.
    `brotli_worker` compresses again, in its own thread, what `scripts` holds.
    """

    scripts: BoundedCache[Ready] = field(default_factory=_scripts)
    answers: BoundedCache[Answer] = field(default_factory=_answers)
    accounts: BoundedCache[Answer] = field(default_factory=_accounts)
    decisions: BoundedCache[DecidedJson] = field(default_factory=_decisions)
    choices: BoundedCache[Any] = field(default_factory=_choices)
    declarations: BoundedCache[Answer] = field(default_factory=_declarations)
    brotli_worker: BrotliWorker = field(default_factory=BrotliWorker)

    def usage(self) -> dict[str, Usage]:
        """Return what each cache was good for, by name."""
        return {
            "scripts": self.scripts.usage(),
            "answers": self.answers.usage(),
            "accounts": self.accounts.usage(),
            "decisions": self.decisions.usage(),
            "choices": self.choices.usage(),
            "declarations": self.declarations.usage(),
        }
