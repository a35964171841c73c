"""Cross-validation of the classifier: nothing of what is measured may be known to what is measured."""

from collections.abc import Callable, Iterator, Sequence

from sklearn.model_selection import GroupKFold

from bench.classify_report import Judged
from consent.classify.addresses import AddressBook
from consent.classify.classifier import Classifier
from consent.classify.examples import Example
from consent.classify.model import new_model
from consent.classify.names import Known, Names
from consent.classify.seen import add_seen, seen_names
from consent.classify.train import as_learnt, fit

FOLDS = 8
INNER_FOLDS = 3


def unseen_vendors(listed: Sequence[Example], observed: Sequence[Example], book: AddressBook) -> Iterator[Judged]:
    """Yield each listed cookie with the answer of a classifier that has seen no cookie of its vendor.

    It gets the name and the domain alone; cookies of other vendors are its catalogue.
    """
    for seen, kept in _folds(listed, lambda example: example.vendor):
        vendors = {example.vendor for example in kept}
        others = [example for example in observed if example.vendor not in vendors]
        classifier = _classifier(seen, as_learnt(seen, others, book), seen_names(others), book)
        for example in kept:
            yield example, classifier.cookie(example.sighting.name, example.sighting.host)


def unseen_sites(listed: Sequence[Example], observed: Sequence[Example], book: AddressBook) -> Iterator[Judged]:
    """Yield each observed cookie with the answer of a classifier that has seen no cookie of its site."""
    for seen, kept in _folds(observed, lambda example: example.site):
        classifier = _classifier(listed, as_learnt(listed, seen, book), seen_names(seen), book)
        for example in kept:
            met = example.sighting
            yield (
                example,
                classifier.cookie(
                    met.name, met.host, value=met.value, expiry_s=met.expiry_s, third_party=met.third_party
                ),
            )


def _classifier(
    listed: Sequence[Example], learnt: Sequence[Example], declared: Sequence[Known], book: AddressBook
) -> Classifier:
    names = Names()
    for example in listed:
        name = example.sighting.name + ("*" if example.is_prefix else "")
        names.add(Known(name, example.group, example.purpose, example.vendor, example.domains))
    add_seen(names, declared)
    return Classifier(names, book, new_model(fit(learnt, INNER_FOLDS)))


def _folds(examples: Sequence[Example], key: Callable[[Example], str]) -> Iterator[tuple[list[Example], list[Example]]]:
    groups = [key(example) for example in examples]
    for seen, kept in GroupKFold(FOLDS, shuffle=True, random_state=0).split(examples, groups=groups):
        yield [examples[i] for i in seen], [examples[i] for i in kept]
