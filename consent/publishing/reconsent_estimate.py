"""Estimate how many visitors a publish would ask again, where, and for which groups.

The decision itself runs over the recorded answers. An answer counts if the decision under the live config would not
prompt its visitor and the decision under the new one would. Visitors are known only from their receipts, which don't
identify anyone: a visitor who answered twice counts twice, and one who has since deleted the cookie counts too.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from consent.core.choice import Choice
from consent.core.days import add_months
from consent.core.decide import Signals, decide
from consent.core.documents.config import Config
from consent.core.documents.resolved import Resolved
from consent.core.groups import OPTIONAL
from consent.core.resolve import on_any_page
from consent.core.rules import Place
from consent.publishing.preview import with_tcf
from consent.runtime.compiled_config import CompiledConfig
from consent.storage.statistics.answer_groups import Answers

WINDOW_DAYS = 400
"""Older answers no longer count: no grant lives longer than 13 months."""
REOPENED = ("not_covered", "stricter_place")
NEVER_ASKED = "opt_in_not_given"
"""The reason of a group that had no tag when the visitor answered."""
VALUES = {"1": True, "0": False, "-": None}
KeysOf = dict[str, dict[str, str]]
"""By config: the first 8 hex digits of each optional group's purpose key, as cookies have them."""


@dataclass
class ReconsentEstimate:
    """How many answers are unaffected, and how many visitors are asked again: by country, and by the groups asked for."""

    counting: int = 0
    by_country: Counter[str] = field(default_factory=Counter)
    by_groups: Counter[tuple[str, ...]] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        """Return how many answers are requested again."""
        return self.by_groups.total()


class _Kind(NamedTuple):
    """The facts that the decision on an answer depends on."""

    country: str
    subdivision: str
    regime: str
    choice: str
    keys: tuple[str, ...]


def keys_of(document: Config) -> dict[str, str]:
    """Return the keys in the cookie of an answer to the config `document`."""
    return {group: document["purpose_keys"][group][0]["key"][:8] for group in OPTIONAL}


def estimate_reconsent(
    answers: Iterable[Answers], keys: KeysOf, live: CompiledConfig, new: CompiledConfig, day: int
) -> ReconsentEstimate:
    """Estimate how many of those who gave `answers` are asked again on `day` when `new` replaces `live`.

    `keys` has the keys of each config that was answered; answers to others are left out.
    """
    estimate = ReconsentEstimate()
    for kind, number in _count_valid(answers, keys, live, day).items():
        if groups := _reprompted_groups(kind, live, new, day):
            estimate.by_groups[groups] += number
            estimate.by_country[kind.country] += number
        else:
            estimate.counting += number
    return estimate


def _count_valid(answers: Iterable[Answers], keys: KeysOf, live: CompiledConfig, day: int) -> Counter[_Kind]:
    """Return how many of `answers` are still valid on `day`, by the facts that the decision on them depends on.

    A grant is valid as long as the rule of its place allows; a refusal lasts at least as long.
    """
    covered = {config: tuple(names.values()) for config, names in keys.items()}
    counting: Counter[_Kind] = Counter()
    valid: dict[tuple[str, str, int], bool] = {}
    for answer in answers:
        if answer.config not in covered:
            continue
        given = (answer.country, answer.subdivision, answer.day)
        if given not in valid:
            resolved = live.resolved(answer.country or None, answer.subdivision or None, day)
            valid[given] = day < add_months(answer.day, resolved["life"])
        if valid[given]:
            counting[_Kind(*answer[1:5], covered[answer.config])] += answer.number
    return counting


def _reprompted_groups(kind: _Kind, live: CompiledConfig, new: CompiledConfig, day: int) -> tuple[str, ...]:
    """Return the groups for which the new config prompts and the live one doesn't."""
    before, after = (config.resolved(kind.country or None, kind.subdivision or None, day) for config in (live, new))
    return _groups_asked_again(kind, before, after, day)


def count_ended(answers: Iterable[Answers], keys: KeysOf, live: CompiledConfig, day: int) -> Counter[str]:
    """Return by place how many answers end on `day` as the law changes: they count on the day before but not then."""
    ended: Counter[str] = Counter()
    for kind, number in _count_valid(answers, keys, live, day).items():
        place = (kind.country or None, kind.subdivision or None)
        if _groups_asked_again(kind, live.resolved(*place, day - 1), live.resolved(*place, day), day):
            ended[Place(*place).code] += number
    return ended


def _groups_asked_again(kind: _Kind, before: Resolved, after: Resolved, day: int) -> tuple[str, ...]:
    """Return the groups for which such an answer counts under `before` and is requested again under `after`."""
    if "1" not in kind.choice or before == after:
        return ()
    # Sooner or later, visitors reach a page that a tag is limited to.
    before, after = on_any_page(before), on_any_page(after)
    answered = _choice(kind, before, day)
    choice = with_tcf(before, answered) or answered
    if decide(before, day, Signals(), choice).show == "ask":
        return ()
    decision = decide(after, day, Signals(), choice)
    groups = {
        tag["group"]
        for tag in decision.tags
        if (choice.groups.get(tag["group"]) and tag["reason"] in REOPENED)
        or (choice.groups.get(tag["group"]) is None and tag["reason"] == NEVER_ASKED)
    }
    return tuple(group for group in OPTIONAL if group in groups) if decision.show == "ask" else ()


def _choice(kind: _Kind, resolved: Resolved, day: int) -> Choice:
    """Return the choice in the cookie of such an answer, dated yesterday."""
    return Choice(
        day=day - 1,
        regime=kind.regime,
        groups={group: VALUES[letter] for group, letter in zip(OPTIONAL, kind.choice, strict=True)},
        keys=dict(zip(OPTIONAL, kind.keys, strict=True)),
        letters=resolved["letters"] if resolved["regime"] == kind.regime else "",
    )
