"""Codes of an authenticator app and recovery codes: set up, asked for, used once, forced."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from passlib.totp import TOTP

from tests.dashboard.cast import NOW, PASSWORD, Browser, Desk, desks
from tests.dashboard.links import follow, link_in

SET_UP = "/account/second-factor"
CODES = "/account/recovery-codes"


def key_on(page: str) -> str:
    """Return the key that a page of the set-up shows."""
    key = re.search(r'id="key">([^<]+)<', page)
    assert key, page
    return key[1]


def begun(browser: Browser) -> tuple[str, str]:
    """Begin a set-up; the key that it shows, and where the code goes."""
    browser.get(SET_UP)
    page = browser.post(SET_UP, {"setup": "authenticator"}).text
    where = re.search(rf'action="({SET_UP}/[^"]+)"', page)
    assert where
    return key_on(page), where[1]


def set_up(browser: Browser) -> TOTP:
    """Turn on the second factor of who is signed in; the app with the key."""
    key, where = begun(browser)
    app = TOTP(key.replace("-", "").replace(" ", ""))
    answer = browser.post(where, {"code": code(app, -1)})
    assert answer.headers["Location"] == CODES, answer.text
    return app


def code(app: TOTP, step: int = 0) -> str:
    """Return the code of the present step of 30 s, or of one before or after it."""
    return str(app.generate(time.time() + 30 * step).token)


def recovery_codes(browser: Browser) -> list[str]:
    """Make recovery codes."""
    browser.get(CODES)
    page = browser.post(CODES, {"generate_new_codes": "1"}).text
    return re.findall(r"<li><code>([0-9a-f-]+)</code>", page)


def halfway(desk: Desk, name: str = "viewer") -> Browser:
    """Return a browser in which the password was given and the code is asked for."""
    browser = desk.browser()
    assert browser.sign_in(name).headers["Location"].startswith("/login/code")
    browser.get("/login/code")
    return browser


@pytest.fixture(scope="module", params=["admins", "everyone"])
def needed(request: pytest.FixtureRequest) -> str:
    """Say who needs a second factor."""
    return str(request.param)


@pytest.fixture
def strict_desk(world: Path, tmp_path: Path, needed: str) -> Iterator[Desk]:
    """Open a desk that asks for a second factor."""
    yield from desks(world, tmp_path, second_factor=needed)


def test_a_log_in_asks_for_the_code_after_the_password(desk: Desk) -> None:
    app = set_up(desk.browser("viewer"))
    browser = halfway(desk)
    assert browser.get("/sites/demo/").status_code == 302, "the password alone opens nothing"
    browser.get("/login/code")
    assert "not right" in browser.post("/login/code", {"code": "000000"}).text
    assert browser.post("/login/code", {"code": code(app)}).status_code == 302
    assert browser.get("/sites/demo/").status_code == 200


def test_a_code_is_taken_once(desk: Desk) -> None:
    app = set_up(desk.browser("viewer"))
    used = code(app)
    assert halfway(desk).post("/login/code", {"code": used}).status_code == 302
    assert "used already" in halfway(desk).post("/login/code", {"code": used}).text
    assert halfway(desk).post("/login/code", {"code": code(app, 1)}).status_code == 302


def test_guessing_at_a_code_is_slowed_down(desk: Desk) -> None:
    set_up(desk.browser("viewer"))
    browser = halfway(desk)
    statuses = [browser.post("/login/code", {"code": f"{number:06}"}).status_code for number in range(11)]
    assert statuses == [200] * 10 + [429]


def test_setting_up_ends_the_other_sessions_and_is_told(desk: Desk) -> None:
    here, elsewhere = desk.browser("viewer"), desk.browser("viewer")
    set_up(here)
    assert here.get("/sites/demo/").status_code == 200
    assert elsewhere.get("/sites/demo/").status_code == 302
    assert "Set up the own second factor" in desk.browser("chief").get("/audit").text


def test_setting_up_asks_for_a_fresh_proof(desk: Desk) -> None:
    viewer = desk.browser("viewer")
    viewer.get(SET_UP)
    with desk.database() as connection:
        connection.execute("UPDATE browser_session SET proved_at = 0")
    assert viewer.post(SET_UP, {"setup": "authenticator"}).status_code == 401
    page = viewer.post(SET_UP, {"setup": "authenticator", "proof": PASSWORD})
    assert (page.status_code, 'id="key"' in page.text) == (200, True)


def test_a_wrong_code_turns_nothing_on_and_the_key_in_the_app_stays_good(desk: Desk) -> None:
    viewer = desk.browser("viewer")
    key, where = begun(viewer)
    for _ in range(2):
        answer = viewer.post(where, {"code": "000000"})
        assert (answer.status_code, key_on(answer.text), where in answer.text) == (422, key, True)
        assert answer.text.count("This code is not right") == 1
    assert desk.browser().sign_in("viewer").headers["Location"] == "/"
    app = TOTP(key.replace("-", "").replace(" ", ""))
    assert viewer.post(where, {"code": code(app)}).headers["Location"] == CODES


def test_a_token_of_the_set_up_shows_its_key_to_nobody_else(desk: Desk) -> None:
    viewer, chief = desk.browser("viewer"), desk.browser("chief")
    _, where = begun(viewer)
    begun(chief)
    assert chief.post(where, {"code": "000000"}).headers["Location"] == SET_UP
    assert viewer.post(where + "x", {"code": "000000"}).headers["Location"] == SET_UP


def test_a_code_is_a_fresh_proof_too(desk: Desk) -> None:
    chief = desk.browser("chief")
    app = set_up(chief)
    with desk.database() as connection:
        connection.execute("UPDATE browser_session SET proved_at = 0")
    fields = {"name": "Shop", "scope": ["decide"], "days": "30", "every": "1"}
    assert "a code of your app" in chief.post("/tokens", fields).text
    proof = code(app)
    assert chief.post("/tokens", fields | {"proof": proof}).status_code == 200
    with desk.database() as connection:
        connection.execute("UPDATE browser_session SET proved_at = 0")
    assert chief.post("/tokens", fields | {"proof": proof}).status_code == 401, "used already"


def test_it_can_be_turned_off(desk: Desk) -> None:
    viewer = desk.browser("viewer")
    set_up(viewer)
    recovery_codes(viewer)
    viewer.post(SET_UP, {"setup": "disable"})
    assert desk.browser().sign_in("viewer").headers["Location"] == "/"
    with desk.database() as connection:
        row = connection.execute("SELECT tf_totp_secret, mf_recovery_codes FROM user WHERE id = 4").fetchone()
    assert row == (None, None)


def test_each_recovery_code_signs_in_once(desk: Desk) -> None:
    viewer = desk.browser("viewer")
    set_up(viewer)
    codes = recovery_codes(viewer)
    assert len(set(codes)) == 8
    assert codes[0] not in viewer.get(CODES).text
    assert viewer.get(CODES + "?show_codes=y").status_code == 302, "they are shown once"
    browser = halfway(desk)
    browser.get("/login/recovery")
    assert browser.post("/login/recovery", {"code": codes[0]}).status_code == 302
    assert browser.get("/sites/demo/").status_code == 200
    again = halfway(desk)
    again.get("/login/recovery")
    assert "used already" in again.post("/login/recovery", {"code": codes[0]}).text
    trail = desk.browser("chief").get("/audit").text
    assert ("Made recovery codes" in trail, "Signed in by a recovery code" in trail) == (True, True)


def test_seeds_and_recovery_codes_are_encrypted_at_rest(desk: Desk) -> None:
    viewer = desk.browser("viewer")
    app = set_up(viewer)
    codes = recovery_codes(viewer)
    with desk.database() as connection:
        dump = "\n".join(connection.iterdump())
    assert not [secret for secret in (app.base32_key, app.hex_key, *codes) if secret in dump]


def test_an_admin_takes_off_what_is_lost(desk: Desk) -> None:
    viewer, chief = desk.browser("viewer"), desk.browser("chief")
    set_up(viewer)
    assert "Take the second factor off" in chief.get("/people/4").text
    chief.post("/people/4/second-factor/removal")
    assert viewer.get("/sites/demo/").status_code == 302
    assert desk.browser().sign_in("viewer").headers["Location"] == "/"
    assert chief.post("/people/4/second-factor/removal").status_code == 409


def test_another_password_by_a_link_keeps_the_second_factor(desk: Desk) -> None:
    set_up(desk.browser("viewer"))
    follow(desk, link_in(desk.browser("chief").post("/people/4/link").text), "nine red umbrellas")
    answer = desk.browser().sign_in("viewer", "nine red umbrellas")
    assert answer.headers["Location"].startswith("/login/code")


def test_who_needs_it_can_do_nothing_but_set_it_up(strict_desk: Desk, needed: str) -> None:
    chief, viewer = strict_desk.browser("chief"), strict_desk.browser("viewer")
    for path in ("/people", "/sites/demo/", "/tokens", "/account", CODES):
        assert chief.get(path).headers.get("Location") == SET_UP, path
    chief.get(SET_UP)
    assert chief.post("/people/4/active", {"active": "0"}).headers["Location"] == SET_UP
    assert (viewer.get("/sites/demo/").status_code == 302) == (needed == "everyone")
    set_up(chief)
    assert chief.get("/people").status_code == 200


def test_an_admin_of_one_site_or_of_a_group_counts_as_admin(strict_desk: Desk) -> None:
    assert strict_desk.browser("admin").get("/sites/demo/").headers["Location"] == SET_UP
    with strict_desk.database() as connection:
        connection.execute("INSERT INTO group_role (user_id, name, role) VALUES (4, 'Shops', 'admin')")
    assert strict_desk.browser("viewer").get("/sites/demo/").headers["Location"] == SET_UP
    assert NOW > 0
