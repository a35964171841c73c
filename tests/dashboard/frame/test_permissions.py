"""Who may do what: every route against every role, generated from the app's URL map."""

import re

import pytest

from consent.dashboard.frame.permissions import ACTIONS
from consent.dashboard.tags.tag_settings import PARTS
from consent.storage.tables.accounts import SITE_ROLES
from tests.dashboard.client import Dashboard
from tests.dashboard.routes import dashboard_routes

pytestmark = [pytest.mark.attack, pytest.mark.extended]

CSRF_TOKEN = re.compile(r'(?<="X-CSRFToken":")[^"]+|(?<=name="csrf_token" value=")[^"]+')


def test_every_view_of_the_dashboard_stands_in_the_table_of_actions(dashboard: Dashboard) -> None:
    views = {
        rule.endpoint: dashboard.app.view_functions[rule.endpoint]
        for rule in dashboard.app.url_map.iter_rules()
        if rule.endpoint.startswith("dashboard.") and rule.endpoint != "dashboard.static"
    }
    assert views
    assert {name for name, view in views.items() if getattr(view, "action", None) not in ACTIONS} == set()


def test_every_action_is_used_and_names_only_known_roles(dashboard: Dashboard) -> None:
    used = {route.action for route in dashboard_routes(dashboard.app)} | {"own_account"}
    used |= {part.action for part in PARTS.values()}
    assert used == set(ACTIONS)
    assert all(roles <= {*SITE_ROLES, ""} for roles in ACTIONS.values())


@pytest.mark.parametrize("role", SITE_ROLES)
def test_a_role_on_a_site_opens_what_the_table_says_and_nothing_else(dashboard: Dashboard, role: str) -> None:
    browser = dashboard.browser(role)
    for route in dashboard_routes(dashboard.app):
        answer = browser.get(route.path) if route.method == "GET" else browser.post(route.path)
        open_to = ACTIONS[route.action] if route.is_of_site else ACTIONS[route.action] & {""}
        is_open = role in open_to or "" in open_to
        assert (answer.status_code != 403) == is_open, f"{route}: {answer.status_code}"
        assert not is_open or answer.status_code in (200, 302, 400, 404, 409, 422), f"{route}: {answer.status_code}"


def test_a_role_on_every_site_opens_the_pages_of_the_instance(dashboard: Dashboard) -> None:
    chief = dashboard.browser("chief")
    assert [chief.get(path).status_code for path in ("/users", "/tokens", "/sites/new", "/sites/other/")] == [200] * 4


def test_the_site_of_others_is_a_404_in_every_route_for_each_of_their_roles(dashboard: Dashboard) -> None:
    stranger = dashboard.browser("stranger")
    routes = [route for route in dashboard_routes(dashboard.app) if route.is_of_site]
    assert len(routes) > 20
    for route in routes:
        answer = stranger.get(route.path) if route.method == "GET" else stranger.post(route.path)
        unknown = stranger.get(route.path.replace("/demo", "/never-made")) if route.method == "GET" else None
        assert answer.status_code == 404, str(route)
        if unknown is not None:
            assert _untimed(unknown.text).replace("never-made", "demo") == _untimed(answer.text), str(route)


def _untimed(page: str) -> str:
    """Return the page without the CSRF tokens, which change every second."""
    return CSRF_TOKEN.sub("", page)


def test_no_page_is_accessible_without_a_sign_in(dashboard: Dashboard) -> None:
    browser = dashboard.browser()
    for route in dashboard_routes(dashboard.app):
        answer = browser.get(route.path) if route.method == "GET" else browser.client.post(route.path)
        assert (answer.status_code, answer.headers.get("Location", "").split("?")[0]) == (302, "/login"), str(route)


def test_nothing_changes_without_the_csrf_token_of_the_session(dashboard: Dashboard) -> None:
    chief = dashboard.browser("chief")
    posts = [route for route in dashboard_routes(dashboard.app) if route.method == "POST"]
    before = _dump(dashboard)
    for route in posts:
        assert chief.client.post(route.path).status_code == 400, str(route)
        assert chief.client.post(route.path, data={"csrf_token": "forged"}).status_code == 400, str(route)
    assert _dump(dashboard) == before


def test_another_site_cannot_submit_a_form_even_with_the_token(dashboard: Dashboard) -> None:
    chief = dashboard.browser("chief")
    answer = chief.post("/sites/demo/tags/demo-ads/enabled", {"enabled": "0"}, Sec_Fetch_Site="cross-site")
    assert answer.status_code == 403
    assert all(tag["enabled"] for tag in dashboard.draft()["tags"])


def test_get_requests_change_nothing(dashboard: Dashboard) -> None:
    chief = dashboard.browser("chief")
    before = _dump(dashboard)
    for route in dashboard_routes(dashboard.app):
        if route.method == "GET":
            chief.get(route.path)
    assert _dump(dashboard) == before


def test_a_revoked_role_is_gone_with_the_next_request(dashboard: Dashboard) -> None:
    marketing, chief = dashboard.browser("marketing"), dashboard.browser("chief")
    user_id = next(number for number, name in _users(dashboard) if name == "Marketing")
    assert marketing.get("/sites/demo/tags").status_code == 200
    chief.post(f"/users/{user_id}/roles/removal", {"role": "marketing", "site": "demo"})
    assert marketing.get("/sites/demo/tags").status_code in (302, 404)


def test_a_user_without_a_role_is_told_whom_to_ask(dashboard: Dashboard) -> None:
    nobody = dashboard.browser("nobody")
    assert "Ask an admin" in nobody.get("/").text
    assert nobody.get("/sites/demo/").status_code == 404
    assert nobody.get("/account").status_code == 200


def _users(dashboard: Dashboard) -> list[tuple[int, str]]:
    with dashboard.database() as connection:
        return list(connection.execute("SELECT id, name FROM user"))


def _dump(dashboard: Dashboard) -> list[str]:
    with dashboard.database() as connection:
        return list(connection.iterdump())
