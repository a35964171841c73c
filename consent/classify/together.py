"""What names that are met together tell of each other: those of one unknown domain, and those of one rare beginning.

Both are mostly of one vendor, whose cookies are mostly for one thing. Only what nothing but the model had an answer for
is moved; what surer layers answered tells of it.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from consent.classify.answer import MODEL, NONE, UNCLASSIFIED, Answer
from consent.classify.model import Guess, Model
from consent.core.groups import ESSENTIAL, GROUPS

OWN, OTHERS = 0.6, 0.9
"""The powers to which a name's own shares and those of the others count: much of both comes from the same pieces."""
DOUBT = 1.0
"""Beside so many names that lean nowhere stand the others, so that a single one says little."""
SUREST_AT_WEBSITE = 0.5
"""What the model says of the few websites of such owners is right in half of the cases, however sure it is."""
Shares = Sequence[float]
Leaning = dict[str, dict[str, list[Shares]]]
"""By what names have in common and by name, what each row of it leans to."""


class Asked(NamedTuple):
    """What one name alone is answered, or the model's guess where nothing surer knew.

    `domain` is that whose other names tell of it, as nobody is known there and it is not the visited site's own, else
    empty; `beginning` is its shortest that no known name has, or empty; `vendor` is who is behind what the model guesses.
    """

    said: Answer | Guess
    name: str = ""
    domain: str = ""
    beginning: str = ""
    vendor: str = ""
    is_website: bool = False


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

    def beside(self, name: str) -> Others:
        """Return what stands beside one of the names."""
        count, own = len(self.leaning) - 1, self.leaning[name]
        doubt = DOUBT / len(GROUPS)
        shares = [(doubt + all_ - one) / (DOUBT + count) for all_, one in zip(self.whole, own, strict=True)]
        return Others(count, self.where, shares)


class Together:
    """Names that were met in one place, each by its number; others move what the model says of one."""

    def __init__(self, asked: Iterable[Asked], model: Model | None) -> None:
        self._asked, self._model = list[Asked](), model
        domains: Leaning = {}
        beginnings: Leaning = {}
        for one in asked:  # as they come, while others are still being asked
            self._asked.append(one)
            if one.domain:
                domains.setdefault(one.domain, {}).setdefault(one.name, []).append(_shares(one.said))
            if one.beginning:
                beginnings.setdefault(one.beginning, {}).setdefault(one.name, []).append(_shares(one.said))
        self._domains, self._beginnings = _circles(domains, "of"), _circles(beginnings, "that begin with")

    def answer(self, number: int) -> Answer:
        """Return what that one of the names is for."""
        one, model = self._asked[number], self._model
        said = one.said
        if isinstance(said, Answer):
            return said
        assert model  # noqa: S101 - who else would have guessed
        shares, beside = said.shares, ""
        circles = (self._domains.get(one.domain), self._beginnings.get(one.beginning))
        if found := [circle.beside(one.name) for circle in circles if circle]:
            shares = _shares_beside(shares, found)
            beside = f", beside {' and '.join(map(_in_words, found))}"
        share = max(shares)
        group = GROUPS[shares.index(share)]
        return _by_model(one, group, share, model.telling(said.seen, group) + beside, model.least)


def _by_model(one: Asked, group: str, share: float, why: str, least: float) -> Answer:
    """Return the model's answer: essential never, and nothing under `least`."""
    if one.is_website:
        share = min(share, SUREST_AT_WEBSITE)
    if group == ESSENTIAL or share < least:
        reason = f"Most like {group} ({share:.0%}) by {why}: not enough, a person has to look."
        return Answer(UNCLASSIFIED, None, NONE, one.vendor, share, reason, group)
    return Answer(group, None, MODEL, one.vendor, share, f"Like other {group} items by {why}.", group)


def _circles(found: Leaning, where: str) -> dict[str, Circle]:
    """Return those of what was `found` that are of two names or more."""
    circles = {}
    for of, names in found.items():
        if len(names) > 1:
            leaning = {name: _mean(rows) for name, rows in names.items()}
            whole = [sum(column) for column in zip(*leaning.values(), strict=True)]
            circles[of] = Circle(f"{where} {of}", leaning, whole)
    return circles


def _shares(said: Answer | Guess) -> Shares:
    """Return the shares of the groups as one name alone has them; a surer layer's doubt is spread evenly."""
    if isinstance(said, Guess):
        return said.shares
    group, confidence = said.group, said.confidence
    rest = (1 - confidence) / (len(GROUPS) - 1)
    return [confidence if group == name else rest for name in GROUPS]


def _mean(rows: Sequence[Shares]) -> Shares:
    return rows[0] if len(rows) == 1 else [sum(column) / len(rows) for column in zip(*rows, strict=True)]


def _shares_beside(own: Shares, found: Sequence[Others]) -> Shares:
    """Return what `own` and the others lean to."""
    columns = zip(*[others.shares for others in found], strict=True)
    grown = [share**OWN * math.prod(column) ** OTHERS for share, column in zip(own, columns, strict=True)]
    whole = sum(grown)
    return [share / whole for share in grown]


def _in_words(others: Others) -> str:
    share = max(others.shares)
    names = "one other name" if others.number == 1 else f"{others.number} other names"
    where = others.where.replace("that begin", "that begins") if others.number == 1 else others.where
    lean = "leans" if others.number == 1 else "lean"
    return f"{names} {where}, which {lean} to {GROUPS[others.shares.index(share)]} ({share:.0%})"
