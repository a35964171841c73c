"""The signature file next to the catalog, and the libraries installed here from npm."""

import json
from pathlib import Path

import pytest

from consent.classifier.catalog import VENDORS, load_catalog
from consent.classifier.own_host.judge import libraries
from consent.classifier.own_host.signatures import SIGNATURES, load_signatures
from consent.core.groups import GROUPS

ROOT = Path(__file__).parents[3]


def test_each_vendor_is_of_the_catalog_and_each_group_is_one() -> None:
    known = {vendor.id for vendor in load_catalog(VENDORS).vendors}
    for collector in load_signatures().collectors:
        named = {collector.vendor, *(shape.vendor for shape in collector.requests)} - {None}
        assert named <= known
        assert collector.group in GROUPS


def test_each_fact_has_its_source_and_its_day() -> None:
    for collector in json.loads(SIGNATURES.read_text("utf-8"))["collectors"]:
        assert collector["sources"]
        for source in collector["sources"]:
            assert {*source} == {"facts", "source", "checked"}
            assert source["checked"] or "not compared" in source["source"]


@pytest.mark.parametrize(
    ("file", "collector"),
    [
        ("node_modules/posthog-js/dist/array.full.js", "posthog"),
        ("node_modules/mixpanel-browser/dist/mixpanel.umd.js", "mixpanel"),
    ],
)
def test_a_real_library_is_known_by_its_marks_alone(file: str, collector: str) -> None:
    text = (ROOT / file).read_text("utf-8", errors="replace")
    assert [one.id for one in libraries(text, load_signatures())] == [collector]


def test_no_script_of_ours_is_taken_for_a_collectors() -> None:
    for file in (ROOT / "static").rglob("*.js"):
        assert libraries(file.read_text("utf-8"), load_signatures()) == []


def test_what_a_gate_does_has_its_source_and_its_day_too() -> None:
    gates = [one["gate"] for one in json.loads(SIGNATURES.read_text("utf-8"))["collectors"] if "gate" in one]
    assert len(gates) > 10
    for gate in gates:
        assert gate["source"]
        assert gate["checked"] or "not compared" in gate["source"]
