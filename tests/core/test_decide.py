"""The decision, tested on handwritten cases."""

import pytest

from consent.core.decide import REASONS
from tests.golden import TCF_FILE, golden_cases

CASES = [*golden_cases(), *golden_cases(TCF_FILE)]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_the_golden_case_holds(case):
    decision = case["full"]
    assert {tag["id"]: f"{tag['mode']} {tag['reason']}" for tag in decision["tags"]} == case["tags"]
    for fact in {"show", "status", "expires"} & case.keys():
        assert decision[fact] == case[fact]


def test_every_reason_is_of_the_closed_set_and_is_shown_by_a_case():
    seen = {tag["reason"] for case in CASES for tag in case["full"]["tags"]}
    assert seen == REASONS


def test_allowed_and_limited_tags_are_those_of_the_mode():
    for case in CASES:
        full = case["full"]
        assert full["allowed_tags"] == [tag["id"] for tag in full["tags"] if tag["mode"] == "full"]
        assert full["limited_tags"] == [tag["id"] for tag in full["tags"] if tag["mode"] == "limited"]
