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
"""Regularization strength, found by cross-validation by vendor."""
BALANCE = 0.4
"""How much rare purposes are upweighted: a row's weight is its purpose's count to the power of minus this."""
RAREST = 2
FEWEST = 10
"""Minimum number of cookies of a purpose; those of rarer purposes count as an unknown purpose of their group."""
SCALE = 500
FOLDS = 3
LEAST = 0.4


def train(folder: Path) -> ModelDocument:
    """Return the model for the training data in `folder` as a JSON-compatible document."""
    return fit(training_examples(read_listed(folder), read_observed(folder), AddressBook(())))


def training_examples(listed: Sequence[Example], observed: Sequence[Example], book: AddressBook) -> list[Example]:
    """Return the examples the model learns from: each with all that is known, and with name and domain only."""
    listed, once = _with_host_kinds(listed, book), _with_host_kinds(without_duplicates(observed), book)
    return [*name_and_domain_only(listed), *listed, *name_and_domain_only(once), *once]


def without_duplicates(examples: Sequence[Example]) -> list[Example]:
    """Return one example per name, group and third-party domain: `_ga` teaches no more on 100 sites than on one."""
    examples_by_key: dict[tuple[str, str, str], Example] = {}
    for example in examples:
        seen = example.sighting
        examples_by_key.setdefault((seen.name, example.group, seen.host if seen.third_party else ""), example)
    return list(examples_by_key.values())


def name_and_domain_only(examples: Sequence[Example]) -> list[Example]:
    """Return `examples` reduced to name and domain."""
    return [_without_details(example) for example in examples]


def fit(examples: Sequence[Example]) -> ModelDocument:
    """Return the model fitted to `examples`, with its temperature chosen on held-out vendors.

    It learns purposes, counting a group's unknown ones as one more, since a group has several kinds of names. The
    temperature is chosen on list entries known only by name and domain, so that the model doesn't promise a certainty
    that takes more information. Fitting uses one thread, so that sums are the same on every machine; the tables are too
    small for more.
    """
    features = all_features()
    sets = [sorted(set(names)) for names in features.compute([example.sighting for example in examples])]
    vocabulary = _vocabulary(sets)
    table = _table(sets, vocabulary)
    learned = _purposes(examples)
    every = {*learned, *((group, "") for group in GROUPS)}
    purposes = sorted(every, key=lambda one: (GROUPS.index(one[0]), one[1]))
    kinds = np.array([purposes.index(one) for one in learned])
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
    """Return a weight for each row that balances the kinds, with mean 1."""
    counts = np.bincount(kinds).astype(float)
    weights = counts[kinds] ** -BALANCE
    return weights / weights.mean()


def write_model(document: ModelDocument, path: Path) -> None:
    """Write a model with one feature per line, so that diffs are readable."""
    head = {name: value for name, value in document.items() if name != "weights"}
    rows = (f"{json.dumps(f, ensure_ascii=False)}:{row}".replace(" ", "") for f, row in document["weights"].items())
    lines = ",\n".join(rows)
    path.write_text(f'{json.dumps(head)[:-1]}, "weights": {{\n{lines}\n}}}}\n', "utf-8")


def _with_host_kinds(examples: Sequence[Example], book: AddressBook) -> list[Example]:
    """Return `examples` with the kind of their hosts, and whether it is the owner's website, according to `book`."""
    return [Example(_with_host_kind(book, example.sighting), *_label_fields(example)) for example in examples]


def _with_host_kind(book: AddressBook, seen: Sighting) -> Sighting:
    place = book.place(seen.host)
    return seen._replace(kind=place.kind, is_website=place.is_website)


def _without_details(example: Example) -> Example:
    seen = example.sighting
    host = "" if seen.third_party is False else seen.host
    return Example(seen._replace(host=host, value=None, expiry_s=None, third_party=None), *_label_fields(example))


def _is_bare(example: Example) -> bool:
    seen = example.sighting
    return seen.value is None and seen.expiry_s is None and seen.third_party is None


def _label_fields(example: Example) -> tuple[Any, ...]:
    return example.group, example.purpose, example.trust, example.vendor, example.site


def _purposes(examples: Sequence[Example]) -> list[tuple[str, str]]:
    """Return the group and purpose that each example counts as; each example occurs twice."""
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
    """Return the factor for each feature, in column order."""
    return np.array([weight(feature) for feature in vocabulary])


def _regression(table: Any, kinds: Any, trust: Any, count: int) -> tuple[Any, Any]:
    """Return the slopes of each of `count` purposes, and each purpose's share.

    Uses least squares, on which wrong labels, of which there are some, have less influence than on logistic regression.
    """
    wanted = np.eye(count)[kinds]
    mean = trust @ wanted / trust.sum()
    ridge = Ridge(alpha=SMALLNESS, fit_intercept=False, solver="sparse_cg", tol=1e-5)
    return ridge.fit(table, wanted - mean, sample_weight=trust).coef_, mean


def _temperature(table: Any, kinds: Any, trust: Any, judged: Any, vendors: Sequence[str], owners: Any) -> float:
    """Return the divisor of the scores that best fits held-out vendors; `judged` is the weight of each row."""
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
