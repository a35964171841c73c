"""When a request must be answered, by law and place, from the shipped tables."""

import csv
import datetime
import re
from pathlib import Path

import pytest
from babel import Locale
from babel.languages import get_official_languages

import consent
from consent.core.days import date_of, day_of
from consent.core.privacy_rights import KINDS, NO_PERIOD, PACES, UNITS, Rights

DATA = Path(consent.__file__).parent / "data"
RIGHTS = Rights(*((DATA / "rights" / name).read_text("utf-8") for name in ("periods.csv", "authorities.csv")))

TODAY = day_of(datetime.date(2026, 12, 1))


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("place", "kind", "received", "due", "extended"),
    [
        ("DE", "access", "2026-01-31", "2026-02-28", "2026-04-30"),
        ("FR", "erasure", "2026-11-25", "2026-12-25", "2027-02-25"),
        ("GB", "objection", "2026-11-25", "2026-12-25", "2027-02-25"),
        ("CH", "access", "2026-11-25", "2026-12-25", None),
        ("US-CA", "access", "2026-11-25", "2027-01-09", "2027-02-23"),
        ("US-CA", "opt_out_sale", "2026-11-25", "2026-12-16", None),
        ("US-CA", "opt_out_sale", "2026-11-28", "2026-12-18", None),
        ("US-NV", "opt_out_sale", "2026-11-25", "2027-01-24", "2027-02-23"),
        ("US-IA", "erasure", "2026-11-25", "2027-02-23", "2027-04-09"),
    ],
)
def test_the_day_of_receipt_does_not_count_and_months_end_on_their_last_day(
    place: str, kind: str, received: str, due: str, extended: str | None
) -> None:
    day = day_of(datetime.date.fromisoformat(received))
    period = RIGHTS.period(place, kind, day)
    assert period is not None
    later = period.extended(day)
    assert (date_of(period.due(day)).isoformat(), later and date_of(later).isoformat()) == (due, extended)


def test_a_right_that_a_place_does_not_know_has_no_period() -> None:
    assert RIGHTS.period("US-NV", "access", TODAY) is None
    assert RIGHTS.period("DE", "opt_out_sale", TODAY) is None
    assert RIGHTS.period("ZZ", "access", TODAY) is None


@pytest.mark.parametrize(
    ("place", "kind", "since"),
    [
        ("US-OK", "access", "2027-01-01"),
        ("US-LA", "opt_out_sale", "2027-01-01"),
        ("US-AL", "erasure", "2027-05-01"),
        ("US-VT", "access", "2028-01-01"),
        ("CL", "portability", "2026-12-01"),
        ("US-UT", "rectification", "2026-07-01"),
    ],
)
def test_a_period_counts_for_requests_from_the_day_on_which_its_law_begins(place: str, kind: str, since: str) -> None:
    day = day_of(datetime.date.fromisoformat(since))
    assert (RIGHTS.period(place, kind, day - 1), RIGHTS.law_of(place, kind, day - 1)) == (None, NO_PERIOD)
    assert [one.since for one in RIGHTS.coming(place, kind, day - 1)] == [since]
    begun = RIGHTS.period(place, kind, day)
    assert begun is not None
    assert RIGHTS.law_of(place, kind, day) == f"{begun.law} {begun.article}"
    assert RIGHTS.coming(place, kind, day) == []


def test_of_two_periods_the_one_that_began_last_counts() -> None:
    head = "places,law,kinds,article,period,unit,extension,source,checked,since"
    table = f"{head}\nXX,Old,access,1,45,days,45,s,,\nXX,New,access,2,30,days,,s,,2027-01-01\n"
    rights = Rights(table, "place,name\nXX,Nobody\n")
    day = day_of(datetime.date(2027, 1, 1))
    assert [rights.law_of("XX", "access", one) for one in (day - 1, day)] == ["Old 1", "New 2"]


def test_a_state_offers_its_own_rights_from_the_day_of_its_law_and_the_common_ones_before() -> None:
    day = day_of(datetime.date(2027, 1, 1))
    assert RIGHTS.kinds_at("US-OK", day - 1) == ["access", "rectification", "erasure", "objection"]
    assert RIGHTS.kinds_at("US-OK", day) == ["access", "rectification", "erasure", "portability", "opt_out_sale"]


def test_a_law_that_has_begun_by_the_rules_has_begun_for_requests_too() -> None:
    begins = {row["code"]: row["in_force_since"] for row in rows("regions/regions.csv")}
    for row in rows("rights/periods.csv"):
        for place in row["places"].split(";"):
            assert not row["since"] or row["since"] >= begins[place], row
            assert row["since"] or begins[place] <= "2026-12-01", row


def test_each_place_with_a_rule_has_an_authority_and_each_row_a_source() -> None:
    regions = {row["code"] for row in rows("regions/regions.csv")} - {"ZZ", "EU"}
    assert {place for place in regions if RIGHTS.authority(place) is None} == set()
    assert all(row["source"] for name in ("periods", "authorities") for row in rows(f"rights/{name}.csv"))
    cnil = RIGHTS.authority("FR")
    assert cnil is not None
    assert "CNIL" in cnil.name
    assert (cnil.address, cnil.languages) == ("https://www.cnil.fr/fr/plaintes", "fr")


def test_where_to_complain_has_a_source_and_a_day_or_is_empty() -> None:
    for row in rows("rights/authorities.csv"):
        contact = (row["complaint_url"], row["mail"], row["languages"])
        assert bool(row["contact_source"]) == bool(row["contact_day"]), row
        assert row["contact_source"] or not any(contact), row
        assert all(url.startswith(("https://", "http://")) for url in (row["url"], row["complaint_url"]) if url), row
        assert not row["mail"] or re.fullmatch(r"[\w.]+@[\w.-]+", row["mail"]), row
        languages = row["languages"].split()
        assert all(Locale.parse(one) for one in languages), row
        official = get_official_languages(row["place"].partition("-")[0], regional=True, de_facto=True)
        assert {one.partition("_")[0] for one in official} & set(languages), row


def test_what_is_offered_is_what_the_law_has_a_period_for_and_outside_of_the_states_the_common_rights() -> None:
    assert RIGHTS.kinds_at("US-NV", TODAY) == ["opt_out_sale"]
    assert RIGHTS.kinds_at("US-CA", TODAY)[-1] == "disclosure"
    assert RIGHTS.kinds_at("DE", TODAY) == list(KINDS[:6])
    common = ["access", "rectification", "erasure", "objection"]
    assert RIGHTS.kinds_at("BR", TODAY) == RIGHTS.kinds_at("ZZ", TODAY) == common


def test_rows_name_known_places_kinds_and_units() -> None:
    for row in rows("rights/periods.csv"):
        assert set(row["kinds"].split()) <= set(KINDS), row
        assert set(row["places"].split(";")) <= set(RIGHTS.places), row
        assert row["unit"] in UNITS + PACES
        assert bool(row["period"]) == (row["unit"] in UNITS), row


def test_a_law_that_sets_no_number_of_days_is_on_file_with_its_article() -> None:
    found = RIGHTS.pace("JP", "access", TODAY)
    assert found is not None
    assert (found.pace, RIGHTS.period("JP", "access", TODAY)) == ("without_delay", None)
    assert RIGHTS.law_of("JP", "access", TODAY) == "APPI art. 33(2)"
    assert RIGHTS.law_of("DE", "access", TODAY) == "GDPR art. 15, 12(3)"
    assert RIGHTS.law_of("JP", "erasure", TODAY) == RIGHTS.law_of("US-VT", "access", TODAY) == NO_PERIOD
    assert RIGHTS.kinds_at("AU", TODAY) == ["access", "rectification", "erasure", "objection"]


def test_a_place_without_an_address_for_complaints_says_where_none_was_found() -> None:
    found = {place: RIGHTS.authority(place) for place in RIGHTS.places}
    unknown = {place: one for place, one in found.items() if one and not (one.complaint_url or one.mail)}
    assert set(unknown) == {"AE", "CL", "ID", "IN", "MX", "TW", "VN", "US-AR", "US-SC"}
    assert all("is entered" in one.contact_source and one.contact_day for one in unknown.values())
    assert all(one and one.url for place, one in found.items() if place.startswith("US-"))
