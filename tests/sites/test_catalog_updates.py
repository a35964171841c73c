"""Differences between the catalog and a draft's vendors, and a draft that adopts them."""

import copy
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from consent.app import load_artifacts, load_rules
from consent.classifier.catalog import VENDORS, Catalog, fill, load_catalog
from consent.classifier.vendor import new_vendor
from consent.core.days import day_of
from consent.core.documents.config import Draft
from consent.dashboard.tags.custom_code_form import load_of
from consent.publishing.preview import config_of
from consent.publishing.publish import freeze
from consent.publishing.reconsent_estimate import estimate_reconsent, keys_of
from consent.sites.catalog_updates import CatalogUpdate, newer_facts, take_newer
from consent.sites.draft import add_tag, change_tag, check_draft, new_draft, with_vendor
from consent.sites.html_snippet import read_pasted
from consent.storage.scans.reviews import Decided
from consent.storage.statistics.answer_groups import Answers

SHIPPED = load_catalog(VENDORS)
RULES, ARTIFACTS = load_rules(), load_artifacts()
COOKIE = {"pattern": False, "kind": "cookie", "lifetime_s": 60, "domain": None, "third_party": False}


def draft_with(*vendors: str) -> Draft:
    """Return a draft with each vendor's first tag from the shipped catalog."""
    draft = new_draft("shop", ["https://shop.example"])
    for vendor in map(SHIPPED.vendor, vendors):
        parameters = {parameter.id: parameter.example for parameter in vendor.tags[0].parameters}
        draft = add_tag(draft, vendor, vendor.tags[0].id, fill(vendor.tags[0], parameters), parameters)
    return draft


def after_upgrade(vendor: str, change: Callable[[dict[str, Any]], object]) -> Catalog:
    """Return a catalog in which one vendor's file is modified by `change`."""
    document = copy.deepcopy(SHIPPED.vendor(vendor).document)
    change(document)
    return Catalog((new_vendor(document),))


def decided(kind: str, name: str, group: str, host: str = "") -> Decided:
    return Decided(kind, name, host, group, None, "", "a" * 32, 0)


def one_newer(draft: Draft, catalog: Catalog, *decisions: Decided) -> CatalogUpdate:
    (found,) = newer_facts(draft, catalog, decisions)
    return found


def test_a_tag_that_was_just_added_has_what_the_catalog_has() -> None:
    for first in range(0, len(SHIPPED.vendors), 40):
        vendors = SHIPPED.vendors[first : first + 40]
        draft = new_draft("shop", ["https://shop.example"])
        for vendor in vendors:
            draft = with_vendor(draft, vendor.document)
        assert newer_facts(draft, SHIPPED, []) == []
        assert take_newer(draft, SHIPPED, [], [vendor.id for vendor in vendors]) == draft


def test_what_came_and_what_changed_is_counted_and_taken_and_the_owners_settings_stay() -> None:
    draft = draft_with("amplitude", "mixpanel")
    fresh = copy.deepcopy(draft)
    mine = {"enabled": False, "name": "Ours", "places": {"only": ["DE"], "except": []}, "sale_or_share": True}
    draft = change_tag(draft, "amplitude", mine)
    names = ("AMP_*", "AMP_TEST")
    draft["cookies"] = [c for c in draft["cookies"] if c["kind"] == "cookie" or c["vendor"] != "amplitude"]
    for cookie in draft["cookies"]:
        if cookie["name"] in names:
            cookie |= {"domain": "cdn.amplitude.com", "third_party": True}
    draft["vendors"][0] |= {"revoke": [], "hosts": ["amplitude.com"]}
    found = one_newer(draft, SHIPPED)
    assert found.vendor == "amplitude"
    assert found.words == "2 stored items added, 2 cookies changed, hosts changed, the revoke call changed"
    assert (found.moved, found.reprompted) == ([], [])
    after = take_newer(draft, SHIPPED, [], ["amplitude"])
    check_draft(after)
    assert newer_facts(after, SHIPPED, []) == []
    assert after["vendors"] == fresh["vendors"]
    assert sorted(map(str, after["cookies"])) == sorted(map(str, fresh["cookies"]))
    assert after["tags"] == draft["tags"]
    assert {name: after[name] for name in after if name not in ("vendors", "cookies")} == {
        name: draft[name] for name in draft if name not in ("vendors", "cookies")
    }
    assert take_newer(draft, SHIPPED, [], ["mixpanel"]) == draft


def test_a_vendor_that_nobody_described_consent_calls_of_gets_them() -> None:
    draft = draft_with("amplitude")
    del draft["vendors"][0]["consent"]
    assert one_newer(draft, SHIPPED).words == "the consent calls changed"
    assert take_newer(draft, SHIPPED, [], ["amplitude"]) == draft_with("amplitude")


def test_two_entries_of_one_name_are_told_and_taken_together() -> None:
    draft = draft_with("pinterest-tag")
    twice = [cookie for cookie in draft["cookies"] if cookie["name"] == "_epik"]
    assert len(twice) == 2
    twice[0]["lifetime_s"] = 1
    assert one_newer(draft, SHIPPED).words == "1 cookie changed"
    assert take_newer(draft, SHIPPED, [], ["pinterest-tag"])["cookies"] == draft_with("pinterest-tag")["cookies"]


def test_what_the_owner_decided_and_what_only_the_draft_names_stays() -> None:
    draft = draft_with("amplitude")
    own = {**COOKIE, "name": "amp_ours", "group": "essential", "vendor": "amplitude", "purpose": None}
    beyond = own | {"name": "amp_former", "group": "analytics"}
    draft["cookies"] += [own, beyond]
    newer = after_upgrade("amplitude", lambda document: document["cookies"].append(_told("amp_ours")))
    kept = decided("cookie", "amp_ours", "essential")
    assert newer_facts(draft, newer, [kept]) == []
    assert take_newer(draft, newer, [kept], ["amplitude"]) == draft
    assert one_newer(draft, newer).words == "1 cookie changed", "nobody decided on it"
    taken = take_newer(draft, newer, [], ["amplitude"])["cookies"]
    assert beyond in taken
    assert own not in taken


def test_what_the_sites_own_code_names_stays_as_its_group_has_it() -> None:
    draft = draft_with("amplitude")
    nodes = read_pasted('<script>document.cookie = "amp_ours=1"</script>').nodes
    code = draft["tags"][0] | {"id": "ours", "template": "custom", "load": load_of(nodes, []), "enabled": False}
    draft["tags"].append(code)
    entry = {**COOKIE, "name": "amp_ours", "group": "functional", "vendor": "amplitude", "purpose": None}
    draft["cookies"].append(entry | {"lifetime_s": None})
    check_draft(draft)
    newer = after_upgrade("amplitude", lambda document: document["cookies"].append(_told("amp_ours")))
    assert newer_facts(draft, newer, []) == []


def test_who_is_asked_again_is_whom_a_publish_asks_again() -> None:
    draft = draft_with("amplitude")
    purpose = after_upgrade(
        "amplitude", lambda document: document["cookies"].append(_told("amp_new", purpose="ab_testing"))
    )
    found = one_newer(draft, purpose)
    assert (found.words, found.moved, found.reprompted) == ("1 cookie added", [], [])
    after = take_newer(draft, purpose, [], ["amplitude"])
    assert _asked(draft, after) == {}

    group = after_upgrade(
        "amplitude", lambda document: document["cookies"].append(_told("amp_ads", "advertising", "ad_measurement"))
    )
    found = one_newer(draft, group)
    assert (found.words, found.reprompted) == ("1 cookie added", ["advertising"])
    assert found.moved == [("Amplitude", "advertising")]
    after = take_newer(draft, group, [], ["amplitude"])
    check_draft(after)
    assert (after["tags"][0]["group"], after["tags"][0]["sale_or_share"]) == ("advertising", True)
    assert _asked(draft, after) == {("advertising",): 9}
    later = draft | {"overrides": draft["overrides"] | {"ask_for_new_vendors": "expiry"}}
    assert one_newer(later, group).reprompted == []
    assert _asked(later, take_newer(later, group, [], ["amplitude"])) == {}


@pytest.mark.parametrize("vendor", ["own-weather", "nobody-knows"])
def test_a_vendor_that_the_catalog_does_not_have_stays_as_it_is(vendor: str) -> None:
    draft = draft_with("amplitude")
    draft["vendors"][0]["id"] = draft["tags"][0]["vendor"] = vendor
    assert newer_facts(draft, SHIPPED, []) == []
    assert take_newer(draft, SHIPPED, [], [vendor]) == draft


def _told(name: str, group: str = "analytics", purpose: str = "visitor_statistics") -> dict[str, Any]:
    return {**COOKIE, "name": name, "group": group, "purpose": purpose}


def _asked(before: Draft, after: Draft) -> dict[tuple[str, ...], int]:
    """Return whom publishing `after` over `before` asks again, of 9 Germans who granted all, by groups."""
    live = freeze(before, None, 1, ARTIFACTS)
    new = freeze(after, live, 2, ARTIFACTS)
    day = day_of(date(2026, 11, 25))
    given = [Answers("sha256:live", "DE", "", "eu_opt_in", "111", day - 30, 9)]
    keys = {"sha256:live": keys_of(live)}
    return dict(estimate_reconsent(given, keys, config_of(live, 1, RULES), config_of(new, 1, RULES), day).by_groups)
