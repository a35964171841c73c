"""The pages of people and tokens, for admins of every site."""

import re

from consent.storage import tokens
from tests.dashboard.cast import NOW, Desk


def test_a_person_is_added_with_a_password_that_is_shown_once(desk: Desk) -> None:
    chief = desk.browser("chief")
    page = chief.post(
        "/people", {"email": " New@Example.com ", "name": "New", "role": "compliance", "site": "demo"}
    ).text
    shown = re.search(r"<p><code>([A-Za-z0-9_-]{20})</code>", page)
    assert shown
    assert shown[1] not in chief.get("/people").text
    fresh = desk.browser()
    assert fresh.sign_in("new", shown[1]).status_code == 302
    assert fresh.get("/sites/demo/receipts").status_code == 200
    assert fresh.get("/sites/other/").status_code == 404


def test_somebody_who_is_there_gets_the_role_and_keeps_the_password(desk: Desk) -> None:
    chief = desk.browser("chief")
    answer = chief.post("/people", {"email": "viewer@example.com", "role": "compliance", "site": "demo"})
    assert answer.status_code == 302
    assert desk.browser("viewer").get("/sites/demo/receipts").status_code == 200


def test_faults_of_a_new_person_stand_beside_the_fields(desk: Desk) -> None:
    chief = desk.browser("chief")
    answer = chief.post("/people", {"email": "not an address", "role": "viewer"})
    assert answer.status_code == 422
    assert 'id="fault-email"' in answer.text
    assert chief.post("/people", {"email": "new@example.com", "role": "owner"}).status_code == 422
    assert "new@example.com" not in chief.get("/people").text


def test_a_deactivated_person_is_out_at_once(desk: Desk) -> None:
    chief, viewer = desk.browser("chief"), desk.browser("viewer")
    assert viewer.get("/sites/demo/").status_code == 200
    chief.post("/people/4/active", {"active": "0"})
    assert viewer.get("/sites/demo/").status_code == 302
    assert desk.browser().sign_in("viewer").status_code == 200
    chief.post("/people/4/active", {"active": "1"})
    assert viewer.get("/sites/demo/").status_code == 302
    assert desk.browser("viewer").get("/sites/demo/").status_code == 200


def test_the_last_admin_of_every_site_stays(desk: Desk) -> None:
    chief = desk.browser("chief")
    own = 7
    chief.post(f"/people/{own}/roles/removal", {"role": "admin", "site": ""})
    assert "Somebody must stay admin" in chief.get("/people").text
    chief.post(f"/people/{own}/active", {"active": "0"})
    assert chief.get("/people").status_code == 200


def test_a_new_password_ends_the_old_sessions(desk: Desk) -> None:
    chief, viewer = desk.browser("chief"), desk.browser("viewer")
    page = chief.post("/people/4/password").text
    shown = re.search(r"<p><code>([A-Za-z0-9_-]{20})</code>", page)
    assert shown
    assert viewer.get("/sites/demo/").status_code == 302
    assert desk.browser().sign_in("viewer").status_code == 200
    assert desk.browser().sign_in("viewer", shown[1]).status_code == 302


def test_a_token_is_shown_once_and_opens_what_it_says(desk: Desk) -> None:
    chief = desk.browser("chief")
    page = chief.post(
        "/tokens", {"name": "Shop server", "scope": ["decide", "log:read"], "site": "demo", "days": "90"}
    ).text
    shown = re.search(r"<code>(cst_[A-Za-z0-9_-]{43})</code>", page)
    assert shown
    assert shown[1] not in chief.get("/tokens").text
    with desk.engine.connect() as connection:
        found = tokens.by_hash(connection, tokens.hash_of(shown[1]))
    assert found
    assert (found.scopes, found.site_id, found.expires_at) == ("decide log:read", 1, NOW + 90 * 86400)


def test_a_revoked_token_is_over(desk: Desk) -> None:
    chief = desk.browser("chief")
    chief.post("/tokens", {"name": "Shop server", "scope": ["decide"], "days": ""})
    assert chief.post("/tokens/1/revocation").status_code == 302
    assert "Revoked" in chief.get("/tokens").text
    assert chief.post("/tokens/1/revocation").status_code == 404


def test_a_token_without_a_name_or_scope_is_refused(desk: Desk) -> None:
    chief = desk.browser("chief")
    answer = chief.post("/tokens", {"name": "", "scope": ["everything"], "days": "7"})
    assert answer.status_code == 422
    assert {"fault-name", "fault-scope"} <= set(re.findall(r'id="(fault-[a-z]+)"', answer.text))
    assert "No token yet" in answer.text
