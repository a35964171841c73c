"""Schedules follow the day in the site's time zone."""

import datetime
from typing import Any

import pytest

from consent.core.rules import Place
from consent.runtime.compiled_config import CompiledConfig
from consent.sites.draft import DraftError, change_tag, check_draft
from tests.api.shop import site_draft
from tests.sites.compiled import compiled

NOON = datetime.datetime(2026, 11, 30, 12, tzinfo=datetime.UTC).timestamp()
IN_DECEMBER = {"schedule": {"from": "2026-12-01", "until": "2026-12-01"}}


def in_zone(zone: str | None) -> CompiledConfig:
    draft: dict[str, Any] = change_tag(site_draft(), "ga", IN_DECEMBER)
    draft["overrides"] = {name: value for name, value in draft["overrides"].items() if name != "time_zone"}
    draft["overrides"] |= {"time_zone": zone} if zone else {}
    return compiled(draft)


@pytest.mark.parametrize(
    ("zone", "hours", "hold"),
    [
        (None, 0, "out_of_schedule"),
        ("UTC", 11.9, "out_of_schedule"),
        ("UTC", 12, None),
        ("Pacific/Auckland", -1.1, "out_of_schedule"),
        ("Pacific/Auckland", 0, None),
        ("Pacific/Auckland", 23.1, "out_of_schedule"),
        ("America/New_York", 16.9, "out_of_schedule"),
        ("America/New_York", 17.1, None),
        ("Nowhere/Gone", 12, None),
    ],
)
def test_a_day_begins_and_ends_where_the_site_is(zone: str | None, hours: float, hold: str | None) -> None:
    config, now = in_zone(zone), NOON + hours * 3600
    resolved = config.resolved_for(Place("DE"), now, "en")
    assert {tag["id"]: tag["hold"] for tag in resolved["tags"]}["ga"] == hold


@pytest.mark.parametrize("zone", ["Europe/Berlinn", "Europe", "../etc/passwd", "<b>", "", "a" * 65])
def test_rejects_an_invalid_zone(zone: str) -> None:
    draft = site_draft()
    draft["overrides"]["time_zone"] = zone
    with pytest.raises(DraftError) as refused:
        check_draft(draft)
    assert list(refused.value.fields) == ["overrides.time_zone"]
