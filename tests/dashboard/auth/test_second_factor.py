"""Authenticator codes and recovery codes: set up, asked for, used once, enforced."""

import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from passlib.totp import TOTP

from tests.dashboard.client import Browser, Dashboard, dashboards
from tests.dashboard.password_links import follow, link_in
from tests.dashboard.sample_data import NOW, PASSWORD

SET_UP = "/account/second-factor"
CODES = "/account/recovery-codes"


def key_on(page: str) -> str:
    """Return the key shown on a set-up page."""
    key = re.search(r'id="key">([^<]+)<', page)
    assert key, page
    return key[1]


def begun(browser: Browser) -> tuple[str, str]:
    """Start a set-up; return the key that it shows and the path to send the code to."""
    browser.get(SET_UP)
    page = browser.post(SET_UP, {"setup": "authenticator"}).text
    where = re.search(rf'action="({SET_UP}/[^"]+)"', page)
    assert where
    return key_on(page), where[1]


def set_up(browser: Browser) -> TOTP:
    """Turn on the signed-in user's second factor; return an authenticator app with the key."""
    key, where = begun(browser)
    app = TOTP(key.replace("-", "").replace(" ", ""))
    step = time.time() // 30
    answer = browser.post(where, {"code": code(app, -1)})
    if answer.status_code == 422 and time.time() // 30 != step:  # The 30 s step ended in between.
        answer = browser.post(where, {"code": code(app, -1)})
    assert answer.headers["Location"] == CODES, answer.text
    return app


def code(app: TOTP, step: int = 0) -> str:
    """Return the code for the current 30 s step, or for one `step` steps away."""
    return str(app.generate(time.time() + 30 * step).token)


def recovery_codes(browser: Browser) -> list[str]:
    """Create recovery codes and return them."""
    browser.get(CODES)
    page = browser.post(CODES, {"generate_new_codes": "1"}).text
    return re.findall(r"<li><code>([0-9a-f-]+)</code>", page)


def halfway(dashboard: Dashboard, name: str = "viewer") -> Browser:
    """Return a browser that has sent the password and must send the code next."""
    browser = dashboard.browser()
    assert browser.sign_in(name).headers["Location"].startswith("/login/code")
    browser.get("/login/code")
    return browser


@pytest.fixture(scope="module", params=["admins", "everyone"])
def needed(request: pytest.FixtureRequest) -> str:
    """Return who needs a second factor."""
    return str(request.param)


@pytest.fixture
def strict_dashboard(world: Path, tmp_path: Path, needed: str) -> Iterator[Dashboard]:
    """Open a dashboard that requires a second factor."""
    yield from dashboards(world, tmp_path, second_factor=needed)


def test_a_log_in_asks_for_the_code_after_the_password(dashboard: Dashboard) -> None:
    app = set_up(dashboard.browser("viewer"))
    browser = halfway(dashboard)
    assert browser.get("/sites/demo/").status_code == 302, "the password alone opens nothing"
    browser.get("/login/code")
    assert "not right" in browser.post("/login/code", {"code": "000000"}).text
    assert browser.post("/login/code", {"code": code(app)}).status_code == 302
    assert browser.get("/sites/demo/").status_code == 200


def test_a_code_works_only_once(dashboard: Dashboard) -> None:
    app = set_up(dashboard.browser("viewer"))
    used = code(app)
    assert halfway(dashboard).post("/login/code", {"code": used}).status_code == 302
    assert "used already" in halfway(dashboard).post("/login/code", {"code": used}).text
    assert halfway(dashboard).post("/login/code", {"code": code(app, 1)}).status_code == 302


def test_only_one_of_several_concurrent_requests_with_one_code_signs_in(dashboard: Dashboard) -> None:
    app = set_up(dashboard.browser("viewer"))
    used, browsers = code(app), [halfway(dashboard) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda browser: browser.post("/login/code", {"code": used}), browsers))
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [302]


def test_only_one_of_several_concurrent_requests_with_one_recovery_code_signs_in(dashboard: Dashboard) -> None:
    viewer = dashboard.browser("viewer")
    set_up(viewer)
    [used, *_] = recovery_codes(viewer)
    browsers = [halfway(dashboard) for _ in range(8)]
    for browser in browsers:
        browser.get("/login/recovery")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda browser: browser.post("/login/recovery", {"code": used}), browsers))
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [302]


def test_opening_the_page_for_codes_signs_nobody_out(dashboard: Dashboard) -> None:
    browser = dashboard.browser("viewer")
    assert browser.get("/login/code").headers["Location"] == "/"
    assert browser.get("/sites/demo/").status_code == 200


def test_rate_limits_code_attempts(dashboard: Dashboard) -> None:
    set_up(dashboard.browser("viewer"))
    browser = halfway(dashboard)
    statuses = [browser.post("/login/code", {"code": f"{number:06}"}).status_code for number in range(11)]
    assert statuses == [200] * 10 + [429]


def test_enrolling_ends_the_other_sessions_and_is_audited(dashboard: Dashboard) -> None:
    here, elsewhere = dashboard.browser("viewer"), dashboard.browser("viewer")
    set_up(here)
    assert here.get("/sites/demo/").status_code == 200
    assert elsewhere.get("/sites/demo/").status_code == 302
    assert "Set up their second factor" in dashboard.browser("chief").get("/audit").text


def test_enrolling_requires_reauthentication(dashboard: Dashboard) -> None:
    viewer = dashboard.browser("viewer")
    viewer.get(SET_UP)
    with dashboard.database() as connection:
        connection.execute("UPDATE browser_session SET authenticated_at = 0")
    assert viewer.post(SET_UP, {"setup": "authenticator"}).status_code == 401
    page = viewer.post(SET_UP, {"setup": "authenticator", "proof": PASSWORD})
    assert (page.status_code, 'id="key"' in page.text) == (200, True)


def test_a_wrong_code_turns_nothing_on_and_the_key_in_the_app_stays_good(dashboard: Dashboard) -> None:
    viewer = dashboard.browser("viewer")
    key, where = begun(viewer)
    for _ in range(2):
        answer = viewer.post(where, {"code": "000000"})
        assert (answer.status_code, key_on(answer.text), where in answer.text) == (422, key, True)
        assert answer.text.count("This code is not right") == 1
    assert dashboard.browser().sign_in("viewer").headers["Location"] == "/"
    app = TOTP(key.replace("-", "").replace(" ", ""))
    assert viewer.post(where, {"code": code(app)}).headers["Location"] == CODES


def test_a_token_of_the_set_up_shows_its_key_to_nobody_else(dashboard: Dashboard) -> None:
    viewer, chief = dashboard.browser("viewer"), dashboard.browser("chief")
    _, where = begun(viewer)
    begun(chief)
    assert chief.post(where, {"code": "000000"}).headers["Location"] == SET_UP
    assert viewer.post(where + "x", {"code": "000000"}).headers["Location"] == SET_UP


def test_a_code_counts_as_reauthentication(dashboard: Dashboard) -> None:
    chief = dashboard.browser("chief")
    app = set_up(chief)
    with dashboard.database() as connection:
        connection.execute("UPDATE browser_session SET authenticated_at = 0")
    fields = {"name": "Shop", "scope": ["decide"], "days": "30", "every": "1"}
    assert "a code of your app" in chief.post("/tokens", fields).text
    proof = code(app)
    assert chief.post("/tokens", fields | {"proof": proof}).status_code == 200
    with dashboard.database() as connection:
        connection.execute("UPDATE browser_session SET authenticated_at = 0")
    assert chief.post("/tokens", fields | {"proof": proof}).status_code == 401, "used already"


def test_it_can_be_turned_off(dashboard: Dashboard) -> None:
    viewer = dashboard.browser("viewer")
    set_up(viewer)
    recovery_codes(viewer)
    viewer.post(SET_UP, {"setup": "disable"})
    assert dashboard.browser().sign_in("viewer").headers["Location"] == "/"
    with dashboard.database() as connection:
        row = connection.execute("SELECT tf_totp_secret, mf_recovery_codes FROM user WHERE id = 4").fetchone()
    assert row == (None, None)


def test_each_recovery_code_signs_in_once(dashboard: Dashboard) -> None:
    viewer = dashboard.browser("viewer")
    set_up(viewer)
    codes = recovery_codes(viewer)
    assert len(set(codes)) == 8
    assert codes[0] not in viewer.get(CODES).text
    assert viewer.get(CODES + "?show_codes=y").status_code == 302, "they are shown once"
    browser = halfway(dashboard)
    browser.get("/login/recovery")
    assert browser.post("/login/recovery", {"code": codes[0]}).status_code == 302
    assert browser.get("/sites/demo/").status_code == 200
    again = halfway(dashboard)
    again.get("/login/recovery")
    assert "used already" in again.post("/login/recovery", {"code": codes[0]}).text
    trail = dashboard.browser("chief").get("/audit").text
    assert ("Created recovery codes" in trail, "Signed in by a recovery code" in trail) == (True, True)


def test_seeds_and_recovery_codes_are_encrypted_at_rest(dashboard: Dashboard) -> None:
    viewer = dashboard.browser("viewer")
    app = set_up(viewer)
    codes = recovery_codes(viewer)
    with dashboard.database() as connection:
        dump = "\n".join(connection.iterdump())
    assert not [secret for secret in (app.base32_key, app.hex_key, *codes) if secret in dump]


def test_an_admin_removes_a_lost_second_factor(dashboard: Dashboard) -> None:
    viewer, chief = dashboard.browser("viewer"), dashboard.browser("chief")
    set_up(viewer)
    assert "Remove second factor and passkeys" in chief.get("/users/4").text
    chief.post("/users/4/second-factor/removal")
    assert viewer.get("/sites/demo/").status_code == 302
    assert dashboard.browser().sign_in("viewer").headers["Location"] == "/"
    assert chief.post("/users/4/second-factor/removal").status_code == 409


def test_resetting_the_password_by_link_keeps_the_second_factor(dashboard: Dashboard) -> None:
    set_up(dashboard.browser("viewer"))
    follow(dashboard, link_in(dashboard.browser("chief").post("/users/4/link").text), "nine red umbrellas")
    answer = dashboard.browser().sign_in("viewer", "nine red umbrellas")
    assert answer.headers["Location"].startswith("/login/code")


def test_a_user_who_must_enroll_can_do_nothing_else(strict_dashboard: Dashboard, needed: str) -> None:
    chief, viewer = strict_dashboard.browser("chief"), strict_dashboard.browser("viewer")
    for path in ("/users", "/sites/demo/", "/tokens", "/account", CODES):
        assert chief.get(path).headers.get("Location") == SET_UP, path
    chief.get(SET_UP)
    assert chief.post("/users/4/active", {"active": "0"}).headers["Location"] == SET_UP
    assert (viewer.get("/sites/demo/").status_code == 302) == (needed == "everyone")
    set_up(chief)
    assert chief.get("/users").status_code == 200


def test_an_admin_of_one_site_or_of_a_group_counts_as_admin(strict_dashboard: Dashboard) -> None:
    assert strict_dashboard.browser("admin").get("/sites/demo/").headers["Location"] == SET_UP
    with strict_dashboard.database() as connection:
        connection.execute("INSERT INTO group_role (user_id, name, role) VALUES (4, 'Shops', 'admin')")
    assert strict_dashboard.browser("viewer").get("/sites/demo/").headers["Location"] == SET_UP
    assert NOW > 0
