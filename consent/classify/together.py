"""What names that are met together tell of each other: those of one unknown domain, and those of one rare beginning.

Both are mostly of one vendor, whose cookies are mostly for one thing. Only what nothing but the model had an answer for
is moved; what surer layers answered tells of it.
"""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from consent.classify.answer import MODEL, NONE, UNCLASSIFIED, Answer
from consent.classify.model import Guess, Model
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
    """What one name alone is answered, or the model's guess where nothing surer knew.

    `domain` is that whose other names tell of it, as nobody is known there and it is not the visited site's own, else
    empty; `beginning` is its shortest that no known name has, or empty; `vendor` is who is behind what the model guesses.
    """

    said: Answer | Guess
    sighting: Sighting
    domain: str
    beginning: str
    vendor: str = ""


class Others(NamedTuple):
    """How many other names stand beside one, in words where, and the shares of the groups that they lean to."""

    number: int
    where: str
    shares: Shares


def together(asked: Sequence[Asked], model: Model | None) -> list[Answer]:
    """Return the answer to each of `asked`, which were met in one place: moved by the others where the model speaks."""
    if model is None:
        return [one.said for one in asked if isinstance(one.said, Answer)]
    beside: dict[int, list[Others]] = {}
    for circle in _circles(asked):
        for number, others in _beside(asked, *circle):
            beside.setdefault(number, []).append(others)
    return [_answer(one, beside.get(number, ()), model) for number, one in enumerate(asked)]


def _answer(one: Asked, beside: Sequence[Others], model: Model) -> Answer:
    said = one.said
    if isinstance(said, Answer):
        return said
    return _by_model(one, _moved(said, one.sighting, beside, model) if beside else said, model.least)


def _by_model(one: Asked, guess: Guess, least: float) -> Answer:
    """Return the model's answer: essential never, and nothing under `least`."""
    group, why, vendor = guess.group, guess.why, one.vendor
    share = min(guess.share, SUREST_AT_WEBSITE) if one.sighting.is_website else guess.share
    if group == ESSENTIAL or share < least:
        reason = f"Most like {group} ({share:.0%}) by {why}: not enough, a person has to look."
        return Answer(UNCLASSIFIED, None, NONE, vendor, share, reason, group)
    return Answer(group, None, MODEL, vendor, share, f"Like other {group} items by {why}.", group)


def _circles(asked: Sequence[Asked]) -> Iterator[tuple[dict[str, list[int]], str]]:
    """Yield the places in `asked` of each two names or more that belong together, by name, with the words for where."""
    hosts: dict[str, dict[str, list[int]]] = {}
    beginnings: dict[str, dict[str, list[int]]] = {}
    for number, one in enumerate(asked):
        name = one.sighting.name
        if one.domain:
            hosts.setdefault(one.domain, {}).setdefault(name, []).append(number)
        if one.beginning:
            beginnings.setdefault(one.beginning, {}).setdefault(name, []).append(number)
    yield from ((circle, f"of {domain}") for domain, circle in hosts.items() if len(circle) > 1)
    yield from ((circle, f"that begin with {start}") for start, circle in beginnings.items() if len(circle) > 1)


def _beside(asked: Sequence[Asked], circle: dict[str, list[int]], where: str) -> Iterator[tuple[int, Others]]:
    """Yield the place of each row of the circle that the model answered, with what its other names lean to."""
    leaning = {name: _mean([_shares(asked[number].said) for number in numbers]) for name, numbers in circle.items()}
    whole = [sum(column) for column in zip(*leaning.values(), strict=True)]
    count = len(circle) - 1
    for name, numbers in circle.items():
        guessed = [number for number in numbers if isinstance(asked[number].said, Guess)]
        if guessed:
            own = zip(whole, leaning[name], strict=True)
            others = Others(count, where, [(DOUBT / len(GROUPS) + found - own) / (DOUBT + count) for found, own in own])
            for number in guessed:
                yield number, others


def _shares(said: Answer | Guess) -> Shares:
    """Return the shares of the groups as one name alone has them; a surer layer's doubt is spread evenly."""
    if isinstance(said, Guess):
        return said.shares
    group, confidence = said.group, said.confidence
    rest = (1 - confidence) / (len(GROUPS) - 1)
    return [confidence if group == name else rest for name in GROUPS]


def _mean(rows: Sequence[Shares]) -> Shares:
    return rows[0] if len(rows) == 1 else [sum(column) / len(rows) for column in zip(*rows, strict=True)]


def _shares_beside(own: Shares, found: Sequence[Others]) -> list[float]:
    grown = [share**OWN * math.prod(others.shares[k] for others in found) ** OTHERS for k, share in enumerate(own)]
    whole = sum(grown)
    return [share / whole for share in grown]


def _moved(alone: Guess, sighting: Sighting, found: Sequence[Others], model: Model) -> Guess:
    """Return what `alone` and the others lean to, with words for both."""
    shares = _shares_beside(alone.shares, found)
    share = max(shares)
    group = GROUPS[shares.index(share)]
    why = alone.why if alone.group == group else model.telling(sighting, group)
    return Guess(group, share, f"{why}, beside {' and '.join([_in_words(others) for others in found])}", shares)


def _in_words(others: Others) -> str:
    best = max(range(len(GROUPS)), key=others.shares.__getitem__)
    names = "one other name" if others.number == 1 else f"{others.number} other names"
    where = others.where.replace("that begin", "that begins") if others.number == 1 else others.where
    lean = "leans" if others.number == 1 else "lean"
    return f"{names} {where}, which {lean} to {GROUPS[best]} ({others.shares[best]:.0%})"
