"""Train the cookie model with scikit-learn (an extra); deterministic for the same data."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import Ridge
from sklearn.model_selection import GroupKFold
from sklearn.preprocessing import normalize
from threadpoolctl import threadpool_limits

from consent.classifier.address_book import AddressBook
from consent.classifier.features import all_features, weight
from consent.classifier.model import SCHEMA, SHARPNESS, WHOLE, ModelDocument
from consent.classifier.observation import Sighting
from consent.classifier.training.training_data import Example, read_listed, read_observed
from consent.core.groups import GROUPS

SMALLNESS = 0.65
"""Of keeping weights small against what the data say; found by cross-validation by vendor."""
BALANCE = 0.4
"""How far rare purposes are made up for: a row weighs its purpose's share to the minus this."""
RAREST = 2
FEWEST = 10
"""Cookies that a purpose has at least; those of a rarer one count as of an unknown purpose of their group."""
SCALE = 500
FOLDS = 3
LEAST = 0.4


def train(folder: Path) -> ModelDocument:
    """Return the model of the training data in `folder` as a JSON-able document."""
    return fit(as_learnt(read_listed(folder), read_observed(folder), AddressBook(())))


def as_learnt(listed: Sequence[Example], observed: Sequence[Example], book: AddressBook) -> list[Example]:
    """Return what the model learns from: every example with all that is known of it, and by name and domain alone."""
    listed, once = _placed(listed, book), _placed(once_each(observed), book)
    return [*bare(listed), *listed, *bare(once), *once]


def once_each(examples: Sequence[Example]) -> list[Example]:
    """Return one example of each name, group and foreign domain: `_ga` on a hundred sites teaches no more than on one."""
    examples_by_key: dict[tuple[str, str, str], Example] = {}
    for example in examples:
        seen = example.sighting
        examples_by_key.setdefault((seen.name, example.group, seen.host if seen.third_party else ""), example)
    return list(examples_by_key.values())


def bare(examples: Sequence[Example]) -> list[Example]:
    """Return `examples` as those see them who know no more than a name and a domain."""
    return [_bare(example) for example in examples]


def fit(examples: Sequence[Example]) -> ModelDocument:
    """Return the model of `examples`; its temperature is found on vendors that each of some parts has not seen.

    It learns the purposes, the unknown ones of a group as one more, since a group has several kinds of names. Its
    temperature is found on lists where a name and a domain are all that is known: it promises nothing that only more
    can keep.
    One thread adds up: the sums are the same on every machine, and the tables too small for more.
    """
    features = all_features()
    sets = [sorted(set(names)) for names in features.of([example.sighting for example in examples])]
    vocabulary = _vocabulary(sets)
    table = _table(sets, vocabulary)
    learnt = _purposes(examples)
    every = {*learnt, *((group, "") for group in GROUPS)}
    purposes = sorted(every, key=lambda one: (GROUPS.index(one[0]), one[1]))
    kinds = np.array([purposes.index(one) for one in learnt])
    owners = np.array([GROUPS.index(group) for group, _ in purposes])
    trust = np.array([example.trust / 2 for example in examples]) * balance(kinds)
    hardest = np.array([float(_is_bare(example) and not example.site) for example in examples])
    with threadpool_limits(1):
        slopes, mean = _regression(table, kinds, trust, len(purposes))
        vendors = [example.vendor for example in examples]
        temperature = _temperature(table, kinds, trust, hardest, vendors, owners)
    weights = np.rint(slopes * _importance(vocabulary) * SCALE).astype(int)
    return {
        "schema": SCHEMA,
        "scale": SCALE,
        "temperature": round(temperature, 3),
        "least": LEAST,
        "purposes": purposes,
        "bias": np.rint(mean * SCALE).astype(int).tolist(),
        "weights": {f: weights[:, column].tolist() for f, column in vocabulary.items()},
    }


def balance(kinds: Any) -> Any:
    """Return by how much each row counts more or less for the sake of its kind, 1 in the mean."""
    counts = np.bincount(kinds).astype(float)
    weights = counts[kinds] ** -BALANCE
    return weights / weights.mean()


def write_model(document: ModelDocument, path: Path) -> None:
    """Write a model so that a change of the data shows as a change of lines."""
    head = {name: value for name, value in document.items() if name != "weights"}
    rows = (f"{json.dumps(f, ensure_ascii=False)}:{row}".replace(" ", "") for f, row in document["weights"].items())
    lines = ",\n".join(rows)
    path.write_text(f'{json.dumps(head)[:-1]}, "weights": {{\n{lines}\n}}}}\n', "utf-8")


def _placed(examples: Sequence[Example], book: AddressBook) -> list[Example]:
    """Return `examples` with the kind and owner of their hosts by `book`."""
    return [Example(_seen_by(book, example.sighting), *_rest(example)) for example in examples]


def _seen_by(book: AddressBook, seen: Sighting) -> Sighting:
    place = book.place(seen.host)
    return seen._replace(kind=place.kind, is_website=place.is_website)


def _bare(example: Example) -> Example:
    seen = example.sighting
    host = "" if seen.third_party is False else seen.host
    return Example(seen._replace(host=host, value=None, expiry_s=None, third_party=None), *_rest(example))


def _is_bare(example: Example) -> bool:
    seen = example.sighting
    return seen.value is None and seen.expiry_s is None and seen.third_party is None


def _rest(example: Example) -> tuple[Any, ...]:
    return example.group, example.purpose, example.trust, example.vendor, example.site


def _purposes(examples: Sequence[Example]) -> list[tuple[str, str]]:
    """Return the group and purpose that each of `examples` counts as; each example is there twice."""
    purposes = [(example.group, example.purpose or "") for example in examples]
    counts = Counter(purposes)
    return [one if counts[one] >= 2 * FEWEST else (one[0], "") for one in purposes]


def _vocabulary(sets: Sequence[Sequence[str]]) -> dict[str, int]:
    counts = Counter(feature for features in sets for feature in features)
    frequent = sorted(feature for feature, count in counts.items() if count >= 2 * RAREST)
    return {feature: column for column, feature in enumerate(frequent)}


def _table(sets: Sequence[Sequence[str]], vocabulary: dict[str, int]) -> Any:
    columns: list[int] = []
    ends = [0]
    for features in sets:
        columns += [vocabulary[feature] for feature in features if feature in vocabulary]
        ends.append(len(columns))
    values = _importance(vocabulary)[columns]
    return normalize(csr_matrix((values, columns, ends), shape=(len(sets), len(vocabulary))))


def _importance(vocabulary: dict[str, int]) -> Any:
    """Return by how much each feature is multiplied, in the order of its columns."""
    return np.array([weight(feature) for feature in vocabulary])


def _regression(table: Any, kinds: Any, trust: Any, count: int) -> tuple[Any, Any]:
    """Return the slopes of each of `count` purposes and the share of each.

    By least squares: a label that is wrong, as some are, pulls less than in a logistic regression.
    """
    wanted = np.eye(count)[kinds]
    mean = trust @ wanted / trust.sum()
    ridge = Ridge(alpha=SMALLNESS, fit_intercept=False, solver="sparse_cg", tol=1e-5)
    return ridge.fit(table, wanted - mean, sample_weight=trust).coef_, mean


def _temperature(table: Any, kinds: Any, trust: Any, judged: Any, vendors: Sequence[str], owners: Any) -> float:
    """Return the divisor of the scores that fits held-out vendors best; `judged` weighs what counts."""
    scores = np.zeros((len(kinds), len(owners)))
    for training, held_out in GroupKFold(FOLDS, shuffle=True, random_state=0).split(table, kinds, vendors):
        slopes, mean = _regression(table[training], kinds[training], trust[training], len(owners))
        scores[held_out] = table[held_out] @ slopes.T + mean
    by_group = [scores[:, owners == group] for group in range(len(GROUPS))]
    grown = [np.log(np.exp(SHARPNESS * part).sum(axis=1)) + WHOLE * part.sum(axis=1) for part in by_group]
    steps: list[float] = np.arange(0.5, 5, 0.05).tolist()
    return min(steps, key=lambda step: _loss(np.stack(grown, axis=1) / step, owners[kinds], judged))


def _loss(scores: Any, groups: Any, trust: Any) -> float:
    highest = scores.max(axis=1, keepdims=True)
    logs = scores - highest - np.log(np.exp(scores - highest).sum(axis=1, keepdims=True))
    return float(-(logs[np.arange(len(groups)), groups] * trust).sum() / trust.sum())
