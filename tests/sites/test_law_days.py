"""A place's law follows its own calendar: at the edges of the days on which a law takes effect, everywhere."""

import datetime
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.core.days import DAY_SECONDS, date_of, day_of
from consent.core.rule import Rule
from consent.core.rules import Place, Rules, is_laxer
from consent.geo.local_days import midnights, zones_of
from consent.geo.places import SUBDIVISIONS, countries
from consent.runtime.edge.edge_configs import edge_site
from consent.sites.law.law_days import law_days_of
from tests.api.shop import site_draft
from tests.golden import shipped_rules
from tests.sites.compiled import compiled

RULES = shipped_rules()
DAYS = law_days_of(RULES)
CODES = sorted({*countries(), *SUBDIVISIONS, *(code for code in RULES.codes if code not in ("ZZ", "EU"))})
PLACES = [Place(code[:2], code[3:] or None) for code in CODES] + [Place(), Place("~"), Place("US", "~")]
HOUR = 3600
"""Seconds."""
RECENT = [turn for turn in sorted(DAYS.change_days) if turn > day_of(datetime.date(2026, 2, 1))]
ONE_ZONE = {
    "US-CA": "America/Los_Angeles",
    "US-OK": "America/Chicago",
    "US-VT": "America/New_York",
    "CA-QC": "America/Toronto",
    "IN": "Asia/Kolkata",
    "JP": "Asia/Tokyo",
    "NP": "Asia/Kathmandu",
    "FR": "Europe/Paris",
    "PR": "America/Puerto_Rico",
    "US-GU": "Pacific/Guam",
}


def rule_at(place: Place, day: int) -> Rule:
    return RULES.rule_at(place, date_of(day))


def local_days_of(place: Place, time: float) -> set[int]:
    return {day_of(datetime.datetime.fromtimestamp(time, zone).date()) for zone in zones_of(place.code)}


def around(turn: int) -> list[int]:
    """Return each hour, with the seconds around it, from before the day starts anywhere until it has everywhere."""
    first = turn * DAY_SECONDS - 15 * HOUR
    return [first + hour * HOUR + beside for hour in range(31) for beside in (-1, 0, 1)]


def test_at_each_hour_around_a_day_of_law_the_rule_is_that_of_a_day_that_it_is_in_the_place() -> None:
    wrong = []
    for turn in RECENT:
        changed = [place for place in PLACES if rule_at(place, turn - 1) != rule_at(place, turn)]
        assert changed, date_of(turn)
        for place in changed:
            first, last = midnights(place, turn)
            for time in [*around(turn), first - 1, first, last - 1, last]:
                day, here = DAYS.day(place, time), local_days_of(place, time)
                allowed = {rule_at(place, one) for one in here}
                is_decided = time < first or time >= last
                expected = rule_at(place, turn if time >= last else turn - 1)
                if day not in here or rule_at(place, day) not in allowed:
                    wrong.append((place.code, date_of(turn), time, "a day that it is nowhere there"))
                elif is_decided and rule_at(place, day) != expected:
                    wrong.append((place.code, date_of(turn), time, "the rule of another day"))
                elif any(is_laxer(rule_at(place, day), other) for other in allowed):
                    wrong.append((place.code, date_of(turn), time, "laxer than a zone of the place"))
    assert wrong == []


@pytest.mark.parametrize(("code", "zone"), ONE_ZONE.items())
def test_a_place_of_one_zone_changes_its_law_at_its_own_midnight(code: str, zone: str) -> None:
    place = Place(code[:2], code[3:] or None)
    for turn in DAYS.change_days:
        begins = datetime.datetime.combine(date_of(turn), datetime.time(), ZoneInfo(zone)).timestamp()
        got = [DAYS.day(place, begins + seconds) for seconds in (-1, 0)]
        assert [rule_at(place, day) for day in got] == [rule_at(place, turn - 1), rule_at(place, turn)], date_of(turn)


def test_where_a_place_has_two_zones_what_is_stricter_begins_at_the_first_midnight_and_what_is_laxer_at_the_last() -> (
    None
):
    oregon, chile = day_of(datetime.date(2026, 1, 1)), day_of(datetime.date(2026, 12, 1))
    # Malheur County is on Boise time; Easter Island is two hours behind Santiago.
    boise = datetime.datetime(2026, 1, 1, tzinfo=ZoneInfo("America/Boise")).timestamp()
    easter = datetime.datetime(2026, 12, 1, tzinfo=ZoneInfo("Pacific/Easter")).timestamp()
    assert [DAYS.day(Place("US", "OR"), boise + seconds) for seconds in (-1, 0)] == [oregon - 1, oregon]
    assert [DAYS.day(Place("CL"), easter + seconds) for seconds in (-1, 0)] == [chile - 1, chile]


moments = st.floats(
    datetime.datetime(2025, 12, 1, tzinfo=datetime.UTC).timestamp(),
    datetime.datetime(2028, 3, 1, tzinfo=datetime.UTC).timestamp(),
) | st.builds(
    lambda turn, seconds: turn * DAY_SECONDS + seconds,
    st.sampled_from(sorted(DAYS.change_days)),
    st.integers(-60000, 60000),
)


@given(st.sampled_from(PLACES), moments)
def test_at_any_time_the_law_is_that_of_the_place_and_a_moment_stands_for_all_of_its_times(
    place: Place, time: float
) -> None:
    day, moment = DAYS.day(place, time), DAYS.moment(time)
    assert rule_at(place, day) in {rule_at(place, one) for one in local_days_of(place, time)}
    assert moment <= time < DAYS.end(time)
    assert {DAYS.day(place, one) for one in (moment, DAYS.end(time) - 1)} == {day}
    if not DAYS.change_days & {int(time // DAY_SECONDS), int(time // DAY_SECONDS) + 1}:
        assert (day, moment % DAY_SECONDS) == (time // DAY_SECONDS, 0)  # on other days, nothing is decided twice


def test_each_state_and_province_has_zones_that_exist() -> None:
    known = available_timezones()
    assert {zone.key for code in CODES for zone in zones_of(code)} <= known
    assert all(zone.key.startswith(("America/", "Pacific/")) for code in SUBDIVISIONS for zone in zones_of(code))
    with_rows = [code for code in RULES.codes if code not in ("ZZ", "EU")]
    assert [code for code in with_rows if "Etc/GMT+12" in {zone.key for zone in zones_of(code)}] == []


def test_a_bundle_of_the_edge_is_cut_where_a_law_begins_and_has_the_law_of_each_side() -> None:
    config = compiled(site_draft())
    for code, zone, day in (("US-OK", "America/Chicago", (2027, 1, 1)), ("IN", "Asia/Kolkata", (2027, 5, 14))):
        begins = int(datetime.datetime(*day, tzinfo=ZoneInfo(zone)).timestamp())
        site = edge_site(config, RULES, begins - HOUR, 2)
        assert [span["until"] for span in site["spans"]] == [begins, begins + HOUR]
        rules = []
        for span in site["spans"]:
            table = site["tables"][span["tables"][""]]
            number = next(table[one] for one in (code, f"{code[:2]}-*", code[:2], "*") if one in table)
            rules.append(site["resolved"][number]["rule"])
        place = Place(code[:2], code[3:] or None)
        times = (begins - 1, begins)
        assert rules == [config.resolved_for(place, time, None)["rule"] for time in times], code
        assert rules[0] != rules[1]


def test_a_table_whose_law_begins_on_another_day_has_its_own_days() -> None:
    rows = [dict(row) for row in RULES.rows.values() if row["code"] in ("ZZ", "JP")]
    rows[1]["in_force_since"] = "2031-04-01"
    head = list(rows[0])
    text = "\n".join(",".join('"{}"'.format(str(row[one]).replace('"', '""')) for one in head) for row in rows)
    days = law_days_of(Rules(",".join(head) + "\n" + text, "code,row,note\n"))
    tokyo = datetime.datetime(2031, 4, 1, tzinfo=ZoneInfo("Asia/Tokyo")).timestamp()
    began = day_of(datetime.date(2031, 4, 1))
    assert [days.day(Place("JP"), tokyo + seconds) for seconds in (-1, 0)] == [began - 1, began]
