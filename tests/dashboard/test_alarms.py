"""The page of alarms: what lasts, what is over, where they go, and a trial that really leaves."""

import dataclasses
import re

import pytest

from consent.alarms import Outlet
from consent.mail import Mailer
from consent.storage import alarms
from consent.storage.alarms import Wrong
from tests.dashboard.cast import NOW, Desk
from tests.mail_server import running_mail_server

ALARMS = "/sites/demo/alarms"


def give(desk: Desk, outlet: Outlet, silence_minutes: int = 60) -> None:
    """Let alarms of the desk go by `outlet`."""
    given = desk.app.extensions["consent_dashboard"]
    desk.app.extensions["consent_dashboard"] = dataclasses.replace(
        given, outlet=outlet, silence_minutes=silence_minutes
    )


def test_each_kind_says_whether_it_lasts_and_when_it_was_there_last(desk: Desk) -> None:
    with desk.engine.begin() as connection:
        lost, foreign = Wrong("31 choices are lost."), Wrong("Of the other site.")
        alarms.keep(connection, {(1, "loss"): lost, (2, "leak"): foreign}, NOW - 7200)
        alarms.claim(connection, [], [], 0)
        alarms.keep(connection, {(1, "places"): Wrong("<b>Places</b>.")}, NOW - 3600)
        alarms.claim(connection, [], [], 0)
    page = desk.browser("viewer").get(ALARMS).text
    assert "1 now" in page
    assert "&lt;b&gt;Places&lt;/b&gt;." in page
    assert "Of the other site" not in page
    assert '<a href="/sites/demo/statistics">Look there</a>' in page
    over = page[page.index("<h2>Over</h2>") :]
    assert "31 choices are lost." in over
    assert len(re.findall("<time", over)) == 2
    assert page.count("none in 400 days") == 6


def test_what_nobody_looks_for_is_said(desk: Desk) -> None:
    give(desk, Outlet(), silence_minutes=0)
    page = desk.browser("compliance").get(ALARMS).text
    assert "<code>CONSENT_ALARM_SILENCE</code> is 0" in page
    assert "Nobody is told" in page
    assert "Try it now" not in page


@pytest.mark.server
def test_a_trial_leaves_and_says_where_it_did_not_arrive(desk: Desk) -> None:
    with running_mail_server() as mail:
        give(desk, Outlet(Mailer(mail.url, "consent@example.com"), ("ann@example.org",)))
        browser = desk.browser("compliance")
        assert "ann@example.org" in browser.get(ALARMS).text
        assert "ann@example.org" not in desk.browser("viewer").get(ALARMS).text
        browser.post(f"{ALARMS}/trial")
        assert mail.next()["Subject"] == "[consent] A trial"
        assert "The trial has left by 1 way." in browser.get(ALARMS).text
        mail.refuses = True
        browser.post(f"{ALARMS}/trial")
        assert "did not arrive everywhere" in browser.get(ALARMS).text
