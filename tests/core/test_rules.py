"""The rules as data: all rows parsed, dated, with fallbacks that are never laxer."""

import datetime

import pytest

from consent.core.groups import LEVELS, OPT_IN
from consent.core.rules import Place
from tests.golden import shipped_rules

RULES = shipped_rules()
TODAY = datetime.date(2026, 11, 25)


def at(country=None, subdivision=None, date=TODAY, **options):
    return RULES.rule_at(Place(country, subdivision), date, **options)


def test_each_row_can_be_evaluated():
    for code in RULES.codes:
        assert at(code[:2], code[3:] or None).regime


@pytest.mark.parametrize(
    ("country", "subdivision", "code"),
    [
        ("DE", None, "DE"),
        ("DE", "BY", "DE"),
        ("US", "CA", "US-CA"),
        ("US", "AK", "US"),
        ("CA", "QC", "CA-QC"),
        ("RE", None, "FR"),
        ("PR", None, "US"),
        ("BL", None, "ZZ"),
        ("AQ", None, "ZZ"),
        (None, None, "ZZ"),
    ],
)
def test_a_place_finds_its_row(country, subdivision, code):
    assert at(country, subdivision).code == code


def test_a_row_before_its_date_falls_back_to_its_parent():
    assert at("US", "VT", datetime.date(2027, 12, 31)).regime == "us_notice"
    assert at("US", "VT", datetime.date(2028, 1, 1)).regime == "us_opt_out"
    begins = {
        code: datetime.date.fromisoformat(row["in_force_since"])
        for code, row in RULES.rows.items()
        if "-" not in code and row["in_force_since"]
    }
    for code, day in begins.items():
        if code not in ("EU", "US", "CA"):
            assert at(code, date=day).code == code
            assert at(code, date=day - datetime.timedelta(1)).code == "ZZ"


def test_a_band_with_a_day_of_its_own_may_begin_before_its_row():
    before, after = (at("US", "VT", datetime.date(2026, 12, 31)), at("US", "VT", datetime.date(2027, 1, 1)))
    assert (before.code, after.code) == ("US", "US")
    assert [band.effect for band in after.minors if band not in before.minors] == ["barred"]
    assert at("US", "VT", datetime.date(2028, 1, 1)).minors[-1].since == "2027-01-01"


def test_a_ban_on_sale_has_a_day_of_its_own():
    assert at("US", "NJ", datetime.date(2026, 6, 29)).sensitive_data == ("opt_in",)
    assert at("US", "NJ", datetime.date(2026, 6, 30)).sensitive_data == ("opt_in", "sale_banned")
    assert [at("US", "VA", datetime.date(2026, month, 1)).location for month in (6, 7)] == ["", "sale_banned"]
    assert (at("US", "CT").location, at("US").location, at().location) == ("transfer_banned",) * 3


def test_the_date_of_a_duty_within_a_row_is_heard():
    assert not at("US", "CA", datetime.date(2025, 12, 31)).shows_status
    assert at("US", "CA").shows_status
    assert at("US", "CO", datetime.date(2024, 6, 30)).gpc == "no"
    assert at("US", "CO", datetime.date(2024, 7, 1)).gpc == "yes"


def test_an_owner_may_choose_a_row_for_the_rest_of_the_world():
    assert at("AQ", rest_of_world="NZ").code == "NZ"
    assert at(rest_of_world="NZ").code == "ZZ"
    assert at("DE", rest_of_world="NZ").code == "DE"


def test_an_unknown_place_is_as_strict_as_each_row():
    unknown = at()
    for code in RULES.codes:
        rule = at(code[:2], code[3:] or None, datetime.date(2030, 1, 1))
        assert all(u >= r for u, r in zip(unknown.levels, rule.levels, strict=True)), code
    assert unknown.levels == (OPT_IN, OPT_IN, OPT_IN)
    assert unknown.exemptions == ("", "", "")


def test_the_laxest_rank_of_a_regime_is_known_to_no_row_as_stricter():
    for code in RULES.codes:
        rule = at(code[:2], code[3:] or None, datetime.date(2030, 1, 1))
        for digit, level in zip(RULES.under[rule.regime], rule.levels, strict=False):
            assert int(digit) <= (OPT_IN if LEVELS[level] == "notice_and_opt_out" else level)
