"""The differences before a publish name what somebody changed, even against a config that lacks a setting."""

import copy

import pytest

from consent.core.documents.config import Draft
from consent.publishing.publish import Change, differences
from consent.sites.draft import new_draft
from consent.sites.draft_changes import changed_parts


@pytest.fixture
def draft() -> Draft:
    """Return a draft with its own payment page and one setting changed."""
    made = new_draft("shop", ["https://shop.example"])
    made["overrides"] |= {"one_choices_link": True, "payment_paths": ["/pay"]}
    return made


def settings_in(draft: Draft, live: Draft | None) -> list[Change]:
    return [change for change in differences(draft, live) if change.subject.startswith(("overrides", "look"))]


def published(draft: Draft) -> Draft:
    """Return the live config of a draft without tags, in the parts that differences use."""
    live = copy.deepcopy(draft)
    live["texts"]["own"] = live["texts"]["languages"]
    return live


def test_a_first_publish_names_the_settings_that_were_made(draft):
    usual = new_draft("shop", [])["overrides"]["payment_paths"]
    assert settings_in(draft, None) == [
        Change("overrides one_choices_link", False, True),
        Change("overrides payment_paths", usual, ["/pay"]),
    ]


def test_a_setting_that_the_live_config_lacks_was_what_nobody_makes(draft):
    live = published(draft)
    for name in ("one_choices_link", "payment_paths", "sightings"):
        del live["overrides"][name]
    assert settings_in(draft, live) == [
        Change("overrides one_choices_link", False, True),
        Change("overrides payment_paths", [], ["/pay"]),
    ]


def test_what_is_live_is_no_difference(draft):
    assert settings_in(draft, published(draft)) == []


@pytest.mark.parametrize("changed", [0, 1])
def test_of_two_cookies_of_one_name_each_change_is_told_to_whoever_publishes_and_to_the_log(draft, changed):
    facts = {"name": "_epik", "pattern": False, "kind": "cookie", "group": "advertising", "purpose": None}
    facts |= {"vendor": None, "lifetime_s": 60}
    own, theirs = {"domain": None, "third_party": False}, {"domain": "pinterest.example", "third_party": True}
    draft["cookies"] = [facts | own, facts | theirs]
    live, newer = published(draft), copy.deepcopy(draft)
    assert [change for change in differences(newer, live) if change.subject.startswith("cookie")] == []
    newer["cookies"][changed]["lifetime_s"] = 1
    (change,) = [change for change in differences(newer, live) if change.subject.startswith("cookie")]
    sides = (draft["cookies"][changed], newer["cookies"][changed])
    assert (change.before, change.after) == sides
    before, after = changed_parts(draft, newer)
    assert ([*before.values()], [*after.values()]) == ([sides[0]], [sides[1]])
