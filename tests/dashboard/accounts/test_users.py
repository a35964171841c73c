"""The pages for users and tokens, for admins of all sites."""

import html
import re

import pytest

from consent.api.http.response import ApiError
from consent.api.http.token_cache import TokenCache
from consent.storage.accounts import api_tokens
from tests.dashboard.client import Dashboard
from tests.dashboard.password_links import follow, link_in
from tests.dashboard.sample_data import NOW


def test_a_user_is_invited_by_a_link_and_has_the_role(dashboard: Dashboard) -> None:
    chief = dashboard.browser("chief")
    page = chief.post(
        "/users", {"email": " New@Example.com ", "name": "New", "role": "compliance", "site": "demo"}
    ).text
    assert "Invited" in chief.get("/users").text
    fresh = follow(dashboard, link_in(page), "nine red umbrellas")
    assert fresh.sign_in("new", "nine red umbrellas").status_code == 302
    assert fresh.get("/sites/demo/receipts").status_code == 200
    assert fresh.get("/sites/other/").status_code == 404
    assert "Invited" not in chief.get("/users").text


def test_an_existing_user_gets_the_role_and_keeps_the_password(dashboard: Dashboard) -> None:
    chief = dashboard.browser("chief")
    answer = chief.post("/users", {"email": "viewer@example.com", "role": "compliance", "site": "demo"})
    assert answer.headers["Location"] == "/users/4"
    assert dashboard.browser("viewer").get("/sites/demo/receipts").status_code == 200


def test_errors_of_a_new_user_are_shown_beside_the_fields(dashboard: Dashboard) -> None:
    chief = dashboard.browser("chief")
    answer = chief.post("/users", {"email": "not an address", "role": "viewer"})
    assert answer.status_code == 422
    assert 'id="fault-email"' in answer.text
    assert chief.post("/users", {"email": "new@example.com", "role": "owner"}).status_code == 422
    assert chief.post("/users", {"email": "new@example.com", "role": "viewer", "name": "x" * 256}).status_code == 422
    assert chief.post("/users", {"email": "new@example.com", "role": "viewer", "site": "gone"}).status_code == 404
    assert chief.post("/users", {"email": "new@example.com", "role": "viewer", "site": "group:gone"}).status_code == 404
    assert "new@example.com" not in chief.get("/users").text


def test_roles_are_given_and_taken_in_one_place(dashboard: Dashboard) -> None:
    chief, viewer = dashboard.browser("chief"), dashboard.browser("viewer")
    chief.post("/users/groups", {"name": "Shops & more", "sites": ["other"]})
    chief.post("/users/4/roles", {"role": "marketing", "site": "group:Shops & more"})
    page = chief.get("/users/4").text
    assert ("the group Shops &amp; more" in page, "Little Grove" in page) == (True, True)
    assert viewer.get("/sites/other/tags").status_code == 200
    assert viewer.get("/sites/other/receipts").status_code == 403
    chief.post("/users/4/roles/removal", {"role": "marketing", "site": "group:Shops & more"})
    assert viewer.get("/sites/other/tags").status_code == 302, "the sessions have ended"
    assert dashboard.browser("viewer").get("/sites/other/tags").status_code == 404


def test_a_group_opens_no_more_than_its_sites_and_never_the_instance(dashboard: Dashboard) -> None:
    chief, viewer = dashboard.browser("chief"), dashboard.browser("viewer")
    chief.post("/users/groups", {"name": "All", "sites": ["demo", "other"]})
    chief.post("/users/4/roles", {"role": "admin", "site": "group:All"})
    assert viewer.get("/sites/other/settings").status_code == 200
    assert [viewer.get(path).status_code for path in ("/users", "/tokens", "/sites/new", "/audit")] == [403] * 4
    chief.post("/users/groups", {"name": "All", "sites": ["demo"]})
    assert viewer.get("/sites/other/").status_code == 404
    chief.post("/users/groups/removal", {"name": "All"})
    assert viewer.get("/sites/demo/receipts").status_code == 403


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"name": "a:b", "sites": ["demo"]}, "name"),
        ({"name": "", "sites": ["demo"]}, "name"),
        ({"name": "x" * 81, "sites": ["demo"]}, "name"),
        ({"name": "Shops"}, "sites"),
        ({"name": "Shops", "sites": ["gone"]}, "sites"),
    ],
)
def test_an_invalid_group_is_rejected_beside_the_field(
    dashboard: Dashboard, fields: dict[str, str], fault: str
) -> None:
    answer = dashboard.browser("chief").post("/users/groups", fields)
    assert (answer.status_code, f'id="fault-{fault}"' in answer.text) == (422, True)
    with dashboard.database() as connection:
        assert connection.execute("SELECT * FROM site_group_member WHERE name != 'Grove sites'").fetchall() == []


def test_a_deactivated_user_is_signed_out_immediately(dashboard: Dashboard) -> None:
    chief, viewer = dashboard.browser("chief"), dashboard.browser("viewer")
    assert viewer.get("/sites/demo/").status_code == 200
    chief.post("/users/4/active", {"active": "0"})
    assert viewer.get("/sites/demo/").status_code == 302
    assert dashboard.browser().sign_in("viewer").status_code == 200
    assert chief.post("/users/4/link").status_code == 409
    chief.post("/users/4/active", {"active": "1"})
    assert viewer.get("/sites/demo/").status_code == 302
    assert dashboard.browser("viewer").get("/sites/demo/").status_code == 200


def test_the_last_admin_of_every_site_cannot_be_removed(dashboard: Dashboard) -> None:
    chief = dashboard.browser("chief")
    own = 7
    chief.post(f"/users/{own}/roles/removal", {"role": "admin", "site": ""})
    assert "At least one user must stay admin" in chief.get("/users").text
    chief.post(f"/users/{own}/active", {"active": "0"})
    assert chief.get("/users").status_code == 200


def test_an_admin_ends_the_sessions_of_another_user(dashboard: Dashboard) -> None:
    chief, viewer = dashboard.browser("chief"), dashboard.browser("viewer")
    assert "A browser on another system" in chief.get("/users/4").text
    chief.post("/users/4/sessions/removal")
    assert viewer.get("/sites/demo/").status_code == 302
    assert "Not signed in anywhere" in chief.get("/users/4").text


def test_a_token_is_shown_once_and_grants_its_scopes(dashboard: Dashboard) -> None:
    chief = dashboard.browser("chief")
    page = chief.post(
        "/tokens", {"name": "Shop server", "scope": ["decide", "log:read"], "sites": ["demo"], "days": "90"}
    ).text
    shown = re.search(r"<code>(cst_[A-Za-z0-9_-]{43})</code>", page)
    assert shown
    assert shown[1] not in chief.get("/tokens").text
    with dashboard.engine.connect() as connection:
        found = api_tokens.by_hash(connection, api_tokens.hash_of(shown[1]))
    assert found
    assert (found.scopes, found.site_id, found.expires_at) == ("decide log:read", 1, NOW + 90 * 86400)


def test_a_revoked_token_no_longer_works(dashboard: Dashboard) -> None:
    chief = dashboard.browser("chief")
    chief.post("/tokens", {"name": "Shop server", "scope": ["decide"], "days": "", "every": "1"})
    assert chief.post("/tokens/1/revocation").status_code == 302
    assert "Revoked" in chief.get("/tokens").text
    assert chief.post("/tokens/1/revocation").status_code == 404


def test_a_token_without_a_name_or_scope_is_refused(dashboard: Dashboard) -> None:
    chief = dashboard.browser("chief")
    answer = chief.post("/tokens", {"name": "", "scope": ["everything"], "days": "7"})
    assert answer.status_code == 422
    assert {"fault-name", "fault-scope"} <= set(re.findall(r'id="(fault-[a-z]+)"', answer.text))
    assert "No token yet" in answer.text


def test_a_token_is_for_the_sites_that_are_ticked_and_no_other(dashboard: Dashboard) -> None:
    chief = dashboard.browser("chief")
    fields = {"name": "Two shops", "scope": ["decide"], "days": "30"}
    for wrong in ({}, {"sites": ["demo"], "every": "1"}):
        answer = chief.post("/tokens", fields | wrong)
        assert (answer.status_code, 'id="fault-sites"' in answer.text) == (422, True)
    assert chief.post("/tokens", fields | {"sites": ["gone"]}).status_code == 404
    page = chief.post("/tokens", fields | {"sites": ["demo", "other"]}).text
    plain = re.search(r"<code>(cst_[A-Za-z0-9_-]{43})</code>", page)
    assert plain
    with dashboard.engine.connect() as connection:
        token = api_tokens.by_hash(connection, api_tokens.hash_of(plain[1]))
    assert token
    assert [token.allows("decide", site_id, NOW) for site_id in (1, 2, 3, None)] == [True, True, False, False]
    assert "Little Grove, Other shop" in chief.get("/tokens").text


def test_a_token_shows_the_day_of_its_last_use(dashboard: Dashboard) -> None:
    chief = dashboard.browser("chief")
    plain = _made(chief.post("/tokens", {"name": "Shop", "scope": ["decide"], "days": "30", "sites": ["demo"]}).text)
    known = TokenCache(dashboard.engine)
    with pytest.raises(ApiError):
        known.check(f"Bearer {plain}", "log:read", 1)
    assert "never" in chief.get("/tokens").text, "a refusal is no use"
    known.check(f"Bearer {plain}", "decide", 1)
    assert ">never<" not in chief.get("/tokens").text


def _made(page: str) -> str:
    found = re.search(r"<code>(cst_[A-Za-z0-9_-]{43})</code>", page)
    assert found
    return found[1]


@pytest.mark.parametrize(
    "name", ["What's new?", "A # of shops", "100 %", "Größe & Co. ☃", "...", "a;b", "a..b", "x" * 80]
)
def test_a_group_of_any_visible_name_has_its_pages(dashboard: Dashboard, name: str) -> None:
    chief = dashboard.browser("chief")
    assert chief.post("/users/groups", {"name": name, "sites": ["other"]}).status_code == 302
    page = chief.get("/users/groups").text
    (link,) = (one for one in re.findall(r'<h2><a href="([^"]+)"', page) if one != "/groups/Grove%20sites")
    assert chief.get(html.unescape(link)).status_code == 200
    assert chief.get(html.unescape(link) + "/publish").status_code == 200


@pytest.mark.parametrize("name", [".", "..", "a/b", "/", "a\\b", "a:b", "x" * 81, "\u200b", ""])
def test_a_group_without_an_address_of_its_own_is_refused_in_a_sentence(dashboard: Dashboard, name: str) -> None:
    answer = dashboard.browser("chief").post("/users/groups", {"name": name, "sites": ["other"]})
    assert answer.status_code == 422
    assert "A group needs a name of up to 80 characters" in answer.text


def test_invisible_characters_are_removed_from_a_name(dashboard: Dashboard) -> None:
    chief = dashboard.browser("chief")
    assert chief.post("/users/groups", {"name": "a\u202eb\x01 c", "sites": ["other"]}).status_code == 302
    assert '<h2><a href="/groups/ab%20c">ab c</a>' in chief.get("/users/groups").text
