"""The retention page: months and what they would remove, legal holds on a period, runs, and what was erased."""

import re

import pytest
from sqlalchemy import update

from consent.privacy.pruner import Pruner
from consent.storage.privacy import marks, retention
from consent.storage.sites import sites
from consent.storage.tables.receipts import Receipt
from tests.dashboard.client import Browser, Dashboard
from tests.dashboard.sample_data import DAY, NOW

PAGE = "/sites/demo/retention"


@pytest.fixture
def aged(dashboard: Dashboard) -> Dashboard:
    """Make each receipt end on the day it was made, and the older half 900 days older."""
    with dashboard.engine.begin() as connection:
        connection.execute(update(Receipt).values(expires=None))
        old = Receipt.time < NOW - 15 * DAY
        connection.execute(update(Receipt).where(old).values(time=Receipt.time - 900 * DAY))
    return dashboard


def site_id(dashboard: Dashboard) -> int:
    with dashboard.engine.connect() as connection:
        site = sites.by_key(connection, "demo")
        assert site
        return site.id


def test_months_are_previewed_before_they_are_saved(aged: Dashboard) -> None:
    browser = aged.browser("compliance")
    assert "removes 0 receipts" in browser.get(PAGE).text
    page = browser.get(f"{PAGE}?months=24").text
    assert "removes 30 receipts" in page
    assert "ended before Nov 25, 2024" in page
    british = aged.browser("compliance").get(PAGE, Accept_Language="en-GB,en;q=0.9").text
    assert re.search("ended before 25 Nov 20[0-9]{2}", british)
    assert "Not saved yet: 36 months still apply." in page
    assert browser.post(PAGE, {"months": "24"}).status_code == 302
    with aged.engine.connect() as connection:
        assert retention.months_of(connection, site_id(aged)) == 24
    assert "removes 30 receipts" in browser.get(PAGE).text


def test_the_page_of_many_receipts_comes_before_they_are_counted(
    aged: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = aged.browser("compliance")
    monkeypatch.setattr("consent.dashboard.privacy.retention.COUNTED_AT_ONCE", 59)
    page = browser.get(f"{PAGE}?months=24").text
    assert "Counting 60 receipts" in page
    assert "<strong>removes" not in page
    (asked,) = re.findall(r'hx-get="([^"]+)" hx-trigger="load"', page)
    assert "removes 30 receipts" in browser.get(asked.replace("&amp;", "&")).text
    refused = browser.post(f"{PAGE}/runs", {"number": "7"}).text
    assert "removes 0 receipts" in refused, "who is to type a number sees it"


def test_rejects_an_invalid_retention_period(dashboard: Dashboard) -> None:
    browser = dashboard.browser("compliance")
    for months in ("0", "601", "-1", "x", "", "9" * 5000, "\N{ARABIC-INDIC DIGIT THREE}"):
        assert browser.post(PAGE, {"months": months}).status_code == 422
        assert browser.client.get(PAGE, query_string={"months": months}).status_code == 400
    with dashboard.engine.connect() as connection:
        assert retention.months_of(connection, site_id(dashboard)) == 36


def test_erasing_now_asks_for_the_number_and_leaves_what_is_held(aged: Dashboard) -> None:
    browser = aged.browser("compliance")
    browser.post(PAGE, {"months": "24"})
    browser.post(f"{PAGE}/holds", {"first": "2024-05-01", "last": "2024-05-15", "reason": "Case 7"})
    page = browser.get(PAGE).text
    assert "2024-05-01 to 2024-05-15" in page
    assert "more are due but stay because they are on hold or restricted." in page
    with aged.engine.connect() as connection:
        due = retention.preview(connection, site_id(aged), NOW)
    assert (due.receipts + due.exempt, due.exempt > 0) == (30, True)
    assert browser.post(f"{PAGE}/runs", {"number": "30"}).status_code == 422
    months = months_shown(browser)
    assert months
    assert browser.post(f"{PAGE}/runs", {"number": str(due.receipts)}).status_code == 302
    assert "waiting since" in browser.get(PAGE).text
    eraser = aged.app.extensions["consent_dashboard"].privacy.eraser
    (run,) = Pruner(aged.engine, eraser, lambda: NOW).run_once()
    page = browser.get(PAGE).text
    assert run.months == 24
    assert "removes 0 receipts" in page
    assert "Retention ended" in page
    assert f'data-label="Erased">{due.receipts}<' in page
    assert f'data-label="Exempt">{due.exempt}<' in page
    # Counts of recorded receipts stay, so the page doesn't call them stored receipts.
    assert months_shown(browser) == months


def months_shown(browser: Browser) -> list[tuple[str, str]]:
    """Return the months and how many receipts were recorded in each."""
    return re.findall(
        r'<tr><td>\w+ \d{4} <small>(\d{4}-\d\d)</small></td><td [^>]*data-label="Recorded">([\d,]+)',
        browser.get(PAGE).text,
    )


def test_rejects_an_invalid_hold(dashboard: Dashboard) -> None:
    given = {"first": "2026-01-01", "last": "2026-01-31", "reason": "Case 7"}
    browser = dashboard.browser("compliance")
    for wrong in (
        {"first": "2026-03-31", "last": "2026-01-01"},
        {"first": "yesterday"},
        {"last": "2026-02-30"},
        {"reason": ""},
        {"reason": "for eva@example.com"},
    ):
        assert browser.post(f"{PAGE}/holds", {**given, **wrong}).status_code == 422, wrong
    with dashboard.engine.connect() as connection:
        assert marks.every(connection, site_id(dashboard), marks.HOLD) == []
