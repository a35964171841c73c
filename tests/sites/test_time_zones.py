"""Schedules go by the day where the site is."""

import datetime
from typing import Any

import pytest

from consent.app import load_artefacts, load_rules
from consent.core.rules import Place
from consent.publishing.publish import freeze
from consent.runtime.compiled_config import CompiledConfig, day_of_time
from consent.signing.canonical_json import canonical
from consent.sites.draft import DraftError, change_tag, check_draft
from tests.api.shop import site_draft

NOON = datetime.datetime(2026, 11, 30, 12, tzinfo=datetime.UTC).timestamp()
IN_DECEMBER = {"schedule": {"from": "2026-12-01", "until": "2026-12-01"}}


def compiled(zone: str | None) -> CompiledConfig:
    draft: dict[str, Any] = change_tag(site_draft(), "ga", IN_DECEMBER)
    draft["overrides"] = {name: value for name, value in draft["overrides"].items() if name != "time_zone"}
    draft["overrides"] |= {"time_zone": zone} if zone else {}
    return CompiledConfig("sha256:0", canonical(freeze(draft, None, 1, load_artefacts())), 1, load_rules())


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
    config, now = compiled(zone), NOON + hours * 3600
    resolved = config.resolved_for(Place("DE"), day_of_time(now), "en", config.site_day(now))
    assert {tag["id"]: tag["hold"] for tag in resolved["tags"]}["ga"] == hold


@pytest.mark.parametrize("zone", ["Europe/Berlinn", "Europe", "../etc/passwd", "<b>", "", "a" * 65])
def test_what_is_no_zone_is_refused(zone: str) -> None:
    draft = site_draft()
    draft["overrides"]["time_zone"] = zone
    with pytest.raises(DraftError) as refused:
        check_draft(draft)
    assert list(refused.value.fields) == ["overrides.time_zone"]
