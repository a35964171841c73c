"""A model with few weights, whose scores for one purpose per group are the weights themselves."""

from collections.abc import Mapping, Sequence

from consent.classifier.model import SHARPNESS, WHOLE, Model, new_model
from consent.core.groups import GROUPS

EACH = [(group, "") for group in GROUPS]


def model_of(weights: Mapping[str, Sequence[int]], purposes: Sequence[tuple[str, str]] = EACH) -> Model:
    """Return a model with `weights`, in thousandths, for each of the `purposes`."""
    document = {"weights": weights, "purposes": purposes, "bias": [0] * len(purposes), "scale": 1000}
    return new_model(document | {"temperature": SHARPNESS + WHOLE, "least": 0.4})
