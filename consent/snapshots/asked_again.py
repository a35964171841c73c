"""How many visitors a publish would ask once more, where, and for which groups: the decision itself, over what was answered.

An answer counts where the decision under the live config asks nothing of its visitor, and the decision under the new one
does. Visitors are known by their receipts alone, which name nobody: who has answered twice is counted twice, and who has
deleted the cookie since is counted too.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from consent.core.choice import Choice
from consent.core.days import add_months
from consent.core.decide import Signals, decide
from consent.core.groups import OPTIONAL
from consent.snapshots.compile import CompiledConfig
from consent.storage.answers import Answers

WINDOW_DAYS = 400
"""Older answers count no longer: no grant lives longer than 13 months."""
REOPENED = ("not_covered", "stricter_place")
VALUES = {"1": True, "0": False, "-": None}
KeysOf = dict[str, dict[str, str]]
"""By config: the first 8 hex digits of each optional group's purpose key, as cookies carry them."""


@dataclass
class AskedAgain:
    """How many answers still count, and how many of them are asked again: by country, and by the groups asked for."""

    counting: int = 0
    by_country: Counter[str] = field(default_factory=Counter)
    by_groups: Counter[tuple[str, ...]] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        """Return how many answers are asked again."""
        return self.by_groups.total()


class _Kind(NamedTuple):
    """What the decision on an answer depends on."""

    country: str
    subdivision: str
    regime: str
    choice: str
    keys: tuple[str, ...]


def keys_of(document: dict[str, Any]) -> dict[str, str]:
    """Return what the cookie of an answer to the config `document` names."""
    return {group: document["purpose_keys"][group][0]["key"][:8] for group in OPTIONAL}


def count_asked_again(
    answers: Iterable[Answers], keys: KeysOf, live: CompiledConfig, new: CompiledConfig, day: int
) -> AskedAgain:
    """Return whom a publish of `new` in place of `live` would ask again on `day`, of those who gave `answers`.

    `keys` has the keys of each config that was answered; answers to others are left out.
    """
    found = AskedAgain()
    reopened: dict[_Kind, tuple[str, ...]] = {}
    for answer in answers:
        if answer.config not in keys or not _still_counts(answer, live, day):
            continue
        found.counting += answer.number
        kind = _Kind(*answer[1:5], tuple(keys[answer.config].values()))
        if kind not in reopened:
            reopened[kind] = _reopened(kind, live, new, day)
        if groups := reopened[kind]:
            found.by_groups[groups] += answer.number
            found.by_country[answer.country] += answer.number
    return found


def _still_counts(answer: Answers, live: CompiledConfig, day: int) -> bool:
    """Tell whether a grant of that day lives on; a refusal is never asked again before a grant would be."""
    resolved = live.resolved(answer.country or None, answer.subdivision or None, day)
    return day < add_months(answer.day, resolved["life"])


def _reopened(kind: _Kind, live: CompiledConfig, new: CompiledConfig, day: int) -> tuple[str, ...]:
    """Return for which groups the new config asks somebody whom the live one leaves alone."""
    if "1" not in kind.choice:
        return ()
    before, after = (config.resolved(kind.country or None, kind.subdivision or None, day) for config in (live, new))
    if before == after:
        return ()
    before, after = on_every_page(before), on_every_page(after)
    choice = _choice(kind, before, day)
    if decide(before, day, Signals(), choice).show == "ask":
        return ()
    decision = decide(after, day, Signals(), choice)
    asked = {tag["group"] for tag in decision.tags if tag["reason"] in REOPENED and choice.groups.get(tag["group"])}
    return tuple(group for group in OPTIONAL if group in asked) if decision.show == "ask" else ()


def on_every_page(resolved: dict[str, Any]) -> dict[str, Any]:
    """Return `resolved` without the pages that tags are limited to: sooner or later their visitors come to one."""
    return resolved | {"tags": [tag | {"only": [], "except": [], "bound": False} for tag in resolved["tags"]]}


def _choice(kind: _Kind, resolved: dict[str, Any], day: int) -> Choice:
    """Return the choice that the cookie of such an answer holds, as if it was given yesterday."""
    return Choice(
        day=day - 1,
        regime=kind.regime,
        groups={group: VALUES[letter] for group, letter in zip(OPTIONAL, kind.choice, strict=True)},
        keys=dict(zip(OPTIONAL, kind.keys, strict=True)),
        letters=resolved["letters"] if resolved["regime"] == kind.regime else "",
    )
