"""Cross-validation folds of the classifier without leakage from training to test data."""

from collections.abc import Callable, Iterator, Sequence

from sklearn.model_selection import GroupKFold

from consent.classifier.address_book import AddressBook
from consent.classifier.classifier import Classifier
from consent.classifier.model import new_model
from consent.classifier.name_index import Known, Names
from consent.classifier.observation import Observation
from consent.classifier.observed_names import add_observed, observed_names
from consent.classifier.result import Answer
from consent.classifier.train import as_learnt, fit
from consent.classifier.training_data import Example

FOLDS = 8
Answered = tuple[Example, Answer, Answer]
"""An example with what is said of it alone, and of it beside the others that are kept aside with it."""


def unseen_vendors(listed: Sequence[Example], observed: Sequence[Example], book: AddressBook) -> Iterator[Answered]:
    """Yield each listed cookie with the answers of a classifier that has seen no cookie of its vendor.

    It gets the name and the domain alone; cookies of other vendors are its catalogue. All that is kept aside at once is
    one file: some thirty vendors' cookies.
    """
    for seen, kept in _folds(listed, lambda example: example.vendor):
        vendors = {example.vendor for example in kept}
        others = [example for example in observed if example.vendor not in vendors]
        classifier = _classifier(seen, as_learnt(seen, others, book), observed_names(others), book)
        observed_items = [Observation(one.sighting.name, one.sighting.host) for one in kept]
        yield from _answered(classifier, kept, observed_items)


def unseen_sites(listed: Sequence[Example], observed: Sequence[Example], book: AddressBook) -> Iterator[Answered]:
    """Yield each observed cookie with the answers of a classifier that has seen no cookie of its site.

    Each site's cookies are a file of their own.
    """
    for seen, kept in _folds(observed, lambda example: example.site):
        classifier = _classifier(listed, as_learnt(listed, seen, book), observed_names(seen), book)
        for site in dict.fromkeys(example.site for example in kept):
            there = [example for example in kept if example.site == site]
            yield from _answered(classifier, there, [_met(example) for example in there])


def _answered(classifier: Classifier, examples: Sequence[Example], met: Sequence[Observation]) -> Iterator[Answered]:
    alone = (
        classifier.cookie(
            one.name, one.domain, value=one.value, expiry_s=one.expiry_s, third_party=one.third_party, script=one.script
        )
        for one in met
    )
    return zip(examples, alone, classifier.cookies(met), strict=True)


def _met(example: Example) -> Observation:
    seen = example.sighting
    return Observation(seen.name, seen.host, seen.value, seen.expiry_s, seen.third_party)


def _classifier(
    listed: Sequence[Example], learnt: Sequence[Example], declared: Sequence[Known], book: AddressBook
) -> Classifier:
    names = Names()
    for example in listed:
        name = example.sighting.name + ("*" if example.is_prefix else "")
        names.add(Known(name, example.group, example.purpose, example.vendor, example.domains))
    add_observed(names, declared)
    return Classifier(names, book, new_model(fit(learnt)))


def _folds(examples: Sequence[Example], key: Callable[[Example], str]) -> Iterator[tuple[list[Example], list[Example]]]:
    groups = [key(example) for example in examples]
    for seen, kept in GroupKFold(FOLDS, shuffle=True, random_state=0).split(examples, groups=groups):
        yield [examples[i] for i in seen], [examples[i] for i in kept]
