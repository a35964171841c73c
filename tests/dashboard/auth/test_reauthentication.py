"""Dangerous actions ask for the password or a code again, keep the submitted form, and slow down guessing."""

import re

import pytest

from consent.dashboard.auth.reauthentication import FRESH_SECONDS
from tests.dashboard.client import Browser, Dashboard
from tests.dashboard.sample_data import NOW, PASSWORD

NEW = {"name": "Shop server", "scope": ["decide", "log:read"], "days": "30", "every": "1"}


def _old(dashboard: Dashboard) -> Browser:
    """Return the browser of the chief, who signed in too long ago for dangerous actions."""
    chief = dashboard.browser("chief")
    with dashboard.database() as connection:
        connection.execute("UPDATE browser_session SET authenticated_at = ?", (NOW - FRESH_SECONDS,))
    return chief


def _made(dashboard: Dashboard) -> list[str]:
    with dashboard.database() as connection:
        return [scopes for (scopes,) in connection.execute("SELECT scopes FROM api_token")]


def test_an_old_reauthentication_is_requested_again_and_nothing_is_done_yet(dashboard: Dashboard) -> None:
    answer = _old(dashboard).post("/tokens", NEW)
    assert answer.status_code == 401
    assert "Your password" in answer.text
    assert _made(dashboard) == []


def test_rejects_an_overlong_password(dashboard: Dashboard) -> None:
    chief = _old(dashboard)
    for length in (129, 500_000):
        assert chief.post("/tokens", NEW | {"proof": "x" * length}).status_code == 401
        answer = chief.post("/account/proof", {"proof": "x" * length})
        assert (answer.status_code, "not right" in answer.text or "fault" in answer.text) == (422, True)


def test_the_form_continues_after_the_password(dashboard: Dashboard) -> None:
    chief = _old(dashboard)
    page = chief.post("/tokens", NEW).text
    kept = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page.split('action="/tokens"')[1])
    fields: dict[str, list[str]] = {}
    for name, text in kept:
        fields.setdefault(name, []).append(text)
    assert chief.post("/tokens", fields | {"proof": PASSWORD}).status_code == 200
    assert _made(dashboard) == ["decide log:read"]
    assert chief.post("/tokens", NEW).status_code == 200, "now it is fresh for ten minutes"


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proof_leads_back_to_the_page_before_also_behind_a_proxy_with_tls(dashboard: Dashboard, scheme: str) -> None:
    page = f"{scheme}://localhost/sites/demo/receipts?country=DE"
    answer = _old(dashboard).post("/tokens", NEW, HX_Request="true", Referer=page)
    assert answer.headers["HX-Redirect"] == "/account/proof?next=/sites/demo/receipts?country%3DDE"
    elsewhere = _old(dashboard).post(
        "/tokens", NEW, HX_Request="true", Referer=page.replace("localhost", "evil.example")
    )
    assert elsewhere.headers["HX-Redirect"] == "/account/proof?next=/"


def test_a_wrong_password_does_nothing(dashboard: Dashboard) -> None:
    chief = _old(dashboard)
    answer = chief.post("/tokens", NEW | {"proof": "not the one"})
    assert (answer.status_code, "Wrong password or code" in answer.text) == (401, True)
    assert "not the one" not in answer.text
    assert _made(dashboard) == []


def test_rate_limits_reauthentication_attempts(dashboard: Dashboard) -> None:
    chief = _old(dashboard)
    statuses = [chief.post("/tokens", NEW | {"proof": f"guess {number}"}).status_code for number in range(11)]
    assert statuses == [401] * 10 + [429]


def test_a_user_without_permission_is_not_asked_to_reauthenticate(dashboard: Dashboard) -> None:
    viewer = dashboard.browser("viewer")
    with dashboard.database() as connection:
        connection.execute("UPDATE browser_session SET authenticated_at = 0")
    assert viewer.post("/tokens", NEW).status_code == 403


def test_a_script_request_is_redirected_to_a_page_and_back(dashboard: Dashboard) -> None:
    chief = _old(dashboard)
    answer = chief.post("/tokens", NEW, HX_Request="true", Referer="http://localhost/tokens")
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/account/proof?next=/tokens")
    chief.get("/account/proof?next=/tokens")
    answer = chief.post("/account/proof", {"next": "/tokens", "proof": PASSWORD})
    assert answer.headers["Location"] == "/tokens"
    assert chief.post("/tokens", NEW).status_code == 200


def test_the_page_redirects_only_within_the_service(dashboard: Dashboard) -> None:
    chief = _old(dashboard)
    answer = chief.post("/account/proof", {"next": "//elsewhere.example/", "proof": PASSWORD})
    assert answer.headers["Location"] == "/"


def test_shows_submitted_values_as_text(dashboard: Dashboard) -> None:
    page = _old(dashboard).post("/tokens", NEW | {"name": '"><script>alert(1)</script>'}).text
    assert "<script>alert" not in page
