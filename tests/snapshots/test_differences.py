"""What a publish would change names what somebody changed, also beside a config that lacks a setting."""

import copy

import pytest

from consent.snapshots.draft import Draft, new_draft
from consent.snapshots.publish import Change, differences


@pytest.fixture
def draft() -> Draft:
    """Return a draft with a payment page of its own and one setting made."""
    made = new_draft("shop", ["https://shop.example"])
    made["overrides"] |= {"one_choices_link": True, "payment_paths": ["/pay"]}
    return made


def settings_in(draft: Draft, live: Draft | None) -> list[Change]:
    return [change for change in differences(draft, live) if change.subject.startswith(("overrides", "look"))]


def published(draft: Draft) -> Draft:
    """Return the live config of a draft without tags, as far as differences look at it."""
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
