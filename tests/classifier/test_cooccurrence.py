"""Names seen together inform each other where only the model knows them."""

import pytest

from consent.classifier.address_book import AddressBook
from consent.classifier.catalog import VENDORS, load_catalog
from consent.classifier.classifier import Classifier, Decisions
from consent.classifier.confidences import RAW, UNMEASURED
from consent.classifier.name_index import KnownName, Names
from consent.classifier.observation import Observation
from consent.classifier.result import MODEL, NAME_AND_DOMAIN, NONE, UNCLASSIFIED
from consent.core.groups import ESSENTIAL
from tests.classifier.small_model import model_of

HOSTS = AddressBook(load_catalog(VENDORS).vendors)
MODEL_OF_WORDS = model_of({"w:sale": [0, 0, 0, 4000], "w:count": [0, 0, 4000, 0]})
NEW = "ads.new-vendor.example"
SALES = [Observation(f"{letter}_sale", NEW) for letter in "abcd"]


def classifier(*known: KnownName, decisions: Decisions | None = None) -> Classifier:
    names = Names()
    for one in known:
        names.add(one)
    return Classifier(names, HOSTS, MODEL_OF_WORDS, decisions, RAW)


def alone(met: Observation, asked: Classifier | None = None) -> tuple[str, float]:
    answer = (asked or classifier()).cookie(met.name, met.domain, third_party=met.third_party)
    return answer.suggestion, answer.confidence


def test_a_name_that_tells_nothing_is_for_what_the_others_of_its_domain_are_for() -> None:
    mute = Observation("q", NEW)
    assert alone(mute)[1] == 0.25
    answer = classifier().cookies([*SALES, mute])[-1]
    assert (answer.group, answer.layer) == ("advertising", MODEL)
    assert answer.reason.endswith("beside 4 other names of new-vendor.example, which lean to advertising (62%).")


def test_the_more_others_agree_the_surer_is_the_answer_and_the_more_differ_the_less() -> None:
    asked, first = classifier(), SALES[0]
    agreed = [asked.cookies(SALES[:number])[0].confidence for number in (1, 2, 3, 4)]
    assert agreed == sorted(set(agreed))
    differ = [Observation(f"{letter}_count", NEW) for letter in "xyz"]
    assert asked.cookies([first, *differ])[0].confidence < agreed[0] == alone(first)[1]


@pytest.mark.parametrize(
    "others",
    [
        [Observation("b_sale", "other.example")],
        [Observation("a_sale", "sub.new-vendor.example")],
        [Observation("b_sale", NEW, third_party=False)],
        [],
    ],
    ids=["of another domain", "of the same name", "of the site itself", "none"],
)
def test_without_others_an_answer_is_that_of_the_name_alone(others: list[Observation]) -> None:
    asked, met = classifier(), Observation("a_sale", NEW)
    assert asked.cookies([met, *others])[0] == asked.cookie(met.name, met.domain)


def test_names_of_a_site_are_of_one_owner_where_they_begin_as_no_known_name_does() -> None:
    met = [Observation("_zqx_sale"), Observation("_ZQX_my_sale"), Observation("_zqx_r")]
    answer = classifier().cookies(met)[-1]
    assert (answer.group, answer.layer) == ("advertising", MODEL)
    assert "beside 2 other names that begin with _zq, which lean to advertising" in answer.reason
    known = classifier(KnownName("_zqx_old", "analytics", None, "somebody"))
    assert [one.confidence for one in known.cookies(met)] == [alone(one)[1] for one in met]


def test_answers_of_surer_layers_inform_the_others_and_stay() -> None:
    listed = classifier(KnownName("known", "analytics", None, "vendor", (NEW,)))
    first, second = listed.cookies([Observation("known", NEW), Observation("q", NEW)])
    assert (first.group, first.layer, first.confidence) == ("analytics", NAME_AND_DOMAIN, UNMEASURED)
    assert second.suggestion == "analytics"
    assert "beside one other name of new-vendor.example, which leans to analytics" in second.reason
    decided = classifier(decisions=Decisions({("_zqx_a", ""): ("functional", None)}))
    assert decided.cookies([Observation("_zqx_a"), Observation("_zqx_b")])[1].suggestion == "functional"


def test_other_names_never_make_one_essential() -> None:
    decided = {(f"_zqx_{letter}", ""): (ESSENTIAL, "session") for letter in "abcdefgh"}
    asked = classifier(decisions=Decisions(decided))
    answer = asked.cookies([*(Observation(name) for name, _ in decided), Observation("_zqx_q")])[-1]
    assert (answer.group, answer.layer, answer.suggestion) == (UNCLASSIFIED, NONE, ESSENTIAL)
    assert answer.confidence > 0.8
    assert "not enough, a user has to review it" in answer.reason


def test_names_at_a_known_host_or_at_an_owners_own_website_are_left_to_its_owner() -> None:
    assert HOSTS.place("www.googletagmanager.com").owner is not None
    for host in ("www.googletagmanager.com", "www.linkedin.com"):
        asked, met = classifier(), [Observation("q", host), Observation("a_sale", host)]
        assert asked.cookies(met) == [asked.cookie(one.name, one.domain) for one in met]


def test_a_name_on_many_sites_counts_as_one_other_name() -> None:
    many = [Observation("_zqx_sale", f"site{number}.example", third_party=False) for number in range(50)]
    met = [Observation("_zqx_a"), *many]
    once, often = classifier().cookies(met[:2])[0], classifier().cookies(met)[0]
    assert often.confidence == pytest.approx(once.confidence)
    assert "one other name" in often.reason
    assert classifier().cookies(met[::-1])[-1].reason == often.reason
