"""A site's weekly summary, and which node sends it."""

import datetime
import json
from typing import Any

from sqlalchemy import Engine

from consent.alarms.weekly_summary import last_due, weekly_summary
from consent.core.days import day_of
from consent.storage.operations import alarm_channels, alarms
from consent.storage.operations.alarm_channels import MAIL
from consent.storage.operations.alarms import Problem
from consent.storage.sites import sites
from tests.dashboard.client import Dashboard
from tests.dashboard.sample_data import NOW

WEEK = 7 * 86400


def test_one_node_claims_a_weekly_summary_once_a_week(dashboard: Dashboard) -> None:
    engine: Engine = dashboard.engine
    with engine.begin() as connection:
        for address, weekly in (("ann@example.org", True), ("ben@example.org", False)):
            assert alarm_channels.add(connection, 1, MAIL, address, alarms=True, weekly=weekly, now=NOW)
        assert not alarm_channels.add(connection, 1, MAIL, "ann@example.org", alarms=True, weekly=True, now=NOW)
        due = last_due(NOW + WEEK)
        assert alarm_channels.claim_weekly(connection, last_due(NOW), NOW) == []
        assert [one.address for one in alarm_channels.claim_weekly(connection, due, NOW + WEEK)] == ["ann@example.org"]
        assert alarm_channels.claim_weekly(connection, due, NOW + WEEK) == []


def test_a_summary_has_the_last_whole_week_beside_the_one_before(dashboard: Dashboard) -> None:
    with dashboard.engine.connect() as connection:
        site = sites.by_key(connection, "demo")
        assert site
        asked = dashboard.app.extensions["consent_dashboard"].rules.opt_in_regimes
        message = weekly_summary(connection, site, asked, "https://c.example", NOW)
    facts: dict[str, Any] = json.loads(json.dumps(message.facts))
    last = datetime.date.fromisoformat(facts["last_day"])
    assert (last.weekday(), day_of(last) < NOW // 86400) == (6, True)
    first = datetime.date.fromisoformat(facts["first_day"])
    assert message.title.startswith(f"Weekly summary of {site.name}: {first:%b} {first.day}\u2009–\u2009")
    assert facts["answers"] > 0
    assert any(line.startswith("Opt-in to analytics: ") for line in message.lines)
    assert "No alarm is active." in message.lines
    assert message.page == "https://c.example/sites/demo/"


def test_a_summary_is_written_in_the_language_of_its_reader(dashboard: Dashboard) -> None:
    with dashboard.engine.begin() as connection:
        alarms.save(connection, {(1, "leak"): Problem("A leak.")}, NOW)
        site = sites.by_key(connection, "demo")
        assert site
        asked = dashboard.app.extensions["consent_dashboard"].rules.opt_in_regimes
        german = weekly_summary(connection, site, asked, "https://c.example", NOW, "de")
    assert "Aktiver Alarm: A leak." in german.lines
    assert german.link == "Dashboard öffnen"
    assert any(line.startswith("Zustimmung zu Analyse: ") for line in german.lines)


def test_the_alarms_page_leads_to_a_preview_in_the_language_of_the_page(dashboard: Dashboard) -> None:
    reader, path = dashboard.browser("compliance"), "/sites/demo/alarms/weekly-summary"
    assert f'href="{path}"' in reader.get("/sites/demo/alarms").text
    with dashboard.engine.connect() as connection:
        site = sites.by_key(connection, "demo")
        assert site
        asked = dashboard.app.extensions["consent_dashboard"].rules.opt_in_regimes
        messages = {one: weekly_summary(connection, site, asked, "https://c.example", NOW, one) for one in ("en", "de")}
    for language, message in messages.items():
        page = reader.get(path, Accept_Language=language).text
        assert f"<h2>{message.title}</h2>" in page
        assert all(f"<p>{line}</p>" in page for line in message.lines)
    viewer = dashboard.browser("viewer")
    assert path not in viewer.get("/sites/demo/alarms").text
    assert viewer.get(path).status_code == 403, "requests are read by compliance alone"
