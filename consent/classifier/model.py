"""Trained cookie model: a linear table of weights, evaluated in plain Python."""

import json
import math
import re
import struct
from array import array
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, pairwise
from pathlib import Path
from typing import NamedTuple, TypedDict

from consent.classifier.features import Features, known_features, weight
from consent.classifier.observation import Sighting
from consent.core.groups import GROUPS

__all__ = ["FILE", "Model", "ModelError", "Sighting", "load_model", "new_model"]

FILE = Path(__file__).parent.parent / "data" / "cookie-model.json"
SCHEMA = "consent-cookie-model/3"
SHARPNESS, WHOLE = 10.0, 3.0
"""How strongly a group's likeliest purpose dominates its score, and the weight of the sum of all its purposes."""
RAISED = 1 << 20
"""Added to each number of a row, so that none is negative and a row can be one integer with a lane for each."""
NUMBER = "I"
"""Type code of feature numbers in an array."""
READABLE = re.compile(r"(?:w:|k:|S:|D:(?!none|own|long|\.))?[\^$a-z_.-]*[a-z]{2}[\^$a-z_.-]*$")
"""Features that a human can recognize in a name or a domain."""


class Guess(NamedTuple):
    """The probability of each group, and in `seen` the numbers of the human-readable features, as an array."""

    shares: Sequence[float]
    seen: bytes

    @property
    def group(self) -> str:
        """Return the likeliest group."""
        return GROUPS[self.shares.index(max(self.shares))]


class ModelError(ValueError):
    """Raised when a model file can't be used."""


@dataclass(frozen=True, slots=True)
class Model:
    """Feature weights for the purposes of the four groups, as integers of 1/`scale`.

    A sighting's sum of weights is divided by the norm of its features, so that a long name, which has more n-grams,
    isn't more certain. Features are numbers. Each of `rows` packs into one integer a feature's weight for each purpose,
    followed by its squared importance. The human-readable features come first: `readable_names` are their names, and
    `readable` their weights for each group. `parts` are the slices of `bias` with each group's purposes. The groups'
    scores are divided by `temperature`. Below the confidence `least`, the model gives no answer.
    """

    features: Features[int]
    rows: Sequence[int]
    readable_names: Sequence[str]
    readable: Sequence[Sequence[int]]
    bias: Sequence[float]
    parts: Sequence[slice]
    scale: int
    temperature: float
    least: float

    def shares(self, sighting: Sighting) -> list[float]:
        """Return the calibrated probability of each group, in the order of the groups."""
        return self._shares(*self._known([sighting]))

    def guesses(self, sightings: Sequence[Sighting]) -> list[Guess]:
        """Return, for each sighting, the probability of each group and the features that explain it."""
        known = self._known(sightings)
        shares = [*map(self._shares, known)]
        return [*map(Guess, shares, map(self._readable, known))]

    def explanation(self, seen: bytes, group: str) -> str:
        """Return the two features in `seen` that most support `group`, in words."""
        weights = self.readable[GROUPS.index(group)]
        best = sorted(array(NUMBER, seen), key=weights.__getitem__, reverse=True)[:2]
        return " and ".join(dict.fromkeys([self.readable_names[number] for number in best])) or "its form"

    def _known(self, sightings: Sequence[Sighting]) -> list[dict[int, None]]:
        """Return the distinct features of each sighting that have weights, in order."""
        return [*map(dict.fromkeys, self.features.compute(sightings))]

    def _readable(self, known: Collection[int]) -> bytes:
        return array(NUMBER, filter(len(self.readable_names).__gt__, known)).tobytes()

    def _shares(self, known: Collection[int]) -> list[float]:
        *sums, square = _sums(map(self.rows.__getitem__, known), len(self.bias) + 1)
        raised = len(known) * RAISED
        by = self.scale * (math.sqrt(square - raised) or 1.0)
        scores = [usual + (value - raised) / by for usual, value in zip(self.bias, sums, strict=True)]
        groups = [group_score(scores[part]) for part in self.parts]
        most = max(groups)
        grown = [math.exp((score - most) / self.temperature) for score in groups]
        whole = sum(grown)
        return [share / whole for share in grown]


def group_score(purposes: Sequence[float]) -> float:
    """Return the score of a group from the scores of its `purposes`."""
    return math.log(sum(map(math.exp, [SHARPNESS * score for score in purposes]))) + WHOLE * sum(purposes)


def _rows(numbers: Iterable[Sequence[int]], width: int) -> Iterator[int]:
    """Yield each row as one integer, offset by RAISED without a loop over its numbers."""
    signed = struct.Struct(f"<{width}i")
    signs = int.from_bytes(signed.pack(*[-(1 << 31)] * width), "little")
    less = int.from_bytes(signed.pack(*[(1 << 31) - RAISED] * width), "little")
    for row in numbers:
        yield (int.from_bytes(signed.pack(*row), "little") ^ signs) - less


def _sums(rows: Iterable[int], width: int) -> Sequence[int]:
    """Return the sum of each lane of `rows`; adding whole rows is fifty times as fast as adding number by number."""
    return struct.unpack(f"<{width}I", sum(rows).to_bytes(4 * width, "little"))


def _describe(feature: str) -> str:
    kind, sign, piece = feature.partition(":")
    if not sign:
        return f"“{feature.strip('^$')}” in its name"
    return f"“{piece.strip('^$.')}” in its {'domain' if kind in 'DS' else 'name'}"


class ModelDocument(TypedDict):
    """A model as written by training; weights and biases are integers of 1/`scale`, one for each purpose of a group."""

    schema: str
    scale: int
    temperature: float
    least: float
    purposes: list[tuple[str, str]]
    bias: list[int]
    weights: dict[str, list[int]]


@cache
def load_model(path: Path = FILE) -> Model | None:
    """Return the model in `path`, read once per process, or None if there is no file. Raises ModelError."""
    if not path.exists():
        return None
    document = json.loads(path.read_text("utf-8"))
    if document.get("schema") != SCHEMA:
        raise ModelError(f"{path.name} is no {SCHEMA}; train it again.")
    return new_model(document)


def new_model(document: ModelDocument) -> Model:
    """Return the model of a document written by training."""
    counts = [sum(group == of for of, _ in document["purposes"]) for group in GROUPS]
    parts = [slice(start, end) for start, end in pairwise(accumulate(counts, initial=0))]
    weights, scale = document["weights"], document["scale"]
    seen = [feature for feature in weights if READABLE.match(feature)]
    numbers = {feature: number for number, feature in enumerate(dict.fromkeys([*seen, *weights]), start=1)}
    counted = ([*weights[feature], int(weight(feature) ** 2)] for feature in numbers)
    rows = [0, *_rows(counted, len(document["bias"]) + 1)]
    explained = ["", *map(_describe, seen)]
    readable = [[0, *(sum(weights[feature][part]) for feature in seen)] for part in parts]
    bias = [usual / scale for usual in document["bias"]]
    least, temperature = document["least"], document["temperature"]
    return Model(known_features(numbers), rows, explained, readable, bias, parts, scale, temperature, least)
