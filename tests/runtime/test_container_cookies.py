"""Which cookies a refusal deletes for what a container such as Google Tag Manager has loaded."""

from typing import Any

import pytest

from consent.classifier.catalog import VENDORS, load_catalog
from consent.runtime.container_cookies import contained_cookies


def document(*vendors: str, enabled: bool = True, cookies: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    return {"tags": [{"vendor": vendor, "enabled": enabled} for vendor in vendors], "cookies": list(cookies)}


def named(name: str, group: str = "analytics", kind: str = "cookie") -> dict[str, Any]:
    return {"name": name, "pattern": "*" in name, "kind": kind, "group": group}


def names(found: list[dict[str, Any]], group: str) -> set[str]:
    return {cookie["name"] for cookie in found if cookie["group"] == group and cookie["kind"] == "cookie"}


@pytest.mark.parametrize("container", ["google-tag-manager", "tealium", "commanders-act", "piwik-pro", "segment"])
def test_a_container_brings_the_names_of_what_it_commonly_loads(container: str) -> None:
    found = contained_cookies(document("stripe", container))
    assert {"_ga", "_ga_*", "_clck", "_hjSession_*", "_ym_uid"} <= names(found, "analytics")
    assert {"_fbp", "_gcl_au", "_ttp", "li_fat_id", "_uetsid", "_scid", "_rdt_uuid"} <= names(found, "advertising")
    assert {cookie["group"] for cookie in found} == {"analytics", "advertising"}
    assert {cookie["vendor"] for cookie in found} == {None}


def test_without_a_container_that_is_on_nothing_is_brought() -> None:
    assert contained_cookies(document("stripe", "google-analytics")) == []
    assert contained_cookies(document("google-tag-manager", enabled=False)) == []


def test_a_name_that_the_config_has_is_left_to_it() -> None:
    own = (named("_ga", "essential"), named("_gcl*", "advertising"), named("_hjUserAttributes", kind="local"))
    found = contained_cookies(document("google-tag-manager", cookies=own))
    kept = {(cookie["kind"], cookie["name"]) for cookie in found}
    assert kept.isdisjoint({("cookie", "_ga"), ("cookie", "_gcl_au"), ("local", "_hjUserAttributes")})
    assert {("cookie", "_ga_*"), ("cookie", "_fbp"), ("cookie", "_hjUserAttributesHash")} <= kept


def test_what_is_brought_is_nobody_elses_and_the_sites_own() -> None:
    catalog = load_catalog(VENDORS)
    brought = {(one["kind"], one["name"]) for one in contained_cookies(document("google-tag-manager"))}
    others = {
        (cookie["kind"], cookie["name"])
        for vendor in catalog.vendors
        if not vendor.is_contained
        for cookie in vendor.document["cookies"]
        if not cookie["third_party"]
    }
    assert brought.isdisjoint(others)
