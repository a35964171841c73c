"""`python -m bench.classify`: how often the classifier is right about vendors and sites that it has not seen."""

from pathlib import Path

from bench.classify_addresses import addresses_report
from bench.classify_folds import unseen_sites, unseen_vendors
from bench.classify_report import report
from consent.classify.addresses import AddressBook
from consent.classify.catalogue import VENDORS, load_catalogue
from consent.classify.examples import read_listed, read_observed

FOLDER = Path(__file__).parents[1] / "tools" / "classify-data"


def main() -> None:
    """Measure and print, the hardest first."""
    listed, observed = read_listed(FOLDER), read_observed(FOLDER)
    alone, book = AddressBook(()), AddressBook(load_catalogue(VENDORS).vendors)
    print(f"{len(listed)} listed cookies, vendors unseen, by name and domain; no host is known to anybody")
    print(report([*unseen_vendors(listed, observed, AddressBook([], None))], 0.65, 0.6), flush=True)
    print("\nThe same with the table of third-party hosts")
    print(report([*unseen_vendors(listed, observed, alone)], 0.65, 0.6), flush=True)
    print("\nThe same with all hosts that are shipped")
    print(report([*unseen_vendors(listed, observed, book)], 0.65, 0.6), flush=True)
    print(f"\n{len(observed)} observed cookies, sites unseen, with value, life and party")
    print(report([*unseen_sites(listed, observed, book)], 0.78, 0.75), flush=True)
    print("\nAddresses of scripts")
    print(addresses_report(FOLDER, listed))


if __name__ == "__main__":
    main()
