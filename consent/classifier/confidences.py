"""Confidences of the classifier's answers: the shares that were right, measured on data held out of training."""

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
"""Whether most sites that declared a name, or its vendor's names, declared this group or another."""
GUESSED = {
    "script": 0.65,
    "list": 0.6,
    "address": 0.65,
    "application": 0.75,
    **{f"{kind}.{OTHERWISE}": 0.3 for kind in ("prefix", "catalog_name", "catalog_name_and_domain")},
}
"""Guesses for answers without measurements: scripts, filter lists, URLs, and names that contain an application's name.

The guesses for names that sites declared otherwise apply until enough of them are measured.
"""
UNMEASURED = 0.6
"""Confidence of an answer for which neither its evidence nor its kind has a row."""
NAME, DOMAIN, OBSERVED, WEBSITE = "name", "domain", "observed", "website"
"""What the model knew: only the name; a third-party domain; value, lifetime and party; a vendor's own website."""
BESIDE = ".beside"
"""Suffix for answers in which co-occurring names adjusted the model's shares."""
CONTEXTS = tuple(context + moved for context in (NAME, DOMAIN, OBSERVED, WEBSITE) for moved in ("", BESIDE))
MAX_ODDS = 20.0


class ConfidencesError(ValueError):
    """Raised when a file of confidences can't be used."""


class ModelRow(NamedTuple):
    """Calibration of the model: log-odds of being right are `slope` times the share's, plus the group's `bias`."""

    slope: float
    bias: Mapping[str, float]


class ModelRowDocument(TypedDict):
    """A row of the model as written by training."""

    slope: float
    bias: dict[str, float]


class ConfidencesDocument(TypedDict):
    """Confidences as written by training."""

    schema: str
    rows: dict[str, float]
    model: dict[str, ModelRowDocument]


@dataclass(frozen=True, slots=True)
class Confidences:
    """Shares of right answers by evidence, such as `word.for`, and calibrations of the model's shares by context.

    Evidence is a kind of answer, a period, and what supports or contradicts it; the kind alone also has a row.
    """

    rows: Mapping[str, float]
    model: Mapping[str, ModelRow]

    def confidence(self, evidence: str) -> float:
        """Return the share of answers with this `evidence` that are right."""
        while evidence not in self.rows:
            evidence, point, _ = evidence.rpartition(".")
            if not point:
                return UNMEASURED
        return self.rows[evidence]

    def of_model(self, context: str, group: str, share: float) -> float:
        """Return how often the model is right if it gives `group` this `share`; the share itself if not measured."""
        row = self.model.get(context) or self.model.get(context.removesuffix(BESIDE))
        if row is None:
            return share
        least = math.exp(-MAX_ODDS)
        odds = math.log(max(share, least) / max(1 - share, least))
        return 1 / (1 + math.exp(-max(-MAX_ODDS, min(row.slope * odds + row.bias.get(group, 0.0), MAX_ODDS))))


def context_of(sighting: Sighting) -> str:
    """Return what is known about `sighting` besides its name."""
    if sighting.is_website:
        return WEBSITE
    if sighting.value is not None or sighting.expiry_s is not None:
        return OBSERVED
    return DOMAIN if sighting.host and sighting.third_party is not False else NAME


RAW = Confidences({}, {})
"""No measurements yet: the model's shares are used unchanged."""


@cache
def load_confidences(path: Path = FILE) -> Confidences:
    """Return the confidences in `path`, read once per process. Raises ConfidencesError."""
    document = json.loads(path.read_text("utf-8"))
    if document.get("schema") != SCHEMA:
        raise ConfidencesError(f"{path.name} is no {SCHEMA}; train it again.")
    return new_confidences(document)


def new_confidences(document: ConfidencesDocument) -> Confidences:
    """Return the confidences of a document written by training."""
    model = {context: ModelRow(row["slope"], row["bias"]) for context, row in document["model"].items()}
    return Confidences(GUESSED | document["rows"], model)
