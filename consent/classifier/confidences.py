"""Confidences of the classifier's answers: the shares of right ones, as measured on what was left out of training."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple, TypedDict

from consent.classifier.observation import Sighting

FILE = Path(__file__).parent.parent / "data" / "classifier-confidences.json"
SCHEMA = "consent-classifier-confidences/1"
SO, OTHERWISE = "so", "otherwise"
"""What most sites that declared a name, or its vendor's names, declared: this group, or another."""
GUESSED = {
    "script": 0.65,
    "list": 0.6,
    "address": 0.65,
    "application": 0.75,
    **{f"{kind}.{OTHERWISE}": 0.3 for kind in ("prefix", "catalogue_name", "catalogue_name_and_domain")},
}
"""What is guessed for want of data: scripts, filter lists, addresses, names after an application stand below the others.

Where sites declared otherwise, it stands until enough of them were measured.
"""
UNMEASURED = 0.6
"""Of an answer that has no row of its own and is of no kind that has one."""
NAME, DOMAIN, OBSERVED, WEBSITE = "name", "domain", "observed", "website"
"""What the model knew: a name alone, a domain of others beside it, what a browser saw of value, life and party, or that
a vendor has its own website there.
"""
BESIDE = ".beside"
"""Where other names beside it moved what the model says."""
CONTEXTS = tuple(context + moved for context in (NAME, DOMAIN, OBSERVED, WEBSITE) for moved in ("", BESIDE))
MAX_ODDS = 20.0


class ConfidencesError(ValueError):
    """A file of confidences that cannot be used."""


class ModelRow(NamedTuple):
    """How often the model is right: the log-odds are `slope` times those of its share, plus the `bias` of its group."""

    slope: float
    bias: Mapping[str, float]


class ModelRowDocument(TypedDict):
    """A row of the model as training writes it."""

    slope: float
    bias: dict[str, float]


class ConfidencesDocument(TypedDict):
    """Confidences as training writes them."""

    schema: str
    rows: dict[str, float]
    model: dict[str, ModelRowDocument]


@dataclass(frozen=True, slots=True)
class Confidences:
    """Shares of right answers by evidence, such as `word.for`, and what the model's shares are worth by what it knew.

    An evidence is a kind of answer with what speaks for or against it after a point; the kind alone, too, has a row.
    """

    rows: Mapping[str, float]
    model: Mapping[str, ModelRow]

    def of(self, evidence: str) -> float:
        """Return how often an answer by `evidence` is right."""
        while evidence not in self.rows:
            evidence, point, _ = evidence.rpartition(".")
            if not point:
                return UNMEASURED
        return self.rows[evidence]

    def of_model(self, context: str, group: str, share: float) -> float:
        """Return how often the model is right where it gives `group` this `share`; the share itself where not measured."""
        row = self.model.get(context) or self.model.get(context.removesuffix(BESIDE))
        if row is None:
            return share
        least = math.exp(-MAX_ODDS)
        odds = math.log(max(share, least) / max(1 - share, least))
        return 1 / (1 + math.exp(-max(-MAX_ODDS, min(row.slope * odds + row.bias.get(group, 0.0), MAX_ODDS))))


def context_of(sighting: Sighting) -> str:
    """Return what is known of `sighting` besides its name."""
    if sighting.is_website:
        return WEBSITE
    if sighting.value is not None or sighting.expiry_s is not None:
        return OBSERVED
    return DOMAIN if sighting.host and sighting.third_party is not False else NAME


RAW = Confidences({}, {})
"""Nothing is measured yet: the model's shares stand as they are."""


@cache
def load_confidences(path: Path = FILE) -> Confidences:
    """Return the confidences in `path`, read once in a process. Raises ConfidencesError."""
    document = json.loads(path.read_text("utf-8"))
    if document.get("schema") != SCHEMA:
        raise ConfidencesError(f"{path.name} is no {SCHEMA}; train it again.")
    return new_confidences(document)


def new_confidences(document: ConfidencesDocument) -> Confidences:
    """Return the confidences of a document as training makes it."""
    model = {context: ModelRow(row["slope"], row["bias"]) for context, row in document["model"].items()}
    return Confidences(GUESSED | document["rows"], model)
