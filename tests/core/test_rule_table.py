"""The tables of rules hold only words of closed sets, well-formed dates, and a last row that is the strictest."""

import csv
import datetime
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import consent
from consent.core.age_rules import TOKENS, minor_effects, parse_bands
from consent.core.groups import EFFECTS, LEVELS, OPTIONAL
from consent.core.rule import LOCATION_BANS
from consent.core.rules import DNT_DUTIES, GPC_DUTIES, SCOPES, Place
from tests.golden import shipped_rules

FOLDER = Path(consent.__file__).parent / "data" / "regions"
CODE = r"[A-Z][A-Z0-9](-[A-Z0-9]{1,3})?"
SENSITIVE = (
    *("notice", "opt_out", "limit_use", "opt_in", "opt_in_consumer_health", "explicit_opt_in"),
    *("signed_authorisation_to_sell", "sale_banned", "strictly_necessary_only"),
)
CLOSED = {
    **dict.fromkeys(OPTIONAL, LEVELS),
    "essential": ("none",),
    "level": ("country", "state", "province", "group", "default"),
    "opt_out_scope": SCOPES,
    "gpc": GPC_DUTIES,
    "dnt": DNT_DUTIES,
    "wall": ("open", "restricted", "unclear", "barred"),
    "reject_parity": ("recommended", "ftc_deception", "dark_pattern_ban", "yes"),
    "consent_basis": ("", "guidance", "practice", "rule", "strictest"),
    "opt_out_status_display": ("no", "yes"),
    "tcf": ("no", "yes"),
    "status": ("confirmed", "partial", "recalled", "design_choice"),
    "precise_location": LOCATION_BANS,
}
DATES = ("in_force_since", "gpc_since", "opt_out_status_since", "sensitive_since", "precise_location_since", "checked")
NUMBERS = ("child_age", "consent_max_months", "refusal_cooldown_months", "gpp_section")


def read(name: str) -> list[dict[str, str]]:
    """Return the rows of a table, which is written as `csv` writes it: least quoting, LF."""
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


def faults(row: dict[str, str]) -> Iterator[str]:
    """Yield each column of a row that is not as this table has it."""
    yield from (name for name, allowed in CLOSED.items() if row[name] not in allowed)
    yield from (name for name in DATES if not is_date(row[name]))
    yield from (name for name in NUMBERS if not re.fullmatch(r"\d*", row[name]))
    if not set(row["sensitive_data"].split(";")) <= set(SENSITIVE):
        yield "sensitive_data"
    for group in ("functional", "analytics"):
        exemption = row[f"{group}_exemption"]
        if exemption != "none" and not re.fullmatch(f"[a-z]+:{row['code']}", exemption):
            yield f"{group}_exemption"
        if row[group] == "notice_and_opt_out" and exemption == "none":
            yield group
    unsure = [name.partition(":")[0] for name in row["recalled_fields"].split(";") if name]
    yield from (f"recalled_fields: {name}" for name in unsure if name not in (*row, "all"))


@pytest.mark.parametrize("row", REGIONS, ids=[row["code"] for row in REGIONS])
def test_a_row_keeps_to_the_closed_sets(row: dict[str, str]) -> None:
    assert re.fullmatch(CODE, row["code"])
    assert row["code"][:2] in CODES
    assert all(row[name] for name in ("name", "sources", "checked"))
    assert list(faults(row)) == []
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
        # Below the age of consent nobody is free in any group.
        assert all(rank > EFFECTS["own_opt_in"] for rank in minor_effects(bands, age)[: len(OPTIONAL)]), age


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
    unknown = shipped_rules().at(Place(), datetime.date(2026, 11, 30))
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
