"""The rules as data: all rows read, dated, with fall-backs that are never laxer."""

import datetime

import pytest

from consent.core.groups import LEVELS, OPT_IN
from consent.core.rules import Place
from tests.golden import shipped_rules

RULES = shipped_rules()
TODAY = datetime.date(2026, 11, 25)


def at(country=None, subdivision=None, date=TODAY, **options):
    return RULES.at(Place(country, subdivision), date, **options)


def test_all_85_rows_are_there_and_can_be_evaluated():
    assert len(RULES.codes) == 85
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
    assert at("CL", date=datetime.date(2026, 11, 30)).code == "ZZ"
    assert at("CL", date=datetime.date(2026, 12, 1)).code == "CL"


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
