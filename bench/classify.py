"""Evaluate the classifier on unseen vendors and sites: `python -m bench.classify`."""

from collections.abc import Iterable
from pathlib import Path

from bench.classify_addresses import addresses_report
from bench.classify_folds import Answered, unseen_sites, unseen_vendors
from bench.classify_report import report
from bench.classify_speed import ROWS, speeds
from consent.classifier.address_book import AddressBook
from consent.classifier.catalogue import VENDORS, load_catalogue
from consent.classifier.training_data import read_listed, read_observed

FOLDER = Path(__file__).parents[1] / "tools" / "classify-data"


def main() -> None:
    """Measure and print, the hardest first."""
    listed, observed = read_listed(FOLDER), read_observed(FOLDER)
    alone, book = AddressBook(()), AddressBook(load_catalogue(VENDORS).vendors)
    whom = f"{len(listed)} listed cookies, vendors unseen, by name and domain"
    for hosts, known in (
        ("no host is known to anybody", AddressBook([], None)),
        ("with the table of third-party hosts", alone),
        ("with all hosts that are shipped", book),
    ):
        _print_both(f"{whom}; {hosts}", unseen_vendors(listed, observed, known), 0.65, 0.6)
    whom = f"{len(observed)} observed cookies, sites unseen, with value, life and party"
    _print_both(whom, unseen_sites(listed, observed, book), 0.78, 0.75)
    print("\nAddresses of scripts")
    print(addresses_report(FOLDER, listed))
    print(f"\nRows a second, of files of {ROWS:,} with the start of the command")
    for line in speeds(FOLDER):
        print(line, flush=True)


def _print_both(title: str, answered: Iterable[Answered], accuracy: float, f1: float) -> None:
    found = [*answered]
    print(f"\n{title}\n\nEach name alone", flush=True)
    print(report([(example, alone) for example, alone, _ in found], accuracy, f1), flush=True)
    print("\nThe same names together: those of one unknown domain or of one new beginning tell of each other")
    print(report([(example, beside) for example, _, beside in found], accuracy, f1), flush=True)


if __name__ == "__main__":
    main()
