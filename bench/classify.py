"""Evaluate the classifier on unseen vendors and sites: `python -m bench.classify`."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from bench.classify_addresses import addresses_report
from bench.classify_report import Aims, report
from bench.classify_speed import ROWS, speeds
from consent.classifier.address_book import AddressBook
from consent.classifier.catalog import VENDORS, load_catalog
from consent.classifier.confidences import new_confidences
from consent.classifier.training.calibration import calibrate
from consent.classifier.training.folds import Answered, Fold, site_folds, vendor_folds
from consent.classifier.training.training_data import read_listed, read_observed

FOLDER = Path(__file__).parents[1] / "tools" / "classify-data"
OF_VENDORS = Aims(accuracy=0.65, f1=0.6, sure=0.35, right=0.88, danger=0.01)
OF_SITES = Aims(accuracy=0.78, f1=0.75, sure=0.75, right=0.9, danger=0.005)
SHIPPED, HIDDEN, NAMES = range(3)
"""The folds of a part: with all shipped hosts, with none, and with names without a domain."""


def main() -> None:
    """Measure and print the results, vendors first."""
    listed, observed = read_listed(FOLDER), read_observed(FOLDER)
    catalog = load_catalog(VENDORS)
    books = [AddressBook(catalog.vendors), AddressBook([], None)]
    parts = list(vendor_folds(listed, observed, books))
    sites = list(site_folds(listed, observed, catalog))
    heading = f"{len(listed)} listed cookies, vendors unseen"
    for what, place in (
        ("by name and domain; with all hosts that are shipped", SHIPPED),
        ("by name and domain; no host is known to anybody", HIDDEN),
        ("by the name alone", NAMES),
    ):
        _print_both(f"{heading}, {what}", _vendor_answers(parts, sites, place), OF_VENDORS)
    heading = f"{len(observed)} observed cookies, sites unseen, with value, life and party"
    _print_both(heading, _site_answers(parts, sites), OF_SITES)
    print("\nAddresses of scripts")
    print(addresses_report(FOLDER, listed))
    print(f"\nRows a second, of files of {ROWS:,} with the start of the command")
    for line in speeds(FOLDER):
        print(line, flush=True)


def _vendor_answers(parts: Sequence[Sequence[Fold]], sites: Sequence[Fold], place: int) -> Iterator[Answered]:
    """Yield the answers for each part, calibrated on the other parts and the sites only."""
    for part in parts:
        others = [fold for other in parts if other is not part for fold in _calibration_folds(other)]
        yield from part[place].answers(new_confidences(calibrate([*others, *sites])))


def _site_answers(parts: Sequence[Sequence[Fold]], sites: Sequence[Fold]) -> Iterator[Answered]:
    vendors = [fold for part in parts for fold in _calibration_folds(part)]
    for site in sites:
        others = [other for other in sites if other is not site]
        yield from site.answers(new_confidences(calibrate([*vendors, *others])))


def _calibration_folds(part: Sequence[Fold]) -> list[Fold]:
    """Return the folds of a part on which the shipped confidences are calibrated too."""
    return [part[SHIPPED], part[NAMES]]


def _print_both(title: str, answered: Iterable[Answered], aims: Aims) -> None:
    found = [*answered]
    print(f"\n{title}\n\nEach name alone", flush=True)
    print(report([(example, alone) for example, alone, _ in found], aims), flush=True)
    print("\nThe same names together: those of one unknown domain or of one new beginning tell of each other")
    print(report([(example, beside) for example, _, beside in found], aims), flush=True)


if __name__ == "__main__":
    main()
