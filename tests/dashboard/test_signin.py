"""Signing in and out: cookies, sessions, guessing, and what a failed log-in gives away."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.dashboard.cast import PASSWORD, Desk, copy_world, desks, email_of, open_desk

SAYING = "The mail address or the password is not right."


@pytest.fixture
def https_desk(world: Path, tmp_path: Path) -> Iterator[Desk]:
    """Open a desk that visitors reach by https."""
    yield from desks(world, tmp_path, base_url="https://consent.example", is_https=True)


def test_a_password_opens_the_desk(desk: Desk) -> None:
    browser = desk.browser("viewer")
    assert browser.get("/").headers["Location"] == "/sites/demo/"


def test_a_wrong_password_an_unknown_person_and_a_deactivated_one_look_the_same(desk: Desk) -> None:
    chief = desk.browser("chief")
    chief.post("/people/4/active", {"active": "0"})  # the viewer
    answers = [
        desk.browser().sign_in("admin", "four quiet green cats"),
        desk.browser().sign_in("never-seen"),
        desk.browser().sign_in("viewer", "four quiet green cats"),
        desk.browser().sign_in("viewer"),
    ]
    assert [answer.status_code for answer in answers] == [200] * 4
    pages = {re.sub(r'value="[^"]*"|"X-CSRFToken":"[^"]*"', "", answer.text) for answer in answers}
    assert len(pages) == 1
    assert SAYING in pages.pop()


def test_the_session_cookie_is_for_this_host_and_no_script(desk: Desk) -> None:
    cookie = desk.browser().sign_in("viewer").headers["Set-Cookie"]
    assert cookie.startswith("consent-session=")
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))


def test_the_session_cookie_is_secure_on_https(https_desk: Desk) -> None:
    client = https_desk.app.test_client()
    page = client.get("/login", base_url="https://consent.example")
    token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', page.text)
    assert token
    fields = {"email": email_of("viewer"), "password": PASSWORD, "csrf_token": token[1]}
    answer = client.post(
        "/login", data=fields, base_url="https://consent.example", headers={"Referer": "https://consent.example/login"}
    )
    cookie = answer.headers["Set-Cookie"]
    assert answer.status_code == 302
    assert cookie.startswith("__Host-consent-session=")
    assert {"Secure", "HttpOnly", "Path=/"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_a_log_in_gives_the_session_another_id_and_csrf_token(desk: Desk) -> None:
    browser = desk.browser()
    with browser.client.session_transaction() as session:
        session["id"], session["planted"] = "chosen by somebody else", "x"
    browser.get("/login")
    planted = browser.token
    browser.sign_in("viewer")
    with browser.client.session_transaction() as session:
        assert len(session["id"]) == 43
        assert "planted" not in session
        assert session.permanent
    assert browser.post("/logout", token=planted).status_code == 400


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "///evil.example",
        "\t//evil.example",
    ],
)
def test_a_log_in_never_leads_to_another_site(desk: Desk, target: str) -> None:
    browser = desk.browser()
    browser.get("/login")
    assert browser.sign_in("viewer", next=target).headers["Location"] == "/login"
    assert browser.client.get("/login", query_string={"next": target}).headers["Location"] == "/login"


def test_a_log_in_leads_back_to_the_page_that_was_asked_for(desk: Desk) -> None:
    browser = desk.browser()
    answer = browser.get("/sites/demo/receipts?country=DE")
    assert answer.headers["Location"] == "/login?next=/sites/demo/receipts?country%3DDE"
    page = browser.get(answer.headers["Location"])
    assert 'name="next"' in page.text
    assert (
        browser.sign_in("compliance", next="/sites/demo/receipts?country=DE").headers["Location"].endswith("country=DE")
    )


def test_an_htmx_request_of_an_ended_session_is_sent_to_the_log_in(desk: Desk) -> None:
    answer = desk.browser().get("/sites/demo/tags", HX_Request="true")
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/login")


def test_guessing_is_slowed_down_for_the_account_but_not_for_others(desk: Desk) -> None:
    guesser = desk.browser()
    statuses = [guesser.sign_in("admin", f"guess number {number}").status_code for number in range(11)]
    assert statuses == [200] * 10 + [429]


def test_guessing_one_account_from_many_places_is_slowed_down(world: Path, tmp_path: Path) -> None:
    addresses = iter(f"192.0.2.{number}" for number in range(100))
    for desk in desks(world, tmp_path, client_address=lambda _request: next(addresses)):
        statuses = [desk.browser().sign_in("admin", f"guess {number}").status_code for number in range(11)]
        assert statuses == [200] * 10 + [429]
        assert desk.browser().sign_in("viewer").status_code == 302


def test_guessing_on_several_nodes_gives_no_more_tries_and_stores_nobodys_address(world: Path, tmp_path: Path) -> None:
    folder = copy_world(world, tmp_path / "desk")
    nodes = [open_desk(folder), open_desk(folder)]
    statuses = [nodes[number % 2].browser().sign_in("admin", f"guess {number}").status_code for number in range(12)]
    assert statuses == [200] * 10 + [429] * 2
    with nodes[0].engine.connect() as connection:
        names = connection.exec_driver_sql("SELECT name FROM attempt").scalars().all()
    assert names
    assert all(re.fullmatch("[0-9a-f]{64}", name) for name in names)
    for node in nodes:
        node.engine.dispose()


def test_logging_out_ends_the_copies_of_the_cookie_too(desk: Desk) -> None:
    browser, copied = desk.browser("viewer"), desk.browser()
    cookie = browser.client.get_cookie("consent-session")
    assert cookie
    copied.client.set_cookie("consent-session", cookie.value)
    assert copied.get("/sites/demo/").status_code == 200
    assert browser.post("/logout").headers["Location"] == "/login"
    assert browser.get("/sites/demo/").status_code == 302
    assert copied.get("/sites/demo/").status_code == 302


def test_leaving_by_a_link_is_not_possible(desk: Desk) -> None:
    browser = desk.browser("viewer")
    assert browser.get("/logout").status_code == 405
    assert browser.get("/sites/demo/").status_code == 200


def test_changing_the_password_ends_the_other_sessions(desk: Desk) -> None:
    here, elsewhere = desk.browser("viewer"), desk.browser("viewer")
    answer = _change(here, PASSWORD, "a longer and better one")
    assert answer.status_code == 302
    assert here.get("/sites/demo/").status_code == 200
    assert elsewhere.get("/sites/demo/").status_code == 302
    assert desk.browser().sign_in("viewer", "a longer and better one").status_code == 302


@pytest.mark.parametrize(
    ("new", "sentence"),
    [
        ("short", "at least 8 characters"),
        ("password123", "first that anybody would try"),
        ("aaaaaaaaaaaa", "first that anybody would try"),
        ("viewer 1234 x", "your own name"),
        ("x9" * 65, "at most 128"),
    ],
)
def test_a_poor_password_is_refused_with_a_sentence(desk: Desk, new: str, sentence: str) -> None:
    assert sentence in _change(desk.browser("viewer"), PASSWORD, new).text


@pytest.mark.parametrize("new", ["8 signs!", "correct horse 🐎 battery", "ü" * 3 + "xyzäö", "x" * 60 + "abcd"])
def test_long_words_and_any_script_make_a_password(desk: Desk, new: str) -> None:
    assert _change(desk.browser("viewer"), PASSWORD, new).status_code == 302
    assert desk.browser().sign_in("viewer", new).status_code == 302


def test_the_present_password_is_needed_to_change_it(desk: Desk) -> None:
    assert _change(desk.browser("viewer"), "not the one", "a longer and better one").status_code == 200


def test_passwords_are_kept_as_argon2id(desk: Desk) -> None:
    from consent.dashboard.new_person import add_person

    with desk.engine.begin() as connection:
        add_person(connection, "new@example.com", PASSWORD, "viewer")
        kept = connection.exec_driver_sql("SELECT password FROM user WHERE email = 'new@example.com'").scalar_one()
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert desk.browser().sign_in("new").status_code == 302


def test_nobody_can_register_or_get_a_token_of_their_own(desk: Desk) -> None:
    browser = desk.browser()
    for path in ("/register", "/verify", "/confirm", "/us-signin", "/tf-rescue"):
        assert browser.get(path).status_code == 404, path
    browser.get("/login")
    answer = browser.client.post(
        "/login?include_auth_token",
        json={"email": email_of("viewer"), "password": PASSWORD, "csrf_token": browser.token},
        headers={"Accept": "application/json"},
    )
    assert "authentication_token" not in answer.text


def _change(browser: object, old: str, new: str) -> object:
    from tests.dashboard.cast import Browser

    assert isinstance(browser, Browser)
    return browser.post("/account", {"password": old, "new_password": new, "new_password_confirm": new})


@pytest.mark.parametrize("body", [b"x" * 2000, b"[]", b"{", b'"x"', b'{"email": 1, "password": []}'])
@pytest.mark.parametrize("path", ["/login", "/", "/sites/demo/tags", "/account"])
def test_a_body_that_says_it_is_json_never_fails_the_service(desk: Desk, path: str, body: bytes) -> None:
    desk.app.config["MAX_CONTENT_LENGTH"] = 1000
    for client in (desk.app.test_client(), desk.browser("chief").client):
        answer = client.post(path, data=body, content_type="application/json")
        assert answer.status_code in (302, 400, 405, 413), answer.text
        assert "text/html" in answer.content_type
