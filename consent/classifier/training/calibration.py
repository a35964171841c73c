"""Confidences measured on held-out vendors and sites."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from consent.classifier.address_book import AddressBook
from consent.classifier.catalog import Catalog
from consent.classifier.confidences import (
    CONTEXTS,
    GUESSED,
    MAX_ODDS,
    RAW,
    SCHEMA,
    Confidences,
    ConfidencesDocument,
    new_confidences,
)
from consent.classifier.result import MODEL, Answer
from consent.classifier.training.folds import Answered, Fold, site_folds, vendor_folds
from consent.classifier.training.training_data import Example
from consent.core.groups import GROUPS

MAX_COUNTED = 40
"""Maximum number of cookies that a vendor or site counts for, so that results also hold for small ones."""
DOUBT = 4
"""Number of additional answers in each row, right as often as in the row above, but at most `DOUBTED`."""
DOUBTED = 0.7
FEWEST = 20
"""Minimum number of the model's answers in a context; below it, its shares are left uncalibrated."""
Outcome = tuple[str, str, float, bool, float]
"""The evidence of an answer, its group, its confidence, whether it is right, and its weight."""


def confidences_of(listed: Sequence[Example], observed: Sequence[Example], catalog: Catalog) -> ConfidencesDocument:
    """Return the confidences to ship, measured with all shipped hosts."""
    parts = vendor_folds(listed, observed, [AddressBook(catalog.vendors)])
    return calibrate([*chain.from_iterable(parts), *site_folds(listed, observed, catalog)])


def calibrate(folds: Sequence[Fold]) -> ConfidencesDocument:
    """Return the confidences of the answers in `folds`.

    The layers other than the model come first, because the model takes their confidences into account. Half of the
    model's weight comes from names classified alone, half from names classified together.
    """
    rows = _rows([one for fold in folds for one in _outcomes(fold, RAW, lambda one: [one[1]])])
    document: ConfidencesDocument = {"schema": SCHEMA, "rows": rows, "model": {}}
    known = new_confidences(document)
    outcomes = [one for fold in folds for one in _outcomes(fold, known, lambda one: [one[1], one[2]])]
    for context in CONTEXTS:
        asked = [one for one in outcomes if one[0] == f"{MODEL}.{context}"]
        if len(asked) >= FEWEST:
            slope, bias = _logistic(asked)
            document["model"][context] = {"slope": slope, "bias": bias}
    return document


def write_confidences(document: ConfidencesDocument, path: Path) -> None:
    """Write confidences with one entry per line, so that diffs are readable."""
    path.write_text(json.dumps(document, indent=1) + "\n", "utf-8")


def _outcomes(fold: Fold, confidences: Confidences, choose: Callable[[Answered], list[Answer]]) -> list[Outcome]:
    answers = [*fold.answers(confidences)]
    sizes = Counter(_holdout_key(one[0]) for one in answers)
    outcomes = []
    for one in answers:
        example, judged = one[0], choose(one)
        counts = fold.weight * min(1.0, MAX_COUNTED / sizes[_holdout_key(example)]) / len(judged)
        for answer in judged:
            if answer.evidence:
                group = answer.suggestion or answer.group
                outcomes.append((answer.evidence, group, answer.confidence, group == example.group, counts))
    return outcomes


def _holdout_key(example: Example) -> str:
    return example.site or example.vendor


def _rows(outcomes: Iterable[Outcome]) -> dict[str, float]:
    hits, whole = dict[str, float](), dict[str, float]()
    for evidence, _, _, is_right, counts in outcomes:
        if not evidence.startswith(f"{MODEL}."):
            parts = evidence.split(".")
            for row in (".".join(parts[:size]) for size in range(1, len(parts) + 1)):
                whole[row] = whole.get(row, 0.0) + counts
                hits[row] = hits.get(row, 0.0) + counts * is_right
    rows = dict[str, float]()
    for row in sorted(whole, key=lambda row: (row.count("."), row)):
        usual = GUESSED.get(row) or min(rows.get(row.rpartition(".")[0], DOUBTED), DOUBTED)
        rows[row] = round((hits[row] + DOUBT * usual) / (whole[row] + DOUBT), 3)
    return rows


def _logistic(outcomes: Sequence[Outcome]) -> tuple[float, dict[str, float]]:
    """Return a logistic fit of being right: the slope for the share's log-odds, and the bias of each group."""
    shares = np.array([one[2] for one in outcomes])
    odds = np.clip(np.log(shares) - np.log1p(-np.minimum(shares, 1 - 1e-12)), -MAX_ODDS, MAX_ODDS)
    groups = np.array([[float(one[1] == group) for group in GROUPS] for one in outcomes])
    right, weights = np.array([one[3] for one in outcomes]), np.array([one[4] for one in outcomes])
    with threadpool_limits(1):
        found = LogisticRegression(fit_intercept=False, tol=1e-8, max_iter=1000).fit(
            np.column_stack([odds, groups]), right, sample_weight=weights
        )
    slope, *biases = found.coef_[0]
    return round(float(slope), 3), {group: round(float(bias), 3) for group, bias in zip(GROUPS, biases, strict=True)}
