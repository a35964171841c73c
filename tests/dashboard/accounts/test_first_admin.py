"""The setup page: whoever has the code creates the first admin, once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from consent.dashboard.auth.setup_code import setup_code
from tests.dashboard.audit_entries import audit_entries
from tests.dashboard.client import Browser, Dashboard, dashboards
from tests.dashboard.sample_data import PASSWORD

CODE = setup_code(b"k" * 32)
ADA = {"code": CODE, "email": "Ada@example.com", "password": PASSWORD}


@pytest.fixture
def new(world: Path, tmp_path: Path) -> Iterator[Dashboard]:
    """Open a dashboard without any admin."""
    for dashboard in dashboards(world, tmp_path, setup_code=CODE):
        with dashboard.database() as database:
            database.execute("DELETE FROM site_role WHERE role = 'admin'")
        yield dashboard


def sent(browser: Browser, **fields: str) -> tuple[int, str]:
    browser.get("/setup")
    answer = browser.post("/setup", ADA | fields)
    return answer.status_code, answer.text


def test_whoever_has_the_code_becomes_admin_and_is_signed_in(new: Dashboard) -> None:
    browser = new.browser()
    assert browser.get("/login").headers["Location"] == "/setup"
    browser.get("/setup")
    answer = browser.post("/setup", ADA)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert browser.get("/users").status_code == 200
    site_id, actor, claims = audit_entries(new)[-1]
    assert (site_id, actor, claims["action"], claims["after"]) == (0, "setup page", "user.created", {"role": "admin"})


def test_the_page_is_gone_once_there_is_an_admin(new: Dashboard) -> None:
    late = new.browser()
    late.get("/setup")
    assert sent(new.browser())[0] == 302
    assert late.post("/setup", ADA | {"email": "eve@example.com"}).status_code == 404
    assert late.get("/setup").status_code == 404
    assert late.get("/login").status_code == 200


def test_there_is_no_page_where_there_is_an_admin_or_no_code(dashboard: Dashboard, world: Path, tmp_path: Path) -> None:
    assert dashboard.browser().get("/setup").status_code == 404
    for other in dashboards(world, tmp_path, setup_code=CODE):
        assert other.browser().get("/setup").status_code == 404
        assert other.browser().get("/login").status_code == 200


def test_a_wrong_code_gets_one_clear_error_and_creates_no_account(new: Dashboard) -> None:
    for code in ("", "AAAA-BBBB-CCCC", CODE[:-1], "ü" * 12):
        status, page = sent(new.browser(), code=code)
        assert (status, page.count('role="alert"')) == (422, 1)
        assert "This is not the setup code." in page
        assert "Ada@example.com" in page
        assert PASSWORD not in page
    with new.database() as database:
        assert not database.execute("SELECT * FROM user WHERE email = 'ada@example.com'").fetchall()


def test_accepts_the_code_as_people_type_it(new: Dashboard) -> None:
    assert sent(new.browser(), code=f" {CODE.lower().replace('-', ' ').replace('o', '0')} ")[0] == 302


@pytest.mark.parametrize(
    ("fields", "sentence"), [({"email": "ada"}, "mail address"), ({"password": "short"}, "at least 8 characters")]
)
def test_an_invalid_account_is_reported_beside_its_field(new: Dashboard, fields: dict[str, str], sentence: str) -> None:
    status, page = sent(new.browser(), **fields)
    assert (status, page.count('role="alert"')) == (422, 1)
    assert sentence in page


def test_a_form_without_its_token_creates_no_account(new: Dashboard) -> None:
    browser = new.browser()
    answer = browser.post("/setup", ADA, token="another")
    assert (answer.status_code, "open too long" in answer.text) == (422, True)


def test_a_stranger_has_ten_tries_a_minute(new: Dashboard) -> None:
    browser = new.browser()
    tries = [sent(browser, code=f"AAAA-BBBB-CC{n:02}")[0] for n in range(12)]
    assert tries == [422] * 10 + [429] * 2


def test_a_code_is_of_its_instance_and_long_enough() -> None:
    codes = {setup_code(bytes([n]) * 32) for n in range(64)}
    assert len(codes) == 64
    assert {len(code.replace("-", "")) for code in codes} == {12}
