"""Adjust model guesses by co-occurring names: of the same unknown domain, or with the same rare prefix.

Both are mostly of one vendor, whose cookies mostly have one purpose. Only answers of the model alone are adjusted;
answers of more certain layers are the evidence.
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
"""The powers to which a name's own shares and those of the others count: much of both comes from the same pieces."""
DOUBT = 1.0
"""Beside so many names that lean nowhere stand the others, so that a single one says little."""
Shares = Sequence[float]
Leaning = dict[str, dict[str, list[Shares]]]
"""By what names have in common and by name, what each row of it leans to."""


class NameAnswer(NamedTuple):
    """What one name alone is answered, or the model's guess where nothing surer knew.

    `domain` is that whose other names tell of it, as nobody is known there and it is not the visited site's own, else
    empty; `beginning` is its shortest that no known name has, or empty; `vendor` is who is behind what the model guesses,
    `context` what it knew besides the name.
    """

    answered: Answer | Guess
    name: str = ""
    domain: str = ""
    beginning: str = ""
    vendor: str = ""
    context: str = ""


class Others(NamedTuple):
    """How many other names stand beside one, in words where, and the shares of the groups that they lean to."""

    number: int
    where: str
    shares: Shares


class Circle(NamedTuple):
    """Two names or more that belong together, in words where; the shares that each leans to, and their sum."""

    where: str
    leaning: Mapping[str, Shares]
    whole: Shares

    def others_of(self, name: str) -> Others:
        """Return what stands beside one of the names."""
        count, own = len(self.leaning) - 1, self.leaning[name]
        doubt = DOUBT / len(GROUPS)
        shares = [(doubt + all_ - one) / (DOUBT + count) for all_, one in zip(self.whole, own, strict=True)]
        return Others(count, self.where, shares)


class Cooccurrence:
    """Names that were met in one place, each by its number; others move what the model says of one."""

    def __init__(self, answers: Iterable[NameAnswer], model: Model | None, confidences: Confidences) -> None:
        self._answers, self._model, self._confidences = list[NameAnswer](), model, confidences
        domains: Leaning = {}
        beginnings: Leaning = {}
        for one in answers:  # as they come, while others are still being asked
            self._answers.append(one)
            if one.domain:
                domains.setdefault(one.domain, {}).setdefault(one.name, []).append(_shares(one.answered))
            if one.beginning:
                beginnings.setdefault(one.beginning, {}).setdefault(one.name, []).append(_shares(one.answered))
        self._domains, self._beginnings = _circles(domains, "of"), _circles(beginnings, "that begin with")

    def answer(self, number: int) -> Answer:
        """Return what that one of the names is for."""
        one, model = self._answers[number], self._model
        groups = one.answered
        if isinstance(groups, Answer):
            return groups
        assert model  # noqa: S101 - who else would have guessed
        shares, evidence, context = groups.shares, "", one.context
        circles = (self._domains.get(one.domain), self._beginnings.get(one.beginning))
        if others := [circle.others_of(one.name) for circle in circles if circle]:
            shares = _combined(shares, others)
            evidence, context = f", beside {' and '.join(map(_in_words, others))}", context + BESIDE
        share = max(shares)
        group = GROUPS[shares.index(share)]
        confidence = self._confidences.of_model(context, group, share)
        why = model.explanation(groups.seen, group) + evidence
        return _by_model(one, group, confidence, why, f"{MODEL}.{context}", model.least)


def _by_model(one: NameAnswer, group: str, confidence: float, why: str, evidence: str, least: float) -> Answer:
    """Return the model's answer: essential never, and nothing under `least`."""
    if group == ESSENTIAL or confidence < least:
        reason = translatable(f"Most like {group} ({confidence:.0%}) by {why}: not enough, a user has to review it.")
        return Answer(UNCLASSIFIED, None, NONE, one.vendor, confidence, reason, group, evidence)
    reason = translatable(f"Like other {group} items by {why}.")
    return Answer(group, None, MODEL, one.vendor, confidence, reason, group, evidence)


def _circles(groups: Leaning, where: str) -> dict[str, Circle]:
    """Return those of what was `groups` that are of two names or more."""
    circles = {}
    for of, names in groups.items():
        if len(names) > 1:
            leaning = {name: _mean(rows) for name, rows in names.items()}
            whole = [sum(column) for column in zip(*leaning.values(), strict=True)]
            circles[of] = Circle(f"{where} {of}", leaning, whole)
    return circles


def _shares(answer: Answer | Guess) -> Shares:
    """Return the shares of the groups as one name alone has them; a surer layer's doubt is spread evenly."""
    if isinstance(answer, Guess):
        return answer.shares
    group, confidence = answer.group, answer.confidence
    remainder = (1 - confidence) / (len(GROUPS) - 1)
    return [confidence if group == name else remainder for name in GROUPS]


def _mean(rows: Sequence[Shares]) -> Shares:
    return rows[0] if len(rows) == 1 else [sum(column) / len(rows) for column in zip(*rows, strict=True)]


def _combined(own: Shares, neighbors: Sequence[Others]) -> Shares:
    """Return what `own` and the others lean to."""
    columns = zip(*[others.shares for others in neighbors], strict=True)
    grown = [share**OWN * math.prod(column) ** OTHERS for share, column in zip(own, columns, strict=True)]
    whole = sum(grown)
    return [share / whole for share in grown]


def _in_words(others: Others) -> str:
    share = max(others.shares)
    names = "one other name" if others.number == 1 else f"{others.number} other names"
    where = others.where.replace("that begin", "that begins") if others.number == 1 else others.where
    lean = "leans" if others.number == 1 else "lean"
    return f"{names} {where}, which {lean} to {GROUPS[others.shares.index(share)]} ({share:.0%})"
