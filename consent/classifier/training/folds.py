"""Folds that hold out whole vendors and sites: answers for cookies the classifier has never seen."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from sklearn.model_selection import GroupKFold

from consent.classifier.address_book import AddressBook
from consent.classifier.catalog import Catalog
from consent.classifier.classifier import Classifier
from consent.classifier.confidences import RAW, Confidences
from consent.classifier.model import new_model
from consent.classifier.name_index import KnownName, Names, known_names
from consent.classifier.observation import Observation
from consent.classifier.observed_names import add_observed, observed_names
from consent.classifier.result import Answer
from consent.classifier.training.train import fit, training_examples
from consent.classifier.training.training_data import Example

FOLDS = 8
BARE_WEIGHT = 0.25
"""Weight of a name without its domain, since lists of bare names are classified less often than scans."""
Answered = tuple[Example, Answer, Answer]
"""An example, its answer on its own, and its answer along with the examples held out with it."""
Meeting = Callable[[Example], Observation]


@dataclass(frozen=True)
class Fold:
    """A classifier, and files of examples from vendors or sites it hasn't seen; each example counts `weight`."""

    number: int
    classifier: Classifier
    files: Sequence[Sequence[Example]]
    met: Meeting
    weight: float = 1.0

    def answers(self, confidences: Confidences = RAW) -> Iterator[Answered]:
        """Yield each example with its answers, using `confidences`."""
        asked = self.classifier.with_confidences(confidences)
        for examples in self.files:
            items = [self.met(example) for example in examples]
            alone = asked.classify_separately(items)
            together = asked.combine(alone)
            single = (asked.combine([one]).answer(0) for one in alone)
            yield from zip(examples, single, map(together.answer, range(len(items))), strict=True)


def vendor_folds(
    listed: Sequence[Example], observed: Sequence[Example], books: Sequence[AddressBook]
) -> Iterator[list[Fold]]:
    """Yield parts of the vendors, each with one fold per address book and one in which names have no domain.

    The classifier gets only name and domain; its catalog is the cookies of the other vendors. The model is trained
    with the table of third-party hosts, as the shipped one is. Everything held out at once is one file: the cookies of
    about thirty vendors.
    """
    for number, (seen, kept) in enumerate(_folds(listed, lambda example: example.vendor)):
        vendors = {example.vendor for example in kept}
        others = [example for example in observed if example.vendor not in vendors]
        model = new_model(fit(training_examples(seen, others, AddressBook(()))))
        names = _names(seen, observed_names(others))
        folds = [Fold(number, Classifier(names, book, model, None, RAW), [kept], _by_name_and_domain) for book in books]
        yield [*folds, Fold(number, folds[0].classifier, [kept], _by_name, BARE_WEIGHT)]


def site_folds(listed: Sequence[Example], observed: Sequence[Example], catalog: Catalog) -> Iterator[Fold]:
    """Yield parts of the sites, each with the catalog and a model that has seen none of their cookies.

    Each site's cookies are a separate file.
    """
    book = AddressBook(catalog.vendors)
    for number, (seen, kept) in enumerate(_folds(observed, lambda example: example.site)):
        model = new_model(fit(training_examples(listed, seen, AddressBook(()))))
        names = known_names(catalog.vendors)
        add_observed(names, observed_names(seen))
        sites = dict.fromkeys(example.site for example in kept)
        files = [[example for example in kept if example.site == site] for site in sites]
        yield Fold(number, Classifier(names, book, model, None, RAW), files, _as_observed)


def _by_name_and_domain(example: Example) -> Observation:
    return Observation(example.sighting.name, example.sighting.host)


def _by_name(example: Example) -> Observation:
    return Observation(example.sighting.name)


def _as_observed(example: Example) -> Observation:
    seen = example.sighting
    return Observation(seen.name, seen.host, seen.value, seen.expiry_s, seen.third_party)


def _names(listed: Iterable[Example], declared: Sequence[KnownName]) -> Names:
    names = Names()
    for example in listed:
        name = example.sighting.name + ("*" if example.is_prefix else "")
        names.add(KnownName(name, example.group, example.purpose, example.vendor, example.domains))
    add_observed(names, declared)
    return names


def _folds(examples: Sequence[Example], key: Callable[[Example], str]) -> Iterator[tuple[list[Example], list[Example]]]:
    groups = [key(example) for example in examples]
    parts = min(FOLDS, len(set(groups)))
    if parts < 2:
        return
    for seen, kept in GroupKFold(parts, shuffle=True, random_state=0).split(examples, groups=groups):
        yield [examples[i] for i in seen], [examples[i] for i in kept]
