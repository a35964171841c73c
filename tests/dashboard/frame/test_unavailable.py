"""Pages while another process writes to the database, or while the database is unreachable."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

from sqlalchemy import event

from tests.dashboard.client import Browser, Dashboard

TAGS = ("demo-chat", "demo-ads", "demo-video", "demo-analytics")


@contextmanager
def _written_elsewhere(dashboard: Dashboard) -> Iterator[sqlite3.Connection]:
    """Hold the database's write lock as another process would."""
    with dashboard.database() as connection:
        connection.execute("UPDATE site SET name = name")
        yield connection


def test_eight_users_who_save_concurrently_lose_nothing(dashboard: Dashboard) -> None:
    browsers = [dashboard.browser("marketing") for _ in range(8)]
    for browser in browsers:
        browser.get("/account")
    statuses: list[int] = []

    def switch(browser: Browser, tag: str) -> None:
        path = f"/sites/demo/tags/{tag}/enabled"
        statuses.extend(browser.post(path, {"enabled": is_on}).status_code for is_on in ("1", "0"))

    threads = [Thread(target=switch, args=(one, TAGS[number % 4])) for number, one in enumerate(browsers)]
    with dashboard.busy_timeout(0):
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert statuses == [302] * 16
    assert not any(tag["enabled"] for tag in dashboard.draft()["tags"] if tag["id"] in TAGS)


def test_a_form_reports_a_locked_database(dashboard: Dashboard) -> None:
    browser, before = dashboard.browser("marketing"), dashboard.draft()
    browser.get("/account")
    with dashboard.busy_timeout(20), _written_elsewhere(dashboard):
        answer = browser.post("/sites/demo/tags/demo-ads/enabled", {"enabled": "0"})
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "5"
        assert "The database does not answer" in answer.text
        assert "Anything it does not show was not saved" in answer.text
        assert browser.get("/sites/demo/tags").status_code == 200
    assert dashboard.draft() == before
    assert browser.post("/sites/demo/tags/demo-ads/enabled", {"enabled": "0"}).status_code == 302


def test_a_page_without_a_database_needs_none(dashboard: Dashboard) -> None:
    browser = dashboard.browser("marketing")
    dashboard.engine.dispose()

    @event.listens_for(dashboard.engine, "do_connect")
    def refuse(*_: object) -> None:
        raise sqlite3.OperationalError("unable to open database file")

    try:
        answer = browser.get("/sites/demo/tags")
    finally:
        event.remove(dashboard.engine, "do_connect", refuse)
    assert answer.status_code == 503
    assert "The database does not answer" in answer.text
    assert answer.headers["Content-Security-Policy"]
    assert browser.get("/sites/demo/tags").status_code == 200
