"""*Tokens* shows who is responsible for each token, and *Users* which ones stop when a user loses a role."""

import pytest

from consent.dashboard.auth.reauthentication import FRESH_SECONDS
from consent.storage.accounts import api_tokens, roles, users
from consent.storage.log import entries
from consent.storage.log.entry_index import payload_of
from tests.dashboard.client import Dashboard
from tests.dashboard.sample_data import NOW

CI = {"name": "ci", "scope": ["config:read", "config:write"], "days": "90"}
ADMIN = 1
"""The id of the user who is admin of `demo` only."""


def make(dashboard: Dashboard, name: str, *scopes: str, site_id: int | None = None, by: int | None = ADMIN) -> None:
    with dashboard.engine.begin() as connection:
        audit_id = connection.exec_driver_sql("SELECT audit_id FROM user WHERE id = ?", (by,)).scalar()
        api_tokens.create(connection, name, scopes, now=NOW, site_id=site_id, created_by=audit_id)


def grant(dashboard: Dashboard, user_id: int, role: str) -> None:
    with dashboard.engine.begin() as connection:
        roles.grant(connection, user_id, role)


def test_a_token_is_shown_with_who_made_it(dashboard: Dashboard) -> None:
    chief = dashboard.browser("chief")
    make(dashboard, "from the shell", "config:write", by=None)
    page = chief.post("/tokens", CI | {"every": "1"}).text
    row, shell = page.split("data-row")[1:3]
    assert ("Chief" in row, "Stopped" in row, "Take over" in row) == (True, False, False)
    assert ("command line" in shell, "Stopped" in shell, "Take over" in shell) == (True, False, False)


def test_a_token_that_stopped_is_taken_over_by_another_admin(dashboard: Dashboard) -> None:
    chief = dashboard.browser("chief")
    make(dashboard, "ci", "config:read", "config:write")
    page = chief.get("/tokens").text
    assert "Stopped on some sites" in page, "its user is admin of one site"
    with dashboard.database() as connection:
        connection.execute("UPDATE user SET active = 0 WHERE id = ?", (ADMIN,))
    page = chief.get("/tokens").text
    assert "is no longer an admin there. These scopes no longer work: config:write." in page
    assert chief.post("/tokens/1/takeover").headers["Location"] == "/tokens"
    page = chief.get("/tokens").text
    assert ("Stopped" in page, "taken over by Chief" in page, "Take over…" in page) == (False, True, False)
    with dashboard.engine.connect() as connection:
        [token] = api_tokens.every(connection)
        [entry] = entries.of_action(connection, 0, "token.taken_over")
        chief_id = connection.exec_driver_sql("SELECT audit_id FROM user WHERE email LIKE 'chief%'").scalar()
    assert (token.user, payload_of(entry.jws)["by"]) == (chief_id, chief_id)
    assert chief.post("/tokens/1/takeover").status_code == 404, "it is theirs already"


@pytest.mark.parametrize("scopes", [("decide",), ("config:read",)])
def test_a_token_that_needs_no_admin_cannot_be_taken_over(dashboard: Dashboard, scopes: tuple[str, ...]) -> None:
    make(dashboard, "server", *scopes)
    chief = dashboard.browser("chief")
    assert chief.post("/tokens/1/takeover").status_code == 404
    assert "Take over…" not in chief.get("/tokens").text


def test_taking_over_asks_for_the_password_again_and_needs_the_role(dashboard: Dashboard) -> None:
    make(dashboard, "ci", "config:write")
    assert dashboard.browser("admin").post("/tokens/1/takeover").status_code == 403
    chief = dashboard.browser("chief")
    with dashboard.database() as connection:
        connection.execute("UPDATE browser_session SET authenticated_at = ?", (NOW - FRESH_SECONDS,))
    answer = chief.post("/tokens/1/takeover")
    assert (answer.status_code, "Your password" in answer.text) == (401, True)
    with dashboard.engine.connect() as connection:
        assert api_tokens.every(connection)[0].taken_over_by is None


def test_a_user_page_names_the_tokens_that_stop_with_a_role(dashboard: Dashboard) -> None:
    chief = dashboard.browser("chief")
    assert "Their tokens" not in chief.get(f"/users/{ADMIN}").text
    make(dashboard, "ci", "config:write", site_id=1)
    make(dashboard, "shop server", "decide", site_id=1)
    page = chief.get(f"/users/{ADMIN}").text
    assert page.count("These tokens stop writing: ci (cst_") == 2, "with the role, and with a deactivation"
    assert ("stops writing" in page, "keeps working" in page) == (True, True)
    grant(dashboard, ADMIN, "admin")
    page = chief.get(f"/users/{ADMIN}").text
    assert page.count("These tokens stop writing") == 1, "either role is enough for this token"
    chief.post(f"/users/{ADMIN}/active", {"active": "0"})
    assert "These tokens stop writing" not in chief.get(f"/users/{ADMIN}").text, "they have stopped"
    assert "Stopped" in chief.get("/tokens").text


def test_a_removed_user_is_named_no_more(dashboard: Dashboard) -> None:
    make(dashboard, "ci", "config:write")
    with dashboard.engine.begin() as connection:
        users.forget(connection, "admin@example.com")
    page = dashboard.browser("chief").get("/tokens").text
    assert ("a user whose name was erased" in page, "Stopped" in page) == (True, True)
    assert "admin@example.com" not in page
