"""What names that are met together tell of each other: those of one unknown domain, and those of one rare beginning.

Both are mostly of one vendor, whose cookies are mostly for one thing. Only what nothing but the model had an answer for
is moved; what surer layers answered tells of it.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from consent.classify.answer import MODEL, NONE, UNCLASSIFIED, Answer
from consent.classify.domains import owned_domain
from consent.classify.model import Guess, Model
from consent.classify.names import Names
from consent.classify.sighting import Sighting
from consent.core.groups import ESSENTIAL, GROUPS

OWN, OTHERS = 0.6, 0.9
"""The powers to which a name's own shares and those of the others count: much of both comes from the same pieces."""
DOUBT = 1.0
"""Beside so many names that lean nowhere stand the others, so that a single one says little."""
SUREST_AT_WEBSITE = 0.5
"""What the model says of the few websites of such owners is right in half of the cases, however sure it is."""
Shares = Sequence[float]


class Asked(NamedTuple):
    """What one name alone is answered; `guess` is the model's where nothing surer knew.

    `is_owned` tells that somebody is known at its host.
    """

    answer: Answer
    sighting: Sighting
    guess: Guess | None
    is_owned: bool


class Others(NamedTuple):
    """How many other names stand beside one, in words where, and the shares of the groups that they lean to."""

    number: int
    where: str
    shares: Shares


def together(asked: Sequence[Asked], model: Model | None, names: Names) -> list[Answer]:
    """Return the answer to each of `asked`, which were met in one place: moved by the others where the model speaks."""
    answers = [one.answer for one in asked]
    if model is None:
        return answers
    beside: dict[int, list[Others]] = {}
    for circle in _circles(asked, names):
        for number, others in _beside(asked, *circle):
            beside.setdefault(number, []).append(others)
    for number, found in beside.items():
        guess = asked[number].guess
        if guess:
            answers[number] = _moved(asked[number], _shares_beside(guess.shares, found), found, model)
    return answers


def by_model(sighting: Sighting, guess: Guess, least: float, beside: str = "") -> Answer:
    """Return the model's answer: essential never, and nothing under `least`; `beside` names what else it goes by."""
    group, why = guess.group, guess.why + beside
    share = min(guess.share, SUREST_AT_WEBSITE) if sighting.is_website else guess.share
    if group == ESSENTIAL or share < least:
        reason = f"Most like {group} ({share:.0%}) by {why}: not enough, a person has to look."
        return Answer(UNCLASSIFIED, None, NONE, "", share, reason, group)
    return Answer(group, None, MODEL, "", share, f"Like other {group} items by {why}.", group)


def _circles(asked: Sequence[Asked], names: Names) -> Iterator[tuple[dict[str, list[int]], str]]:
    """Yield the places in `asked` of each two names or more that belong together, by name, with the words for where."""
    hosts: dict[str, dict[str, list[int]]] = {}
    beginnings: dict[str, dict[str, list[int]]] = {}
    for number, one in enumerate(asked):
        seen = one.sighting
        if seen.host and seen.third_party is not False and not one.is_owned and not seen.is_website:
            hosts.setdefault(owned_domain(seen.host), {}).setdefault(seen.name, []).append(number)
        if beginning := names.new_beginning(seen.name):
            beginnings.setdefault(beginning, {}).setdefault(seen.name, []).append(number)
    yield from ((circle, f"of {domain}") for domain, circle in hosts.items() if len(circle) > 1)
    yield from ((circle, f"that begin with {start}") for start, circle in beginnings.items() if len(circle) > 1)


def _beside(asked: Sequence[Asked], circle: dict[str, list[int]], where: str) -> Iterator[tuple[int, Others]]:
    """Yield the place of each row of the circle that the model answered, with what its other names lean to."""
    leaning = {name: _mean([_shares(asked[number]) for number in numbers]) for name, numbers in circle.items()}
    whole = [sum(column) for column in zip(*leaning.values(), strict=True)]
    count = len(circle) - 1
    for name, numbers in circle.items():
        shares = [
            (DOUBT / len(GROUPS) + found - own) / (DOUBT + count)
            for found, own in zip(whole, leaning[name], strict=True)
        ]
        others = Others(count, where, shares)
        yield from ((number, others) for number in numbers if asked[number].guess)


def _shares(one: Asked) -> Shares:
    """Return the shares of the groups as one name alone has them; a surer layer's doubt is spread evenly."""
    if one.guess:
        return one.guess.shares
    group, confidence = one.answer.group, one.answer.confidence
    rest = (1 - confidence) / (len(GROUPS) - 1)
    return [confidence if group == name else rest for name in GROUPS]


def _mean(rows: Sequence[Shares]) -> Shares:
    return rows[0] if len(rows) == 1 else [sum(column) / len(rows) for column in zip(*rows, strict=True)]


def _shares_beside(own: Shares, found: Sequence[Others]) -> list[float]:
    grown = [share**OWN * math.prod(others.shares[k] for others in found) ** OTHERS for k, share in enumerate(own)]
    whole = sum(grown)
    return [share / whole for share in grown]


def _moved(one: Asked, shares: Sequence[float], found: Sequence[Others], model: Model) -> Answer:
    best = max(range(len(GROUPS)), key=shares.__getitem__)
    group, alone = GROUPS[best], one.guess
    why = alone.why if alone and alone.group == group else model.telling(one.sighting, group)
    guess = Guess(group, shares[best], why, shares)
    beside = ", beside " + " and ".join(_in_words(others) for others in found)
    return replace(by_model(one.sighting, guess, model.least, beside), vendor=one.answer.vendor)


def _in_words(others: Others) -> str:
    best = max(range(len(GROUPS)), key=others.shares.__getitem__)
    names = "one other name" if others.number == 1 else f"{others.number} other names"
    where = others.where.replace("that begin", "that begins") if others.number == 1 else others.where
    lean = "leans" if others.number == 1 else "lean"
    return f"{names} {where}, which {lean} to {GROUPS[best]} ({others.shares[best]:.0%})"
