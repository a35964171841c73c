"""The trained model: a table of weights, scored in plain Python."""

import json
import math
import re
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any, NamedTuple

from consent.classify.features import features, weight
from consent.classify.sighting import Sighting
from consent.core.groups import GROUPS

__all__ = ["FILE", "Model", "ModelError", "Sighting", "load_model", "new_model"]

FILE = Path(__file__).parent.parent / "data" / "cookie-model.json"
SCHEMA = "consent-cookie-model/3"
SHARPNESS, WHOLE = 10.0, 3.0
"""How far the likeliest purpose of a group speaks for it alone, and how much the sum of all of them counts beside that."""
RAISED = 1 << 20
"""What is added to each number of a row, so that none is below zero and a row is one integer with a lane for each."""
READABLE = re.compile(r"(?:w:|k:|S:|D:(?!none|own|long|\.))?[\^$a-z_.-]*[a-z]{2}[\^$a-z_.-]*$")
"""Features that a person can see in a name or a domain."""


class Guess(NamedTuple):
    """A group with its probability, and that of each group; `why` are words such as `“uid” in its name`."""

    group: str
    share: float
    why: str
    shares: Sequence[float]


class Row(NamedTuple):
    """The weights of a feature: for each purpose, and last the square of how much it counts, in one integer; by group."""

    lanes: int
    groups: Sequence[int]


class ModelError(ValueError):
    """A model file that cannot be used."""


@dataclass(frozen=True, slots=True)
class Model:
    """Weights of each feature for the purposes of the four groups, in parts of `scale`.

    The sum of the weights that a sighting has is divided by the length of its features, so that a long name, which has
    more pieces, is not surer by that. `ends` are the places in `bias` where the purposes of a group end and the next
    ones begin; the scores of the groups are divided by `temperature`. `least` is the share under which the model answers
    nothing.
    """

    weights: dict[str, Row]
    bias: tuple[int, ...]
    ends: tuple[int, ...]
    scale: int
    temperature: float
    least: float

    def shares(self, sighting: Sighting) -> list[float]:
        """Return the calibrated probability of each group, in the order of the groups."""
        return self._shares(self._rows(sighting).values())

    def guess(self, sighting: Sighting) -> Guess:
        """Return the likeliest group, its probability, and the pieces that speak for it most."""
        rows = self._rows(sighting)
        shares = self._shares(rows.values())
        best = max(range(4), key=shares.__getitem__)
        return Guess(GROUPS[best], shares[best], _telling(rows, best), shares)

    def telling(self, sighting: Sighting, group: str) -> str:
        """Return in words the two pieces of name and domain that speak most for `group`."""
        return _telling(self._rows(sighting), GROUPS.index(group))

    def _rows(self, sighting: Sighting) -> dict[str, Row]:
        look_up = self.weights.get
        return {feature: row for feature in features(sighting) if (row := look_up(feature))}

    def _shares(self, rows: Iterable[Row]) -> list[float]:
        *sums, square = _sums([row.lanes for row in rows], len(self.bias) + 1)
        by = self.scale * (math.sqrt(square) or 1.0)
        scores = [known / self.scale + found / by for known, found in zip(self.bias, sums, strict=True)]
        groups = [group_score(scores[start:end]) for start, end in pairwise(self.ends)]
        most = max(groups)
        grown = [math.exp((score - most) / self.temperature) for score in groups]
        whole = sum(grown)
        return [share / whole for share in grown]


def group_score(purposes: Sequence[float]) -> float:
    """Return the score of a group whose `purposes` have these."""
    return math.log(sum(math.exp(SHARPNESS * score) for score in purposes)) + WHOLE * sum(purposes)


def _lanes(row: Sequence[int]) -> int:
    return int.from_bytes(struct.pack(f"<{len(row)}I", *(RAISED + number for number in row)), "little")


def _sums(rows: Sequence[int], width: int) -> list[int]:
    """Return the sum of each lane of `rows`: adding whole rows is fifty times as fast as adding number by number."""
    sums = struct.unpack(f"<{width}I", sum(rows).to_bytes(4 * width, "little"))
    return [found - len(rows) * RAISED for found in sums]


def _telling(rows: dict[str, Row], group: int) -> str:
    readable = {feature: row for feature, row in rows.items() if READABLE.match(feature)}
    best = sorted(readable, key=lambda feature: -readable[feature].groups[group])
    told = dict.fromkeys(_in_words(feature) for feature in best[:2])
    return " and ".join(told) or "its form"


def _in_words(feature: str) -> str:
    kind, sign, piece = feature.partition(":")
    if not sign:
        return f"“{feature.strip('^$')}” in its name"
    return f"“{piece.strip('^$.')}” in its {'domain' if kind in 'DS' else 'name'}"


@cache
def load_model(path: Path = FILE) -> Model | None:
    """Return the model in `path`, read once in a process; None where there is no file."""
    if not path.exists():
        return None
    document = json.loads(path.read_text("utf-8"))
    if document.get("schema") != SCHEMA:
        raise ModelError(f"{path.name} is no {SCHEMA}; train it again.")
    return new_model(document)


def new_model(document: dict[str, Any]) -> Model:
    """Return the model of a document as training makes it."""
    counts = [sum(group == of for of, _ in document["purposes"]) for group in GROUPS]
    ends = tuple(accumulate(counts, initial=0))
    weights = {
        feature: Row(
            _lanes([*row, int(weight(feature) ** 2)]),
            [sum(row[start:end]) for start, end in pairwise(ends)],
        )
        for feature, row in document["weights"].items()
    }
    bias = tuple(document["bias"])
    return Model(weights, bias, ends, document["scale"], document["temperature"], document["least"])
