"""The alarms page: what is ongoing, what is over, which channels alarms go to, and a test that is really sent."""

import dataclasses
import re

import pytest

from consent.alarms import Notifier
from consent.alarms.rules import KINDS
from consent.alarms.services import Notifications
from consent.outbound.mail import Mailer
from consent.storage.operations import alarms
from consent.storage.operations.alarms import Problem
from tests.dashboard.client import Dashboard
from tests.dashboard.sample_data import NOW
from tests.mail_server import running_mail_server

ALARMS = "/sites/demo/alarms"


def give(dashboard: Dashboard, outlet: Notifier, silence_minutes: int = 60) -> None:
    """Send the dashboard's alarms through `outlet`."""
    given = dashboard.app.extensions["consent_dashboard"]
    dashboard.app.extensions["consent_dashboard"] = dataclasses.replace(
        given, notifications=Notifications(None, outlet, silence_minutes)
    )


def test_each_kind_shows_whether_it_is_active_and_when_it_was_last_active(dashboard: Dashboard) -> None:
    with dashboard.engine.begin() as connection:
        lost, foreign = Problem("31 choices are lost."), Problem("Of the other site.")
        alarms.save(connection, {(1, "receipt_loss"): lost, (2, "leak"): foreign}, NOW - 7200)
        alarms.claim(connection, lambda _: [], lambda _: [], 0)
        alarms.save(connection, {(1, "unknown_places"): Problem("<b>Places</b> (2027-01-01).")}, NOW - 3600)
        alarms.claim(connection, lambda _: [], lambda _: [], 0)
    page = dashboard.browser("viewer").get(ALARMS).text
    assert "1 now" in page
    assert "&lt;b&gt;Places&lt;/b&gt; (Jan 1, 2027)." in page
    assert "Of the other site" not in page
    assert '<a href="/sites/demo/statistics">Open</a>' in page
    over = page[page.index("<h2>Resolved</h2>") :]
    assert "31 choices are lost." in over
    assert len(re.findall("<time", over)) == 2
    assert page.count("none in 400 days") == len(KINDS) - 2


def test_names_what_is_not_monitored(dashboard: Dashboard) -> None:
    give(dashboard, Notifier(), silence_minutes=0)
    page = dashboard.browser("compliance").get(ALARMS).text
    assert "<code>CONSENT_ALARM_SILENCE</code> is 0" in page
    assert "Alarms of all sites" not in page


@pytest.mark.server
def test_a_test_message_is_sent_and_failed_deliveries_are_reported(dashboard: Dashboard) -> None:
    with running_mail_server() as mail:
        give(dashboard, Notifier(Mailer(mail.url, "consent@example.com"), ("ann@example.org",)))
        browser = dashboard.browser("compliance")
        browser.post(f"{ALARMS}/channels/1/removal")
        assert "ann@example.org" in browser.get(ALARMS).text
        assert "ann@example.org" not in dashboard.browser("viewer").get(ALARMS).text
        browser.post(f"{ALARMS}/test")
        assert mail.next()["Subject"] == "[consent] Test message"
        assert "Test sent through 1 channel." in browser.get(ALARMS).text
        mail.refuses = True
        with dashboard.database() as connection:  # as if half a minute had passed
            connection.execute("DELETE FROM rate_limit_attempt")
        browser.post(f"{ALARMS}/test")
        assert "The test failed: " in browser.get(ALARMS).text
