import csv
from pathlib import Path

import pytest

from consent.core.rules import Place
from consent.geo import SHIPPED_DATABASE
from consent.geo.places import PSEUDO, SUBDIVISIONS, UNKNOWN, read_place

REGIONS = SHIPPED_DATABASE.parent.parent / "regions" / "regions.csv"


@pytest.mark.parametrize(
    ("country", "subdivision", "place"),
    [
        ("US", "CA", Place("US", "CA", "edge")),
        ("US", "US-CA", Place("US", "CA", "edge")),
        ("CA", "QC", Place("CA", "QC", "edge")),
        ("US", "", Place("US", None, "edge")),
        ("US", "CA-QC", Place("US", None, "edge")),
        ("US", "QC", Place("US", None, "edge")),
        ("US", "ca", Place("US", None, "edge")),
        ("US", "AA", Place("US", None, "edge")),
        ("US", "NO REGION", Place("US", None, "edge")),
        ("US", "PR", Place("US", "PR", "edge")),
        ("DE", "BY", Place("DE", "BY", "edge")),
        ("GB", "ENG", Place("GB", "ENG", "edge")),
        ("FR", "75", Place("FR", "75", "edge")),
        ("FR", "FR-75", Place("FR", "75", "edge")),
        ("FR", "?", Place("FR", None, "edge")),
        ("FR", "BAVARIA", Place("FR", None, "edge")),
    ],
)
def test_a_subdivision_that_cannot_be_one_is_dropped_and_the_country_stays(country, subdivision, place):
    assert read_place(country, subdivision, "edge") == place


@pytest.mark.parametrize("country", [*sorted(PSEUDO), "", "us", "USA", "U", "U1", "ÄÖ", "US\n"])
def test_an_invalid_country_is_an_unknown_location(country):
    assert read_place(country, "CA", "edge") == UNKNOWN == Place(None, None, "unknown")


def test_the_list_has_all_states_and_provinces_and_each_that_has_a_rule():
    with REGIONS.open(newline="", encoding="utf-8") as file:
        ruled = {row["code"] for row in csv.DictReader(file) if "-" in row["code"]}
    assert len([code for code in SUBDIVISIONS if code.startswith("US-")]) == 50 + 1 + 6
    assert len([code for code in SUBDIVISIONS if code.startswith("CA-")]) == 13
    assert ruled <= set(SUBDIVISIONS)
    assert not [code for code, name in SUBDIVISIONS.items() if len(name) < 4]


def test_the_shipped_database_names_its_source_beside_it():
    license = Path(SHIPPED_DATABASE.parent, "LICENSE.md").read_text(encoding="utf-8")
    assert "IP Geolocation by DB-IP (https://db-ip.com), CC BY 4.0, modified" in license
