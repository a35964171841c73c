"""Adjust the model's guesses by co-occurring names: those with the same unknown domain, or the same rare prefix.

Such names mostly belong to one vendor, whose cookies mostly have one purpose. Only answers by the model alone are
adjusted; answers of more certain layers serve as evidence.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from consent.classifier.confidences import BESIDE, Confidences
from consent.classifier.model import Guess, Model
from consent.classifier.result import MODEL, NONE, UNCLASSIFIED, Answer
from consent.core.groups import ESSENTIAL, GROUPS
from consent.core.translatable import translatable

OWN, OTHERS = 0.6, 0.9
"""Exponents of a name's own shares and of the others'; below 1, since both rest largely on the same n-grams."""
DOUBT = 1.0
"""Number of neutral names added to the others, so that a single one has little weight."""
Shares = Sequence[float]
Leaning = dict[str, dict[str, list[Shares]]]
"""Shares by common trait and by name, one row per sighting."""


class NameAnswer(NamedTuple):
    """The answer for a name on its own, or the model's guess if no surer layer had an answer.

    `domain` is the domain whose other names are evidence, or empty if its owner is known or it is the visited site's
    own. `beginning` is the shortest prefix of the name that no known name has, or empty. `vendor` is the owner of the
    item the model guessed, and `context` what the model knew besides the name.
    """

    answered: Answer | Guess
    name: str = ""
    domain: str = ""
    beginning: str = ""
    vendor: str = ""
    context: str = ""


class CooccurringNames(NamedTuple):
    """The number of co-occurring names, a phrase that says where, and their combined shares of the groups."""

    number: int
    where: str
    shares: Shares


class NameCluster(NamedTuple):
    """Two or more names that belong together, with a phrase that says why, each name's shares, and their sum."""

    where: str
    leaning: Mapping[str, Shares]
    whole: Shares

    def others_of(self, name: str) -> CooccurringNames:
        """Return the combined shares of all names except `name`."""
        count, own = len(self.leaning) - 1, self.leaning[name]
        doubt = DOUBT / len(GROUPS)
        shares = [(doubt + all_ - one) / (DOUBT + count) for all_, one in zip(self.whole, own, strict=True)]
        return CooccurringNames(count, self.where, shares)


class Cooccurrence:
    """Names found in one place, by number; co-occurring names adjust the model's guess for each."""

    def __init__(self, answers: Iterable[NameAnswer], model: Model | None, confidences: Confidences) -> None:
        self._answers, self._model, self._confidences = list[NameAnswer](), model, confidences
        domains: Leaning = {}
        beginnings: Leaning = {}
        for one in answers:  # consumed as they arrive, while others are still being classified
            self._answers.append(one)
            if one.domain:
                domains.setdefault(one.domain, {}).setdefault(one.name, []).append(_shares(one.answered))
            if one.beginning:
                beginnings.setdefault(one.beginning, {}).setdefault(one.name, []).append(_shares(one.answered))
        self._domains, self._beginnings = _circles(domains, "of"), _circles(beginnings, "that begin with")

    def answer(self, number: int) -> Answer:
        """Return the answer for the name with this number."""
        one, model = self._answers[number], self._model
        groups = one.answered
        if isinstance(groups, Answer):
            return groups
        assert model  # noqa: S101 - only the model makes guesses
        shares, evidence, context = groups.shares, "", one.context
        circles = (self._domains.get(one.domain), self._beginnings.get(one.beginning))
        if others := [circle.others_of(one.name) for circle in circles if circle]:
            shares = _combine(shares, others)
            evidence, context = f", beside {' and '.join(map(_describe, others))}", context + BESIDE
        share = max(shares)
        group = GROUPS[shares.index(share)]
        confidence = self._confidences.of_model(context, group, share)
        why = model.explanation(groups.seen, group) + evidence
        return _by_model(one, group, confidence, why, f"{MODEL}.{context}", model.least)


def _by_model(one: NameAnswer, group: str, confidence: float, why: str, evidence: str, least: float) -> Answer:
    """Return the model's answer; never `essential`, and unclassified if its confidence is below `least`."""
    if group == ESSENTIAL or confidence < least:
        reason = translatable(f"Most like {group} ({confidence:.0%}) by {why}: not enough, a user has to review it.")
        return Answer(UNCLASSIFIED, None, NONE, one.vendor, confidence, reason, group, evidence)
    reason = translatable(f"Like other {group} items by {why}.")
    return Answer(group, None, MODEL, one.vendor, confidence, reason, group, evidence)


def _circles(groups: Leaning, where: str) -> dict[str, NameCluster]:
    """Return the entries of `groups` with at least two names."""
    circles = {}
    for of, names in groups.items():
        if len(names) > 1:
            leaning = {name: _mean(rows) for name, rows in names.items()}
            whole = [sum(column) for column in zip(*leaning.values(), strict=True)]
            circles[of] = NameCluster(f"{where} {of}", leaning, whole)
    return circles


def _shares(answer: Answer | Guess) -> Shares:
    """Return the group shares of one name on its own; the doubt left by a surer layer is spread evenly."""
    if isinstance(answer, Guess):
        return answer.shares
    group, confidence = answer.group, answer.confidence
    remainder = (1 - confidence) / (len(GROUPS) - 1)
    return [confidence if group == name else remainder for name in GROUPS]


def _mean(rows: Sequence[Shares]) -> Shares:
    return rows[0] if len(rows) == 1 else [sum(column) / len(rows) for column in zip(*rows, strict=True)]


def _combine(own: Shares, neighbors: Sequence[CooccurringNames]) -> Shares:
    """Return `own` adjusted by the shares of the others."""
    columns = zip(*[others.shares for others in neighbors], strict=True)
    grown = [share**OWN * math.prod(column) ** OTHERS for share, column in zip(own, columns, strict=True)]
    whole = sum(grown)
    return [share / whole for share in grown]


def _describe(others: CooccurringNames) -> str:
    share = max(others.shares)
    names = "one other name" if others.number == 1 else f"{others.number} other names"
    where = others.where.replace("that begin", "that begins") if others.number == 1 else others.where
    lean = "leans" if others.number == 1 else "lean"
    return f"{names} {where}, which {lean} to {GROUPS[others.shares.index(share)]} ({share:.0%})"
