"""A choice expires and a schedule ends on the right day in each time zone, though cached responses lack the day."""

import datetime
import json
from zoneinfo import ZoneInfo, available_timezones

import pytest

from consent.api.page.decision import decision_json
from consent.api.page.visit_context import Visit
from consent.core.choice import Choice, format_choice
from consent.core.days import add_months, date_of, day_of
from consent.core.decide import Signals
from consent.core.rules import Place
from consent.runtime.compiled_config import CompiledConfig

TODAY = datetime.date(2026, 12, 1)
DAY = day_of(TODAY)
GERMANY = Place("DE", None, "geoip")
LAST_DAY = "2026-11-30"


def config_in(shop, zone):
    """Return the live config moved to time zone `zone`, with a tag whose schedule ends there after `LAST_DAY`."""
    live = shop.service.context.configs.live.get("shop")
    language = live.default_language
    document = json.loads(json.dumps({**live.document, "texts": {**live.document["texts"], "languages": {}}}))
    document["texts"]["languages"] = {language: live.texts(language)}
    document["overrides"]["time_zone"] = zone
    next(tag for tag in document["tags"] if tag["id"] == "chat")["schedule"]["until"] = LAST_DAY
    return CompiledConfig(f"sha256:{zone}", json.dumps(document).encode(), live.site_id, live.rules)


def choice_of(config, day, answer):
    groups = config.resolved("DE", None, DAY)["groups"]
    keys = {group: groups[group]["keys"][0] for group in groups}
    return format_choice(Choice(day, "eu_opt_in", dict.fromkeys(groups, answer), keys))


def facts(shop, config, choice, time):
    visit = Visit(config, GERMANY, Signals(), config.default_language, choice, None, True)
    made = decision_json(shop.service.context, visit, time)
    decision = json.loads(made)
    return decision["show"], decision["expires"], {tag["id"]: tag["reason"] for tag in decision["tags"]}


@pytest.mark.parametrize("answer", [True, False])
def test_a_choice_of_any_day_expires_at_midnight_of_its_own_day(shop, answer):
    config = config_in(shop, "UTC")
    months = config.resolved("DE", None, DAY)["life" if answer else "keep"]
    midnight = DAY * 86400
    for ahead in range(-40, 41):
        day = add_months(DAY, -months) + ahead
        choice = choice_of(config, day, answer)
        end = add_months(day, months)
        for time in (midnight - 1, midnight, midnight + 86399):
            show, expires, _ = facts(shop, config, choice, time)
            is_over = time // 86400 >= end
            assert show == ("ask" if is_over else "none"), (day, time)
            # An expired grant has no expiry date left.
            assert expires == (None if answer and is_over else date_of(end).isoformat()), (day, time)


def test_a_schedule_and_a_choice_end_at_the_edge_of_their_days_in_each_zone(shop):
    for zone in sorted(available_timezones()):
        config = config_in(shop, zone)
        months = config.resolved("DE", None, DAY)["life"]
        # One choice expires at this UTC midnight, the other a day later.
        choices = {DAY + ahead: choice_of(config, add_months(DAY, -months) + ahead, True) for ahead in (0, 1)}
        local = datetime.datetime.combine(TODAY, datetime.time(), ZoneInfo(zone)).timestamp()
        for time in (edge + seconds for edge in (local, DAY * 86400.0) for seconds in (-1, 0, 1)):
            is_over_here = datetime.datetime.fromtimestamp(time, ZoneInfo(zone)).date() >= TODAY
            for end, choice in choices.items():
                show, _, reasons = facts(shop, config, choice, time)
                assert (reasons["chat"] == "out_of_schedule") == is_over_here, (zone, time)
                assert (reasons["ga"] == "expired") == (time // 86400 >= end), (zone, time)
                assert show == ("ask" if time // 86400 >= end else "none"), (zone, time)
