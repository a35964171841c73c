"""Links for choosing a password: they work once, expire soon, and use only the service's own address."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from consent.outbound.mail import Mailer
from tests.dashboard.client import TOKEN, Dashboard, dashboards
from tests.dashboard.password_links import follow, link_in
from tests.dashboard.sample_data import PASSWORD, email_of
from tests.mail_server import MailServer, running_mail_server

pytestmark = pytest.mark.extended

NEW = "nine red umbrellas"


@pytest.fixture
def server() -> Iterator[MailServer]:
    """Run a mail server."""
    with running_mail_server() as server:
        yield server


@pytest.fixture
def mailing_dashboard(world: Path, tmp_path: Path, server: MailServer) -> Iterator[Dashboard]:
    """Open a dashboard that can send mail."""
    yield from dashboards(world, tmp_path, mailer=Mailer(server.url, "consent@example.com"))


def _link(dashboard: Dashboard) -> str:
    """Return the path of a link that the chief creates for the viewer."""
    return link_in(dashboard.browser("chief").post("/users/4/link").text)


def test_a_link_of_an_admin_ends_sessions_and_gives_another_password(dashboard: Dashboard) -> None:
    viewer = dashboard.browser("viewer")
    path = _link(dashboard)
    assert viewer.get("/sites/demo/").status_code == 302
    fresh = follow(dashboard, path, NEW)
    assert fresh.sign_in("viewer").status_code == 200, "the old one"
    assert fresh.sign_in("viewer", NEW).status_code == 302
    assert "Set a password through a link" in dashboard.browser("chief").get("/audit").text


def test_a_link_works_once_and_a_newer_one_replaces_it(dashboard: Dashboard) -> None:
    first, second = _link(dashboard), _link(dashboard)
    assert dashboard.browser().get(first).status_code == 302
    follow(dashboard, second, NEW)
    again = dashboard.browser()
    again.get("/login")
    assert again.post(second, {"password": "x" * 20, "password_confirm": "x" * 20}).status_code == 302
    assert dashboard.browser().sign_in("viewer", NEW).status_code == 302


def test_an_invitation_works_once(dashboard: Dashboard) -> None:
    path = link_in(dashboard.browser("chief").post("/users", {"email": "new@example.com", "role": "viewer"}).text)
    follow(dashboard, path, NEW)
    again = dashboard.browser()
    again.get("/login")
    assert again.post(path, {"password": "x" * 20, "password_confirm": "x" * 20}).status_code == 302
    assert dashboard.browser().sign_in("new", NEW).status_code == 302


@pytest.mark.parametrize("name", ["Host", "X-Forwarded-Host", "X-Forwarded-Server", "Forwarded", "X-Original-Host"])
def test_no_header_changes_the_host_of_a_link(dashboard: Dashboard, name: str) -> None:
    chief = dashboard.browser("chief")
    value = "host=evil.example" if name == "Forwarded" else "evil.example"
    chief.get("/users")
    for path, form in (("/users/4/link", {}), ("/users", {"email": "new@example.com", "role": "viewer"})):
        answer = chief.client.post(path, data=form | {"csrf_token": chief.token}, headers={name: value})
        assert "evil.example" not in answer.text + str(answer.headers)
        assert name == "Host" or link_in(answer.text)


@pytest.mark.parametrize(
    "email", ["new@example.com\r\nBcc: eve@evil.example", "new@example.com, eve@evil.example", "new@example.com\0"]
)
def test_an_address_cannot_inject_headers_or_recipients(
    mailing_dashboard: Dashboard, server: MailServer, email: str
) -> None:
    answer = mailing_dashboard.browser("chief").post("/users", {"email": email, "role": "viewer"})
    assert answer.status_code == 400 or 'id="fault-email"' in answer.text
    browser = mailing_dashboard.browser()
    browser.get("/reset")
    browser.post("/reset", {"email": f"viewer@example.com{email.removeprefix('new@example.com')}"})
    assert server.mails.empty()
    with mailing_dashboard.database() as connection:
        assert connection.execute("SELECT count(*) FROM user WHERE email LIKE '%new@%'").fetchone() == (0,)


def test_an_expired_link_does_not_work(dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch) -> None:
    chief = dashboard.browser("chief")
    reset = link_in(chief.post("/users/4/link").text)
    invitation = link_in(chief.post("/users", {"email": "new@example.com", "role": "viewer"}).text)
    real = time.time
    for hours, statuses in ((3, (200, 200)), (5, (302, 200)), (24 * 7 + 1, (302, 302))):
        monkeypatch.setattr(time, "time", lambda ahead=hours * 3600: real() + ahead)
        assert tuple(dashboard.browser().get(path).status_code for path in (reset, invitation)) == statuses, hours


def test_opening_a_link_alone_changes_nothing(dashboard: Dashboard) -> None:
    path = _link(dashboard)
    for _ in range(2):
        assert dashboard.browser().get(path).status_code == 200
    assert dashboard.browser().sign_in("viewer").status_code == 302


def test_a_weak_password_is_rejected_beside_the_field(dashboard: Dashboard) -> None:
    browser, path = dashboard.browser(), _link(dashboard)
    browser.get(path)
    answer = browser.post(path, {"password": "password123", "password_confirm": "password123"})
    assert (answer.status_code, 'id="fault-password"' in answer.text) == (200, True)


@pytest.mark.parametrize("path", ["/reset/forged", "/reset/" + "A" * 3000, "/reset/W251bGwsbnVsbF0.aAAA.x"])
def test_rejects_a_forged_link(dashboard: Dashboard, path: str) -> None:
    assert dashboard.browser().get(path).status_code == 302


def test_an_invited_user_cannot_sign_in_before_accepting(dashboard: Dashboard) -> None:
    dashboard.browser("chief").post("/users", {"email": "new@example.com", "role": "viewer"})
    for password in ("", PASSWORD):
        assert dashboard.browser().sign_in("new", password).status_code == 200


def test_without_mail_the_sign_in_page_says_whom_to_ask(dashboard: Dashboard) -> None:
    browser = dashboard.browser()
    assert "/reset" not in browser.get("/login").text
    assert browser.get("/reset").headers["Location"] == "/login"


def test_a_forgotten_password_is_replaced_by_mail(mailing_dashboard: Dashboard, server: MailServer) -> None:
    browser = mailing_dashboard.browser()
    assert 'href="/reset"' in browser.get("/login").text
    page = browser.client.get("/reset", base_url="http://evil.example")
    token = TOKEN.search(page.text)
    assert token
    fields = {"email": email_of("viewer"), "csrf_token": token[1]}
    assert browser.client.post("/reset", data=fields, base_url="http://evil.example").status_code == 200
    mail = server.next()
    assert mail["To"] == email_of("viewer")
    assert "evil.example" not in mail.get_content(), "the link is on the service's own address"
    follow(mailing_dashboard, link_in(mail.get_content()), NEW)
    assert mailing_dashboard.browser().sign_in("viewer", NEW).status_code == 302


def test_a_mailed_link_signs_in_despite_rate_limited_guessing(world: Path, tmp_path: Path, server: MailServer) -> None:
    addresses = (f"192.0.2.{number}" for number in range(200))
    mailer = Mailer(server.url, "consent@example.com")
    for dashboard in dashboards(world, tmp_path, mailer=mailer, client_address=lambda _request: next(addresses)):
        while dashboard.browser().sign_in("viewer", "a guess").status_code == 200:
            pass
        stranger = dashboard.browser()
        assert stranger.sign_in("viewer").status_code == 429
        stranger.get("/reset")
        assert stranger.post("/reset", {"email": email_of("viewer")}).status_code == 200
        fresh = follow(dashboard, link_in(server.next().get_content()), NEW)
        assert dashboard.browser().sign_in("viewer", NEW).status_code == 429
        assert fresh.sign_in("viewer", NEW).status_code == 302
        assert fresh.get("/sites/demo/").status_code == 200


def test_the_reset_page_does_not_reveal_which_accounts_exist(mailing_dashboard: Dashboard, server: MailServer) -> None:
    mailing_dashboard.browser("chief").post("/users/4/active", {"active": "0"})
    pages = set()
    for email in ("viewer@example.com", "never-seen@example.com"):
        browser = mailing_dashboard.browser()
        browser.get("/reset")
        answer = browser.post("/reset", {"email": email})
        assert answer.status_code == 200
        pages.add(answer.text.replace(email, "-").split("<main")[1].split("csrf_token")[0])
        assert "If this address has an account" in answer.text
    assert len(pages) == 1
    assert server.mails.empty()


def test_an_invitation_is_sent_by_mail_too(mailing_dashboard: Dashboard, server: MailServer) -> None:
    page = mailing_dashboard.browser("chief").post("/users", {"email": "new@example.com", "role": "viewer"}).text
    mail = server.next()
    assert (mail["To"], link_in(mail.get_content())) == ("new@example.com", link_in(page))
    assert "7 days" in mail.get_content()
