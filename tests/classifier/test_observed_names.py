"""Names declared by sites: what is kept, where it counts, and that the shipped file follows from the data."""

import csv
from pathlib import Path

from consent.classifier.address_book import TABLE, AddressBook
from consent.classifier.classifier import Classifier, shipped_classifier
from consent.classifier.name_index import KnownName, Names
from consent.classifier.observation import Sighting
from consent.classifier.observed_names import add_observed, load_observed, observed_names, write_observed
from consent.classifier.result import Answer
from consent.classifier.training.training_data import Example, read_observed

DATA = Path(__file__).parents[2] / "tools" / "classify-data"


def met(name: str, group: str, site: str, host: str = "", third: bool = False) -> Example:
    return Example(Sighting(name, host or site, None, None, third), group, None, 0.4, "", site)


def classifier(*seen: KnownName) -> Classifier:
    names = Names()
    names.add(KnownName("listed", "analytics", None, "one"))
    add_observed(names, seen)
    return Classifier(names, AddressBook((), None), None)


def test_keeps_what_more_than_half_of_the_sites_declare() -> None:
    examples = [met("tidy", group, f"{group}{n}.example") for group, n in (("functional", 1), ("functional", 2))]
    assert observed_names([*examples, met("tidy", "analytics", "c.example")]) == [
        KnownName("tidy", "functional", None, "", (), 2)
    ]
    assert not observed_names([met("split", "functional", "a.example"), met("split", "analytics", "b.example")])


def test_one_site_alone_makes_nothing_essential_and_ids_are_no_names() -> None:
    assert not observed_names([met("mine", "essential", "a.example")])
    assert observed_names([met("mine", "essential", f"{n}.example") for n in "ab"])[0].group == "essential"
    assert not observed_names([met("x_4512755", "analytics", "a.example"), met("ab", "analytics", "a.example")])


def test_what_a_third_party_sets_counts_on_its_domain_alone() -> None:
    found = observed_names([met("mark", "advertising", "a.example", "cdn.other.example", third=True)])
    assert found == [KnownName("mark", "advertising", None, "", ("other.example",), 1)]
    answer = classifier(*found).cookie("mark", ".other.example", third_party=True)
    assert (answer.group, answer.layer) == ("advertising", "catalog_name_and_domain")
    assert "as declared by a site" in answer.reason


def test_a_name_of_a_list_comes_before_what_sites_say() -> None:
    both = classifier(
        KnownName("listed", "functional", None, "", (), 9), KnownName("other", "functional", None, "", (), 3)
    )
    assert both.cookie("listed").group == "analytics"
    assert both.cookie("other").reason == "The catalog lists other, as declared by 3 sites."


def test_what_sites_declare_of_a_listed_name_decides_how_sure_the_answer_is() -> None:
    alike = classifier(KnownName("listed", "analytics", None, "", (), 12)).cookie("listed", "shop.example")
    nobody = classifier().cookie("listed", "shop.example")
    otherwise = classifier(KnownName("listed", "functional", None, "", (), 1)).cookie("listed", "shop.example")
    assert alike.group == nobody.group == otherwise.group == "analytics"
    assert alike.confidence > nobody.confidence > otherwise.confidence
    assert alike.is_sure
    assert alike.reason == "The catalog lists listed under one. 12 sites declared it so."
    assert otherwise.reason == "The catalog lists listed under one. A site declared it functional."


def test_what_sites_declare_of_a_vendors_names_decides_how_sure_a_beginning_is() -> None:
    def told(*seen: KnownName) -> Answer:
        names = Names()
        for name in ("listed", "begins_*"):
            names.add(KnownName(name, "analytics", None, "one"))
        add_observed(names, seen)
        return Classifier(names, AddressBook((), None), None).cookie("begins_7f", "shop.example")

    alike = told(
        KnownName("listed", "analytics", None, "", (), 3), KnownName("begins_x", "functional", None, "", (), 2)
    )
    otherwise = told(
        KnownName("listed", "analytics", None, "", (), 2), KnownName("begins_x", "functional", None, "", (), 3)
    )
    nobody = told(KnownName("other", "analytics", None, "", (), 9))
    assert alike.group == otherwise.group == nobody.group == "analytics"
    assert alike.confidence > nobody.confidence > otherwise.confidence
    assert alike.is_sure
    assert not otherwise.is_sure
    assert alike.reason.endswith("Most names that sites declared for its vendor are analytics.")
    assert otherwise.reason.endswith("Most names that sites declared for its vendor are functional.")
    assert "declared" not in nobody.reason


def test_everyday_beginnings_are_sure() -> None:
    for name, group in (("_ga_ABC123DEF", "analytics"), ("_dc_gtm_UA-1", "analytics"), ("SESS3f2a", "essential")):
        answer = shipped_classifier().cookie(name, "shop.example")
        assert (answer.group, answer.is_sure) == (group, True), name


def test_what_sites_declare_counts_on_its_own_domain_or_where_none_is_known() -> None:
    own = KnownName("listed", "analytics", None, "", (), 2)
    foreign = KnownName("listed", "functional", None, "", ("ad.example",), 9)
    both = classifier(own, foreign)
    assert "2 sites declared it so" in both.cookie("listed", "shop.example").reason
    assert "9 sites declared it functional" in both.cookie("listed", "www.ad.example").reason
    placed = classifier(foreign)
    assert "declared" not in placed.cookie("listed", "shop.example").reason
    assert "9 sites declared it functional" in placed.cookie("listed").reason


def test_the_shipped_table_is_what_the_data_give_and_answers(tmp_path: Path) -> None:
    seen = observed_names(read_observed(DATA))
    assert load_observed() == seen
    write_observed(seen, tmp_path / "seen.csv")
    assert load_observed(tmp_path / "seen.csv") == seen
    answer = shipped_classifier().cookie("section_data_ids", "www.shop.example", third_party=False)
    assert answer.group in ("essential", "functional")


def test_the_table_of_hosts_says_what_kind_a_host_is_also_where_a_vendor_has_it() -> None:
    book = AddressBook(())
    assert (book.place("static.hotjar.com").kind, book.place("shop.example").kind) == ("analytics", "")
    assert AddressBook((), None).place("static.hotjar.com").kind == ""


def test_a_host_that_delivers_anything_is_not_essential_by_that() -> None:
    book = AddressBook(())
    for host in ("fonts.googleapis.com", "cdn.jsdelivr.net", "use.typekit.net"):
        owner = book.find(f"https://{host}/x")
        assert owner is not None
        assert (owner.group, owner.likely_group) == (None, "functional"), host
    with TABLE.open(encoding="utf-8") as file:
        groups = {(row["kind"], row["group"]) for row in csv.DictReader(file)}
    assert [kind for kind, group in groups if group == "essential"] == ["consent-provider"]
    answer = shipped_classifier().address("https://cdn.jsdelivr.net/npm/x.js")
    assert (answer.group, answer.suggestion) == ("unclassified", "functional")
