"""What words in names and domains suggest to the model."""

import csv

import pytest

from consent.classifier.features import all_features
from consent.classifier.keyword_topics import FILE, domain_topics, name_topics
from consent.classifier.name_index import words_of
from consent.classifier.observation import Sighting


def topics(name: str) -> set[str]:
    return {*name_topics(words_of(name))}


@pytest.mark.parametrize(
    ("name", "topic"),
    [
        ("shop_basket", "t:cart"),
        ("mypagecounter", "t:visitor"),
        ("userlangchoice", "t:language"),
        ("XCSRFTOKEN", "t:security"),
    ],
)
def test_a_known_word_is_found_alone_and_within_a_longer_one(name: str, topic: str) -> None:
    assert topic in topics(name)


def test_a_short_word_counts_only_alone() -> None:
    assert "k:ad" in topics("ad_slot")
    assert "k:ad" not in topics("shadow")


def test_two_words_in_a_row_hint_at_what_both_together_say() -> None:
    assert {"k:optout", "tt:consent_state"} <= topics("all-opt-out")
    assert "k:timezone" in topics("userTimeZone")
    assert not any(feature.startswith("tt:") for feature in topics("out_opt"))


def test_the_longest_word_at_a_place_is_taken() -> None:
    assert "k:session" in topics("mysessionx")
    assert not {"k:sess", "k:sessions"} & topics("mysessionx")


def test_a_name_of_no_known_word_says_so() -> None:
    assert topics("qzx7") == {"t:known 0"}
    assert topics("") == {"t:known 0"}
    assert topics("12_34") == {"t:known 0"}


def test_a_domain_hints_by_its_label_and_by_what_stands_below_it() -> None:
    assert {"dt:analytics", "st:programmatic"} <= {*domain_topics("sitemetrics", ["sync"])}
    assert not [*domain_topics("zzz", [])]


def test_a_topic_is_told_apart_by_whose_the_cookie_is() -> None:
    assert "own t:session" in set(*all_features().compute([Sighting("session", "shop.example", None, None, False)]))
    assert "domain t:session" in set(*all_features().compute([Sighting("session", "other.example", None, None, True)]))


def test_a_cookie_of_an_owners_own_website_is_read_like_one_of_a_site() -> None:
    found = set(
        *all_features().compute([Sighting("session", "vendor.example", None, None, True, "ad", is_website=True)])
    )
    assert {"own t:session", "H:website", "O:ad"} <= found
    assert "H:website" not in set(
        *all_features().compute([Sighting("session", "vendor.example", None, None, True, "ad")])
    )


def test_each_topic_of_the_table_is_named_once_and_its_words_are_ones_that_can_be_met() -> None:
    with FILE.open(encoding="utf-8", newline="") as file:
        rows = [*csv.DictReader(file)]
    assert len({(row["part"], row["topic"]) for row in rows}) == len(rows)
    assert {row["part"] for row in rows} == {"name", "domain"}
    assert all(word.isalnum() and word == word.lower() for row in rows for word in row["words"].split())
