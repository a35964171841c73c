"""Cross-validation of the classifier: nothing of what is measured may be known to what is measured."""

from collections.abc import Callable, Iterator, Sequence

from sklearn.model_selection import GroupKFold

from consent.classify.addresses import AddressBook
from consent.classify.answer import Answer
from consent.classify.classifier import Classifier
from consent.classify.examples import Example
from consent.classify.model import new_model
from consent.classify.names import Known, Names
from consent.classify.seen import add_seen, seen_names
from consent.classify.sighting import Met
from consent.classify.train import as_learnt, fit

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
        classifier = _classifier(seen, as_learnt(seen, others, book), seen_names(others), book)
        yield from _answered(classifier, kept, [Met(example.sighting.name, example.sighting.host) for example in kept])


def unseen_sites(listed: Sequence[Example], observed: Sequence[Example], book: AddressBook) -> Iterator[Answered]:
    """Yield each observed cookie with the answers of a classifier that has seen no cookie of its site.

    Each site's cookies are a file of their own.
    """
    for seen, kept in _folds(observed, lambda example: example.site):
        classifier = _classifier(listed, as_learnt(listed, seen, book), seen_names(seen), book)
        for site in dict.fromkeys(example.site for example in kept):
            there = [example for example in kept if example.site == site]
            yield from _answered(classifier, there, [_met(example) for example in there])


def _answered(classifier: Classifier, examples: Sequence[Example], met: Sequence[Met]) -> Iterator[Answered]:
    alone = (
        classifier.cookie(
            one.name, one.domain, value=one.value, expiry_s=one.expiry_s, third_party=one.third_party, script=one.script
        )
        for one in met
    )
    return zip(examples, alone, classifier.cookies(met), strict=True)


def _met(example: Example) -> Met:
    seen = example.sighting
    return Met(seen.name, seen.host, seen.value, seen.expiry_s, seen.third_party)


def _classifier(
    listed: Sequence[Example], learnt: Sequence[Example], declared: Sequence[Known], book: AddressBook
) -> Classifier:
    names = Names()
    for example in listed:
        name = example.sighting.name + ("*" if example.is_prefix else "")
        names.add(Known(name, example.group, example.purpose, example.vendor, example.domains))
    add_seen(names, declared)
    return Classifier(names, book, new_model(fit(learnt)))


def _folds(examples: Sequence[Example], key: Callable[[Example], str]) -> Iterator[tuple[list[Example], list[Example]]]:
    groups = [key(example) for example in examples]
    for seen, kept in GroupKFold(FOLDS, shuffle=True, random_state=0).split(examples, groups=groups):
        yield [examples[i] for i in seen], [examples[i] for i in kept]
