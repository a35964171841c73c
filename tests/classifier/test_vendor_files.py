"""The shipped vendor files, read directly rather than through the catalog's own checks."""

import csv
import json
import re
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator

from consent.classifier.catalog import VENDORS, fill, load_catalog
from consent.classifier.vendor_validation import vendor_errors

DATA = VENDORS.parent
DEMO = DATA.parent / "demo" / "vendors"
FILES = sorted([*VENDORS.glob("*.json"), *DEMO.glob("*.json")])
GROUPS = ["essential", "functional", "analytics", "advertising"]
ROWS = csv.DictReader((DATA / "purposes.csv").read_text("utf-8").splitlines())
PURPOSES = {row["code"]: row["group"] for row in ROWS}
RULES = csv.DictReader((DATA / "regions" / "regions.csv").read_text("utf-8").splitlines())
EXEMPTIONS = {row["analytics_exemption"] for row in RULES}
WANTED = """
google-analytics google-ads google-tag-manager meta-pixel microsoft-clarity microsoft-ads matomo hotjar linkedin-insight
tiktok-pixel pinterest-tag youtube vimeo hubspot intercom stripe plausible
"""


@cache
def read(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return document


VALIDATOR = Draft202012Validator(read(DATA / "vendor.schema.json"))


def test_the_schema_is_a_schema_of_2020_12() -> None:
    Draft202012Validator.check_schema(read(DATA / "vendor.schema.json"))


def test_the_vendors_that_most_sites_use_are_there() -> None:
    assert set(WANTED.split()) <= {path.stem for path in VENDORS.glob("*.json")}


def test_all_files_load_together() -> None:
    assert {vendor.id for vendor in load_catalog(VENDORS, DEMO).vendors} == {path.stem for path in FILES}


def test_a_file_keeps_the_schema_and_is_named_after_its_vendor() -> None:
    for path in FILES:
        document = read(path)
        told = [f"{path.name}, {error.json_path}: {error.message}" for error in VALIDATOR.iter_errors(document)]
        assert told == []
        assert document["id"] == path.stem


def test_eighty_vendors_and_more_are_loaded_by_an_address_that_was_compared_with_a_source() -> None:
    compared = [
        document["id"]
        for document in map(read, sorted(VENDORS.glob("*.json")))
        if any(tag["load"]["src"] for tag in document["tags"])
        and any("tags" in s["facts"] and s["checked"] for s in document["sources"])
    ]
    assert len(compared) >= 80


def test_the_host_of_an_address_is_among_the_hosts_of_its_vendor() -> None:
    catalog = load_catalog(VENDORS)
    loads = [
        (vendor, fill(tag, {one.id: one.example for one in tag.parameters}))
        for vendor in catalog.vendors
        for tag in vendor.tags
    ]
    foreign = [
        f"{vendor.id}: {load['src']}"
        for vendor, load in loads
        if load["src"] and not vendor.is_at(load["src"]) and urlsplit(load["src"]).hostname not in load.get("hosts", ())
    ]
    assert foreign == []


def test_a_file_follows_the_rules_that_a_schema_cannot_express() -> None:
    for path in FILES:
        assert [f"{path.name}, {fault}" for fault in vendor_errors(read(path), path.stem)] == []


def test_a_tag_stands_in_the_last_group_of_its_own_and_its_cookies() -> None:
    for path in FILES:
        document = read(path)
        for tag in document["tags"]:
            groups = [tag["group"], *(cookie["group"] for cookie in document["cookies"])]
            assert tag["group"] == max(groups, key=GROUPS.index)
            assert tag["sale_or_share"] or tag["group"] != "advertising"


def test_an_exemption_is_one_that_a_rule_knows() -> None:
    for path in FILES:
        for tag in read(path)["tags"]:
            assert {*tag["exemptions"], *tag.get("qualifies", [])} <= EXEMPTIONS


def test_purposes_are_those_of_their_group() -> None:
    for path in FILES:
        document = read(path)
        for cookie in document["cookies"]:
            assert cookie["purpose"] is None or PURPOSES[cookie["purpose"]] == cookie["group"], cookie["name"]
        for tag in document["tags"]:
            assert all(GROUPS.index(PURPOSES[code]) <= GROUPS.index(tag["group"]) for code in tag["purposes"])


def test_each_pattern_fits_its_example_and_no_sign_that_could_leave_a_string() -> None:
    for path in FILES:
        for tag in read(path)["tags"]:
            for parameter in tag["parameters"]:
                assert re.fullmatch(parameter["pattern"], parameter["example"], re.ASCII)
                hostile = [parameter["example"] + sign for sign in "\"'`<>&?#/\\ \n\r\t\x00%{}()$;,=é٣"]
                assert not [value for value in hostile if re.fullmatch(parameter["pattern"], value)]


def test_a_name_is_deleted_by_its_prefix_only_where_the_file_says_so() -> None:
    for path in FILES:
        for cookie in read(path)["cookies"]:
            assert cookie["pattern"] == ("*" in cookie["name"])
            assert cookie["group"] == "essential" or "*" not in cookie["name"][:-1], "it would be deleted"
            assert len(cookie["name"].rstrip("*")) >= 3 or cookie["third_party"], (
                "too short to be one vendor's beyond doubt"
            )


def test_no_two_vendors_claim_the_same_first_party_cookie() -> None:
    owners: dict[tuple[str, str], str] = {}
    for document in map(read, FILES):
        for cookie in document["cookies"]:
            if not cookie["third_party"]:
                assert owners.setdefault((cookie["kind"], cookie["name"]), document["id"]) == document["id"]


EXPECTED_FACTS = ("country", "privacy_url", "opt_out_url", "recipient_kind")
PAGES = ("privacy_url", "opt_out_url")
UNDATED = {"appcues"}
"""Vendors whose privacy page isn't named in any public document, so it couldn't be compared."""


def test_a_vendor_that_can_load_has_its_pages_country_and_role_or_says_why_not() -> None:
    for document in map(read, sorted(VENDORS.glob("*.json"))):
        if any(tag["load"]["src"] for tag in document["tags"]):
            missing = {fact for fact in EXPECTED_FACTS if not document[fact]}
            assert missing == document.get("not_known", {}).keys(), document["id"]


def test_the_pages_of_a_vendor_that_can_load_were_compared_with_a_source_on_a_day() -> None:
    for document in map(read, sorted(VENDORS.glob("*.json"))):
        if any(tag["load"]["src"] for tag in document["tags"]) and document["id"] not in UNDATED:
            dated = {fact for source in document["sources"] if source["checked"] for fact in source["facts"]}
            assert not [fact for fact in PAGES if document[fact] and not dated & {fact, "all"}], document["id"]


def test_only_the_demo_loads_over_http() -> None:
    assert not [path.name for path in VENDORS.glob("*.json") if "http://" in path.read_text("utf-8")]


def test_the_license_of_each_data_source_is_documented() -> None:
    told = (VENDORS / "LICENSES.md").read_text("utf-8")
    for name in ("Open Cookie Database", "tarteaucitron.js", "third-party-web", "CookieBlock"):
        assert name in told
    assert "WITHOUT WARRANTY OF ANY KIND" in told
