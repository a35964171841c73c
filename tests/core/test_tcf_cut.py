"""Vendor lists are read, refused and cut; and what visitors are asked again for after a publish."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from consent.core.tcf.cut import Bases, base_names, bases_of, cut_of, first_names, offer_of, stacks_of, vendors_document
from consent.core.tcf.id_sets import read_ids
from consent.core.tcf.vendor_list import MAX_BYTES, VendorListError, read_list, read_translation

FILES = Path(__file__).parents[1] / "golden" / "gvl"
SMALL = (FILES / "gvl_small.json").read_bytes()
LISTED = read_list(SMALL)


def changed(change: Callable[[dict[str, Any]], None]) -> bytes:
    document = json.loads(SMALL)
    change(document)
    return json.dumps(document).encode()


def test_the_list_of_real_size_is_read_without_what_was_deleted():
    listed = read_list((FILES / "gvl_big.json").read_bytes())
    assert (listed.version, listed.policy, listed.updated.isoformat()) == (178, 5, "2026-09-24")
    assert len(listed.vendors) == 1562 - 190
    assert 13 not in LISTED.vendors
    german = read_translation((FILES / "purposes-de.json").read_bytes())
    assert german.covers(listed.texts)
    assert german.by_kind["purposes"][1].name == "Purpose 1 (test name in de)"


def test_legitimate_interest_is_never_taken_for_purposes_that_have_none():
    def claim(document: dict[str, Any]) -> None:
        document["vendors"]["8"]["legIntPurposes"] = [1, 2, 3, 4, 5, 6, 7]

    assert read_list(changed(claim)).vendors[8].interests == {2, 7}


def test_addresses_that_are_not_https_are_left_out():
    def change(document: dict[str, Any]) -> None:
        document["vendors"]["1"]["urls"] = [
            {"langId": "en", "privacy": "javascript:alert(1)"},
            {"langId": "fr", "privacy": "https://a.example/p", "legIntClaim": "http://a.example/i"},
        ]
        document["vendors"]["1"]["deviceStorageDisclosureUrl"] = "data:text/html,x"

    vendor = read_list(changed(change)).vendors[1]
    assert vendor.urls == (("fr", "https://a.example/p", None),)
    assert vendor.disclosure is None


def set_to(*path: str, value: Any) -> bytes:
    def change(document: dict[str, Any]) -> None:
        part: Any = document
        for name in path[:-1]:
            part = part[name]
        part[path[-1]] = value

    return changed(change)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "damaged"),
        (SMALL[:-9], "damaged"),
        (b"[]", "not a vendor list"),
        (b"[" * 100_000, "damaged"),
        (b'{"vendors": {}, "vendors": {}}', "twice"),
        (b" " * (MAX_BYTES + 1), "larger"),
        (b'{"gvlSpecificationVersion": 3}', "no vendors"),
        (set_to("gvlSpecificationVersion", value=4), "of specification 4"),
        (set_to("gvlSpecificationVersion", value="x" * 9999), "of specification"),
        (set_to("vendorListVersion", value=5000), "vendorListVersion"),
        (set_to("vendorListVersion", value=True), "vendorListVersion"),
        (set_to("lastUpdated", value="soon"), "lastUpdated"),
        (set_to("vendors", "1", "id", value=2), "another id"),
        (set_to("vendors", "1", "purposes", value=[99]), "Ids of the list"),
        (set_to("vendors", "1", "purposes", value="1"), "Ids of the list"),
        (set_to("vendors", "1", "name", value="\u202egnitset"), "cannot be shown"),
        (set_to("vendors", "1", "name", value="x" * 6000), "cannot be shown"),
        (set_to("vendors", "99999", value={"id": 99999}), "over 16383"),
        (set_to("purposes", "1", "description", value=7), "cannot be shown"),
        (set_to("purposes", value={}), "no purposes"),
        (set_to("stacks", value=[]), "stacks"),
    ],
    ids=lambda part: part if isinstance(part, str) else None,
)
def test_a_list_that_cannot_be_used_is_refused_in_one_sentence(body: bytes, words: str):
    with pytest.raises(VendorListError) as refused:
        read_list(body)
    sentence = str(refused.value)
    assert words in sentence
    assert len(sentence) < 200
    assert sentence.endswith(".")


def restricted(purpose: int, kind: str, *vendors: int) -> Any:
    return {"purpose": purpose, "type": kind, "vendors": list(vendors)}


@pytest.mark.parametrize(
    ("vendor", "restriction", "expected"),
    [
        (2, None, Bases(frozenset({1, 3, 4}), frozenset({2, 7, 9, 10}))),
        (2, restricted(2, "not_allowed", 2), Bases(frozenset({1, 3, 4}), frozenset({7, 9, 10}))),
        (2, restricted(2, "not_allowed", 1), Bases(frozenset({1, 3, 4}), frozenset({2, 7, 9, 10}))),
        (2, restricted(2, "require_consent", 2), Bases(frozenset({1, 2, 3, 4}), frozenset({7, 9, 10}))),
        # A purpose that isn't flexible can't change its basis, so the restriction disallows it.
        (4, restricted(7, "require_consent", 4), Bases(frozenset({1}), frozenset({8}))),
        (1, restricted(2, "require_interest", 1), Bases(frozenset({1, 3, 4, 7}), frozenset())),
        (2, restricted(7, "require_interest", 2), Bases(frozenset({1, 3, 4}), frozenset({2, 7, 9, 10}))),
        (2, restricted(3, "require_interest", 2), Bases(frozenset({1, 4}), frozenset({2, 7, 9, 10}))),
        (2, restricted(11, "require_consent", 2), Bases(frozenset({1, 3, 4}), frozenset({2, 7, 9, 10}))),
    ],
)
def test_a_restriction_changes_what_a_vendor_may_do(vendor: int, restriction: Any, expected: Bases):
    assert bases_of(LISTED.vendors[vendor], [restriction] if restriction else []) == expected


def test_what_visitors_choose_from_is_what_the_vendors_of_the_site_declare():
    offer = offer_of(cut_of(LISTED, [755, 10, 21, 999], {}), frozenset({89, 70}), None)
    names = ("disclosed", "consent", "interest", "purposes", "interests", "features", "google")
    assert [sorted(read_ids(offer[name])) for name in names] == [
        *([10, 21, 755], [21, 755], [10, 21, 755]),
        *([1, 2, 3, 4], [2, 7, 9, 10], [1], [70, 89]),
    ]


def test_each_purpose_is_named_once_on_the_first_layer():
    cut = cut_of(LISTED, LISTED.vendors, {})
    stacks = stacks_of(cut, LISTED.texts)
    named = [purpose for stack in stacks.values() for purpose in stack.purposes]
    assert len(named) == len(set(named))
    names = first_names(cut, stacks, LISTED.texts)
    assert len(names["stacks"]) >= 1
    assert len(named) + len(names["purposes"]) == len(cut.purposes | cut.interests)
    assert names["features"] == ["Special feature 1 (test name)", "Special feature 2 (test name)"]


def test_a_purpose_that_is_not_allowed_is_not_shown_for_the_vendor():
    settings: Any = {"restrictions": [restricted(2, "not_allowed", 45, 2)]}
    shown = {one["id"]: one for one in vendors_document(LISTED, cut_of(LISTED, [2, 45], settings), settings)["vendors"]}
    assert (shown[45]["purposes"], shown[2]["interests"]) == ([], [7, 9, 10])
    assert shown[2]["retention"] == {"standard": 365, "purposes": {}, "special_purposes": {}}


def test_visitors_are_asked_again_for_what_is_new_and_for_nothing_that_went():
    def asks(before: list[int], now: list[int], body: bytes = SMALL, settings: Any = None, google: int = 0) -> bool:
        old, listed = cut_of(LISTED, before, {}), read_list(body)
        cut = cut_of(listed, now, settings or {})
        was = offer_of(old, frozenset(), None)
        offer = offer_of(cut, frozenset({google} - {0}), (was, base_names(old), old.policy))
        assert offer["keys"][0] == offer["key"]
        return was["key"] not in offer["keys"]

    assert not asks([2, 4], [2, 4])
    assert not asks([2, 4], [4])
    assert asks([2], [2, 4])
    assert asks([2], [2], set_to("tcfPolicyVersion", value=6))
    assert not asks([2], [2], set_to("vendorListVersion", value=4))
    assert asks([2], [2], set_to("vendors", "2", "purposes", value=[1, 3, 4, 11]))
    assert asks([2], [2], set_to("vendors", "2", "specialFeatures", value=[1]))
    assert asks([2], [2], settings={"restrictions": [restricted(2, "require_consent", 2)]})
    assert asks([2], [2], google=89)
    assert not asks([2], [2], set_to("vendors", "2", "name", value="Renamed"))
