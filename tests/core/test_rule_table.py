"""The rule tables contain only values from closed sets and well-formed dates, and their last row is the strictest."""

import csv
import datetime
import io
import re
from pathlib import Path

import pytest

import consent
from consent.core.age_rules import TOKENS, minor_effects, parse_bands
from consent.core.groups import EFFECTS, LEVELS, OPTIONAL
from consent.core.rules import Place
from consent.sites.law.table_checks import CLOSED, CODE, table_problems
from consent.sites.shipped_rules import shipped_files
from tests.golden import shipped_rules

FOLDER = Path(consent.__file__).parent / "data" / "regions"


def read(name: str) -> list[dict[str, str]]:
    """Return the rows of a table, which must be formatted as `csv` writes it: minimal quoting, LF."""
    text = (FOLDER / name).read_bytes().decode()
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    again = io.StringIO()
    csv.writer(again, lineterminator="\n").writerows(rows)
    assert again.getvalue() == text
    assert {len(row) for row in rows} == {len(rows[0])}
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


REGIONS = read("regions.csv")
CODES = {row["code"] for row in REGIONS}


def is_date(text: str) -> bool:
    return not text or datetime.date.fromisoformat(text).isoformat() == text


@pytest.mark.parametrize("row", REGIONS, ids=[row["code"] for row in REGIONS])
def test_dates_of_a_row_go_with_what_begins(row: dict[str, str]) -> None:
    assert bool(row["gpc_since"]) == (row["gpc"] in ("yes", "conditional"))
    assert not row["opt_out_status_since"] or row["opt_out_status_display"] == "yes"
    assert not row["precise_location_since"] or row["precise_location"]
    assert not row["sensitive_since"] or ";" in row["sensitive_data"]


@pytest.mark.parametrize("row", REGIONS, ids=[row["code"] for row in REGIONS])
def test_the_bands_of_a_row_are_well_formed(row: dict[str, str]) -> None:
    bands = parse_bands(row["minors"])
    for band in bands:
        assert 0 <= band.first <= band.last <= 17
        assert band.effect in EFFECTS
        assert list(band.tokens) == [token for token in TOKENS if token in band.tokens]
        assert is_date(band.since)
    for age in range(int(row["child_age"] or 0)):
        # Below the age of consent, a minor's own opt-in isn't enough in any group.
        assert all(rank > EFFECTS["own_opt_in"] for rank in minor_effects(bands, age)[: len(OPTIONAL)]), age


def test_the_shipped_tables_pass_the_checks_of_a_package() -> None:
    assert list(table_problems(shipped_files())) == []


def test_codes_and_aliases_are_there_once() -> None:
    assert len(CODES) == len(REGIONS)
    aliases = read("aliases.csv")
    assert len({one["code"] for one in aliases}) == len(aliases)
    for one in aliases:
        assert re.fullmatch(CODE, one["code"])
        assert one["code"] not in CODES
        assert one["note"]
        assert not one["row"] or one["row"] in CODES


def test_the_last_row_is_the_strictest_of_all() -> None:
    last = next(row for row in REGIONS if row["code"] == "ZZ")
    unknown = shipped_rules().rule_at(Place(), datetime.date(2026, 11, 30))
    assert tuple(LEVELS.index(last[group]) for group in OPTIONAL) == unknown.levels
    assert last["opt_out_scope"] == unknown.scope
    assert last["wall"] == max((row["wall"] for row in REGIONS), key=CLOSED["wall"].index)
    assert last["precise_location"] == unknown.location
    for age in range(18):
        assert minor_effects(parse_bands(last["minors"]), age) == minor_effects(unknown.minors, age)


def test_each_row_but_the_last_has_a_statute_and_an_official_address() -> None:
    sources = read("sources.csv")
    for one in sources:
        assert set(one["rows"].split(";")) <= CODES
        assert one["statute"]
        assert re.fullmatch(r"https?://[^\s\"<>]+", one["url"])
        assert one["read"] in ("yes", "part", "no")
        assert one["url_seen"] in ("yes", "home", "no")
        assert is_date(one["checked"])
        assert one["checked"] or one["read"] == "no"
    assert CODES - {code for one in sources for code in one["rows"].split(";")} == {"ZZ"}
