"""Where users are signed in: sessions are described coarsely, and ended by the user or by expiry."""

import re

from consent.storage.accounts.sessions import IDLE_SECONDS, MAX_AGE_SECONDS, USE_EVERY_SECONDS
from tests.dashboard.client import Dashboard
from tests.dashboard.sample_data import NOW

AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def _age(dashboard: Dashboard, begun: int, seen: int) -> None:
    with dashboard.database() as connection:
        connection.execute("UPDATE browser_session SET started_at = ?, last_used_at = ?", (NOW - begun, NOW - seen))


def test_a_session_is_kept_by_the_hash_of_a_long_secret_and_without_an_address(dashboard: Dashboard) -> None:
    browser = dashboard.browser("viewer")
    with browser.client.session_transaction() as session:
        secret = session["id"]
    assert len(secret) == 43
    with dashboard.database() as connection:
        dump = "\n".join(connection.iterdump())
    assert secret not in dump
    assert "127.0.0.1" not in re.search(r'INSERT INTO "?browser_session.*', dump)[0]  # type: ignore[index]


def test_sessions_are_listed_by_browser_and_system(dashboard: Dashboard) -> None:
    here, there = dashboard.browser("viewer"), dashboard.browser()
    there.client.environ_base["HTTP_USER_AGENT"] = AGENT
    there.sign_in("viewer")
    page = here.get("/account/sessions").text
    assert "Firefox on Linux" in page
    assert "140" not in page
    assert page.count("This one") == 1


def test_ending_an_own_session_is_audited(dashboard: Dashboard) -> None:
    here, there = dashboard.browser("viewer"), dashboard.browser("viewer")
    number = _numbers(here.get("/account/sessions").text)[0]
    assert here.post(f"/account/sessions/{number}/removal").status_code == 302
    assert there.get("/sites/demo/").status_code == 302
    assert here.get("/sites/demo/").status_code == 200
    assert "Ended sessions" in dashboard.browser("chief").get("/audit").text


def test_a_user_ends_all_other_sessions_at_once(dashboard: Dashboard) -> None:
    here, others = dashboard.browser("viewer"), [dashboard.browser("viewer"), dashboard.browser("viewer")]
    here.post("/account/sessions/removal")
    assert [browser.get("/sites/demo/").status_code for browser in (here, *others)] == [200, 302, 302]


def test_the_session_of_another_user_is_not_found(dashboard: Dashboard) -> None:
    chief, viewer = dashboard.browser("chief"), dashboard.browser("viewer")
    number = _numbers(chief.get("/account/sessions").text)[0]
    assert viewer.post(f"/account/sessions/{number}/removal").status_code == 404
    assert chief.get("/users").status_code == 200


def test_logging_out_here_leaves_the_other_devices_alone(dashboard: Dashboard) -> None:
    here, there = dashboard.browser("viewer"), dashboard.browser("viewer")
    here.post("/logout")
    assert there.get("/sites/demo/").status_code == 200


def test_a_session_ends_after_two_weeks_however_busy(dashboard: Dashboard) -> None:
    browser = dashboard.browser("viewer")
    _age(dashboard, MAX_AGE_SECONDS - 60, 60)
    assert browser.get("/sites/demo/").status_code == 200
    _age(dashboard, MAX_AGE_SECONDS, 60)
    assert browser.get("/sites/demo/").status_code == 302


def test_a_session_ends_after_twelve_hours_without_use(dashboard: Dashboard) -> None:
    browser = dashboard.browser("viewer")
    _age(dashboard, IDLE_SECONDS, IDLE_SECONDS - 60)
    assert browser.get("/sites/demo/").status_code == 200
    _age(dashboard, 2 * IDLE_SECONDS, IDLE_SECONDS + USE_EVERY_SECONDS)
    assert browser.get("/sites/demo/").status_code == 302


def test_updates_the_last_use_every_few_minutes(dashboard: Dashboard) -> None:
    browser = dashboard.browser("viewer")
    _age(dashboard, 3600, 3600)
    browser.get("/sites/demo/")
    with dashboard.database() as connection:
        assert connection.execute("SELECT last_used_at FROM browser_session").fetchall() == [(NOW,)]


def test_a_page_is_shown_during_a_long_write(dashboard: Dashboard) -> None:
    browser = dashboard.browser("viewer")
    _age(dashboard, 3600, 3600)
    with dashboard.busy_timeout(20), dashboard.database() as connection:
        connection.execute("UPDATE site SET name = name")
        assert browser.get("/sites/demo/").status_code == 200
        assert connection.execute("SELECT last_used_at FROM browser_session").fetchall() == [(NOW - 3600,)]
    browser.get("/sites/demo/")
    with dashboard.database() as connection:
        assert connection.execute("SELECT last_used_at FROM browser_session").fetchall() == [(NOW,)]


def test_a_cookie_of_one_user_does_not_open_the_session_of_another(dashboard: Dashboard) -> None:
    chief, viewer = dashboard.browser("chief"), dashboard.browser("viewer")
    with chief.client.session_transaction() as session:
        secret = session["id"]
    with viewer.client.session_transaction() as session:
        session["id"] = secret
    assert viewer.get("/sites/demo/").status_code == 302


def _numbers(page: str) -> list[str]:
    """Return the ids of all sessions other than this one."""
    rows = re.findall(r"<tr data-row>.*?</tr>", page, re.DOTALL)
    rows = [row for row in rows if "This one" not in row] or rows
    return [found[1] for row in rows if (found := re.search(r"/account/sessions/(\d+)/removal", row))]
