"""Signing in and out: cookies, sessions, guessing, and what a failed sign-in reveals."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.dashboard.client import Dashboard, dashboards, open_dashboard
from tests.dashboard.sample_data import PASSWORD, copy_world, email_of

SAYING = "Email or password is incorrect."


@pytest.fixture
def https_dashboard(world: Path, tmp_path: Path) -> Iterator[Dashboard]:
    """Open a dashboard with an HTTPS address."""
    yield from dashboards(world, tmp_path, base_url="https://consent.example")


def test_a_password_opens_the_dashboard(dashboard: Dashboard) -> None:
    browser = dashboard.browser("viewer")
    assert browser.get("/").headers["Location"] == "/sites/demo/"


def test_a_wrong_password_an_unknown_user_and_a_deactivated_one_look_the_same(dashboard: Dashboard) -> None:
    chief = dashboard.browser("chief")
    chief.post("/users/4/active", {"active": "0"})  # the viewer
    answers = [
        dashboard.browser().sign_in("admin", "four quiet green cats"),
        dashboard.browser().sign_in("never-seen"),
        dashboard.browser().sign_in("viewer", "four quiet green cats"),
        dashboard.browser().sign_in("viewer"),
    ]
    assert [answer.status_code for answer in answers] == [200] * 4
    pages = {re.sub(r'value="[^"]*"|"X-CSRFToken":"[^"]*"', "", answer.text) for answer in answers}
    assert len(pages) == 1
    assert SAYING in pages.pop()


def test_the_session_cookie_is_for_this_host_and_no_script(dashboard: Dashboard) -> None:
    cookies = dashboard.browser().sign_in("viewer").headers.getlist("Set-Cookie")
    [cookie] = [text for text in cookies if text.startswith("consent-session=")]
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))


def test_the_session_cookie_is_secure_on_https(https_dashboard: Dashboard) -> None:
    client = https_dashboard.app.test_client()
    page = client.get("/login", base_url="https://consent.example")
    token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', page.text)
    assert token
    fields = {"email": email_of("viewer"), "password": PASSWORD, "csrf_token": token[1]}
    answer = client.post(
        "/login", data=fields, base_url="https://consent.example", headers={"Referer": "https://consent.example/login"}
    )
    cookies = answer.headers.getlist("Set-Cookie")
    assert answer.status_code == 302
    assert sorted(cookie.partition("=")[0] for cookie in cookies) == [
        "__Host-consent-browser",
        "__Host-consent-session",
    ]
    for cookie in cookies:
        assert {"Secure", "HttpOnly", "Path=/"} <= set(cookie.split("; "))
        assert "Domain" not in cookie
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_a_log_in_gives_the_session_another_id_and_csrf_token(dashboard: Dashboard) -> None:
    browser = dashboard.browser()
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
def test_a_log_in_never_leads_to_another_site(dashboard: Dashboard, target: str) -> None:
    browser = dashboard.browser()
    browser.get("/login")
    assert browser.sign_in("viewer", next=target).headers["Location"] == "/login"
    assert browser.client.get("/login", query_string={"next": target}).headers["Location"] == "/login"


def test_a_sign_in_returns_to_the_requested_page(dashboard: Dashboard) -> None:
    browser = dashboard.browser()
    answer = browser.get("/sites/demo/receipts?country=DE")
    assert answer.headers["Location"] == "/login?next=/sites/demo/receipts?country%3DDE"
    page = browser.get(answer.headers["Location"])
    assert 'name="next"' in page.text
    assert (
        browser.sign_in("compliance", next="/sites/demo/receipts?country=DE").headers["Location"].endswith("country=DE")
    )


def test_an_htmx_request_in_an_expired_session_is_sent_to_the_sign_in(dashboard: Dashboard) -> None:
    answer = dashboard.browser().get("/sites/demo/tags", HX_Request="true")
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/login")


def test_rate_limits_guessing_for_the_account_but_not_for_others(dashboard: Dashboard) -> None:
    guesser = dashboard.browser()
    statuses = [guesser.sign_in("admin", f"guess number {number}").status_code for number in range(11)]
    assert statuses == [200] * 10 + [429]


def test_rate_limits_guessing_one_account_from_many_addresses(world: Path, tmp_path: Path) -> None:
    addresses = iter(f"192.0.2.{number}" for number in range(100))
    for dashboard in dashboards(world, tmp_path, client_address=lambda _request: next(addresses)):
        statuses = [dashboard.browser().sign_in("admin", f"guess {number}").status_code for number in range(31)]
        assert statuses == [200] * 30 + [429]
        assert dashboard.browser().sign_in("viewer").status_code == 302


def test_guessing_by_strangers_locks_nobody_out(world: Path, tmp_path: Path) -> None:
    addresses = iter(f"192.0.2.{number}" for number in range(100))
    for dashboard in dashboards(world, tmp_path, client_address=lambda _request: next(addresses)):
        own = dashboard.browser("admin")
        own.post("/logout")
        while dashboard.browser().sign_in("admin", "a guess").status_code == 200:
            pass
        assert own.sign_in("admin").status_code == 302, "a browser that signed in before counts by itself"
        own.post("/logout")
        assert [own.sign_in("admin", "a guess").status_code for _ in range(11)] == [200] * 10 + [429]
        assert own.sign_in("viewer").status_code == 302, "for the account of somebody else it is any other browser"


def test_a_browser_is_no_longer_recognized_after_all_sessions_were_ended(world: Path, tmp_path: Path) -> None:
    addresses = iter(f"192.0.2.{number}" for number in range(100))
    for dashboard in dashboards(world, tmp_path, client_address=lambda _request: next(addresses)):
        stolen = dashboard.browser("viewer")
        dashboard.browser("chief").post("/users/4/sessions/removal")
        while dashboard.browser().sign_in("viewer", "a guess").status_code == 200:
            pass
        stolen.client.delete_cookie("consent-session")
        assert stolen.sign_in("viewer", "a guess").status_code == 429


def test_many_correct_sign_ins_from_one_address_are_not_rate_limited(dashboard: Dashboard) -> None:
    statuses = [dashboard.browser().sign_in(name).status_code for name in ("viewer", "marketing", "chief") * 15]
    assert statuses == [302] * 45


def test_a_forged_browser_cookie_does_not_prevent_a_sign_in(dashboard: Dashboard) -> None:
    dashboard.browser("viewer")
    for text in ("x", "e30.x.y", '{"id":"a","users":[]}'):
        browser = dashboard.browser()
        browser.client.set_cookie("consent-browser", text)
        assert browser.sign_in("viewer").status_code == 302


@pytest.mark.parametrize("name", ["viewer", "nobody"])
@pytest.mark.parametrize("length", [129, 4097, 100_000])
def test_rejects_an_overlong_password(dashboard: Dashboard, name: str, length: int) -> None:
    answer = dashboard.browser().sign_in(name, "x" * length)
    assert (answer.status_code, SAYING in answer.text) == (200, True)


def test_many_concurrent_sign_ins_wait_or_are_asked_to_retry(dashboard: Dashboard) -> None:
    from concurrent.futures import ThreadPoolExecutor

    browsers = [dashboard.browser() for _ in range(64)]
    with ThreadPoolExecutor(64) as pool:
        statuses = list(pool.map(lambda browser: browser.sign_in("viewer").status_code, browsers))
    assert set(statuses) <= {302, 429, 503}
    assert 302 in statuses


def test_guessing_on_several_nodes_shares_one_limit_and_stores_no_address(world: Path, tmp_path: Path) -> None:
    folder = copy_world(world, tmp_path / "dashboard")
    nodes = [open_dashboard(folder), open_dashboard(folder)]
    statuses = [nodes[number % 2].browser().sign_in("admin", f"guess {number}").status_code for number in range(12)]
    assert statuses == [200] * 10 + [429] * 2
    with nodes[0].engine.connect() as connection:
        names = connection.exec_driver_sql("SELECT key FROM rate_limit_attempt").scalars().all()
    assert names
    assert all(re.fullmatch("[0-9a-f]{64}", name) for name in names)
    for node in nodes:
        node.engine.dispose()


def test_logging_out_invalidates_copies_of_the_cookie(dashboard: Dashboard) -> None:
    browser, copied = dashboard.browser("viewer"), dashboard.browser()
    cookie = browser.client.get_cookie("consent-session")
    assert cookie
    copied.client.set_cookie("consent-session", cookie.value)
    assert copied.get("/sites/demo/").status_code == 200
    assert browser.post("/logout").headers["Location"] == "/login"
    assert browser.get("/sites/demo/").status_code == 302
    assert copied.get("/sites/demo/").status_code == 302


def test_a_get_request_does_not_log_out(dashboard: Dashboard) -> None:
    browser = dashboard.browser("viewer")
    assert browser.get("/logout").status_code == 405
    assert browser.get("/sites/demo/").status_code == 200


def test_changing_the_password_ends_the_other_sessions(dashboard: Dashboard) -> None:
    here, elsewhere = dashboard.browser("viewer"), dashboard.browser("viewer")
    answer = _change(here, PASSWORD, "a longer and better one")
    assert answer.status_code == 302
    assert here.get("/sites/demo/").status_code == 200
    assert elsewhere.get("/sites/demo/").status_code == 302
    assert dashboard.browser().sign_in("viewer", "a longer and better one").status_code == 302


@pytest.mark.parametrize(
    ("new", "sentence"),
    [
        ("short", "at least 8 characters"),
        ("password123", "This password is too common."),
        ("aaaaaaaaaaaa", "This password is too common."),
        ("viewer 1234 x", "your own name"),
        ("x9" * 65, "at most 128"),
    ],
)
def test_a_weak_password_is_rejected_with_a_message(dashboard: Dashboard, new: str, sentence: str) -> None:
    assert sentence in _change(dashboard.browser("viewer"), PASSWORD, new).text


@pytest.mark.parametrize("new", ["8 signs!", "correct horse 🐎 battery", "ü" * 3 + "xyzäö", "x" * 60 + "abcd"])
def test_long_words_and_any_script_make_a_password(dashboard: Dashboard, new: str) -> None:
    assert _change(dashboard.browser("viewer"), PASSWORD, new).status_code == 302
    assert dashboard.browser().sign_in("viewer", new).status_code == 302


def test_changing_the_password_requires_the_current_one(dashboard: Dashboard) -> None:
    assert _change(dashboard.browser("viewer"), "not the one", "a longer and better one").status_code == 200


def test_passwords_are_kept_as_argon2id(dashboard: Dashboard) -> None:
    from consent.dashboard.accounts.create_user import create_user

    with dashboard.engine.begin() as connection:
        create_user(connection, "new@example.com", PASSWORD, "viewer")
        kept = connection.exec_driver_sql("SELECT password FROM user WHERE email = 'new@example.com'").scalar_one()
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert dashboard.browser().sign_in("new").status_code == 302


def test_nobody_can_register_or_get_a_token_of_their_own(dashboard: Dashboard) -> None:
    browser = dashboard.browser()
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
    from tests.dashboard.client import Browser

    assert isinstance(browser, Browser)
    return browser.post("/account", {"password": old, "new_password": new, "new_password_confirm": new})


@pytest.mark.parametrize("body", [b"x" * 2000, b"[]", b"{", b'"x"', b'{"email": 1, "password": []}'])
@pytest.mark.parametrize("path", ["/login", "/", "/sites/demo/tags", "/account"])
def test_an_invalid_json_body_causes_no_server_error(dashboard: Dashboard, path: str, body: bytes) -> None:
    dashboard.app.config["MAX_CONTENT_LENGTH"] = 1000
    for client in (dashboard.app.test_client(), dashboard.browser("chief").client):
        answer = client.post(path, data=body, content_type="application/json")
        assert answer.status_code in (302, 400, 405, 413), answer.text
        assert "text/html" in answer.content_type
