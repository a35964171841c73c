"""Trained cookie model: a linear table of weights, scored in plain Python."""

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
"""How far the likeliest purpose of a group speaks for it alone, and how much the sum of all of them counts beside that."""
RAISED = 1 << 20
"""What is added to each number of a row, so that none is below zero and a row is one integer with a lane for each."""
NUMBER = "I"
"""The type of a feature's number in an array."""
READABLE = re.compile(r"(?:w:|k:|S:|D:(?!none|own|long|\.))?[\^$a-z_.-]*[a-z]{2}[\^$a-z_.-]*$")
"""Features that a human can see in a name or a domain."""


class Guess(NamedTuple):
    """The probability of each group, and in `seen` the numbers of the features that a human can see, as an array."""

    shares: Sequence[float]
    seen: bytes

    @property
    def group(self) -> str:
        """Return the likeliest group."""
        return GROUPS[self.shares.index(max(self.shares))]


class ModelError(ValueError):
    """A model file that cannot be used."""


@dataclass(frozen=True, slots=True)
class Model:
    """Weights of each feature for the purposes of the four groups, in parts of `scale`.

    The sum of the weights that a sighting has is divided by the length of its features, so that a long name, which has
    more pieces, is not surer by that. Features are numbers. Each of `rows` has the weights of one for each purpose, and
    last the square of how much it counts, in one integer. Those that a human can see are the first: `readable_names`
    has them in
    words, and `readable` what they weigh for each group. `parts` are the places of each group's purposes in `bias`; the
    scores of the groups are divided by `temperature`. `least` is the share under which the model answers nothing.
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
        """Return of each sighting the probability of each group, and the features that explain it."""
        known = self._known(sightings)
        shares = [*map(self._shares, known)]
        return [*map(Guess, shares, map(self._readable, known))]

    def explanation(self, seen: bytes, group: str) -> str:
        """Return in words the two features of `seen` that speak most for `group`."""
        weights = self.readable[GROUPS.index(group)]
        best = sorted(array(NUMBER, seen), key=weights.__getitem__, reverse=True)[:2]
        return " and ".join(dict.fromkeys([self.readable_names[number] for number in best])) or "its form"

    def _known(self, sightings: Sequence[Sighting]) -> list[dict[int, None]]:
        """Return the features of each of the `sightings` that have weights, each once, in their order."""
        return [*map(dict.fromkeys, self.features.of(sightings))]

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
    """Return the score of a group whose `purposes` have these."""
    return math.log(sum(map(math.exp, [SHARPNESS * score for score in purposes]))) + WHOLE * sum(purposes)


def _rows(numbers: Iterable[Sequence[int]], width: int) -> Iterator[int]:
    """Yield each of the rows in one integer, without adding number by number what raises them."""
    signed = struct.Struct(f"<{width}i")
    signs = int.from_bytes(signed.pack(*[-(1 << 31)] * width), "little")
    less = int.from_bytes(signed.pack(*[(1 << 31) - RAISED] * width), "little")
    for row in numbers:
        yield (int.from_bytes(signed.pack(*row), "little") ^ signs) - less


def _sums(rows: Iterable[int], width: int) -> Sequence[int]:
    """Return the sum of each lane of `rows`: adding whole rows is fifty times as fast as adding number by number."""
    return struct.unpack(f"<{width}I", sum(rows).to_bytes(4 * width, "little"))


def _in_words(feature: str) -> str:
    kind, sign, piece = feature.partition(":")
    if not sign:
        return f"“{feature.strip('^$')}” in its name"
    return f"“{piece.strip('^$.')}” in its {'domain' if kind in 'DS' else 'name'}"


class ModelDocument(TypedDict):
    """A model as training writes it; weights and biases are integers of 1/`scale`, one a purpose of a group."""

    schema: str
    scale: int
    temperature: float
    least: float
    purposes: list[tuple[str, str]]
    bias: list[int]
    weights: dict[str, list[int]]


@cache
def load_model(path: Path = FILE) -> Model | None:
    """Return the model in `path`, read once in a process; None where there is no file."""
    if not path.exists():
        return None
    document = json.loads(path.read_text("utf-8"))
    if document.get("schema") != SCHEMA:
        raise ModelError(f"{path.name} is no {SCHEMA}; train it again.")
    return new_model(document)


def new_model(document: ModelDocument) -> Model:
    """Return the model of a document as training makes it."""
    counts = [sum(group == of for of, _ in document["purposes"]) for group in GROUPS]
    parts = [slice(start, end) for start, end in pairwise(accumulate(counts, initial=0))]
    weights, scale = document["weights"], document["scale"]
    seen = [feature for feature in weights if READABLE.match(feature)]
    numbers = {feature: number for number, feature in enumerate(dict.fromkeys([*seen, *weights]), start=1)}
    counted = ([*weights[feature], int(weight(feature) ** 2)] for feature in numbers)
    rows = [0, *_rows(counted, len(document["bias"]) + 1)]
    explained = ["", *map(_in_words, seen)]
    readable = [[0, *(sum(weights[feature][part]) for feature in seen)] for part in parts]
    bias = [usual / scale for usual in document["bias"]]
    least, temperature = document["least"], document["temperature"]
    return Model(known_features(numbers), rows, explained, readable, bias, parts, scale, temperature, least)
