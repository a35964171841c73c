"""What a visitor sent with a request: sealed until compliance opens it, which the audit trail then records."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from consent.dashboard.frame.context import NAME
from consent.outbound.mail import Mailer
from consent.privacy.visitor_requests import NewRequest, RegisteredRequest
from consent.storage.sites import sites
from tests.dashboard.client import Dashboard, dashboards
from tests.dashboard.publishing.publish_page import publish
from tests.dashboard.sample_data import ACCOUNT, PASSWORD, SUB, VISITOR
from tests.mail_server import MailServer, running_mail_server

PAGE = "/sites/demo/requests"
FACTS = {"mail": "eva@example.org", "details": "<b>Wrong</b> city", "visitor": VISITOR, "account": ACCOUNT, "sub": SUB}


def enter(dashboard: Dashboard, proof: str = "browser", **facts: str) -> RegisteredRequest:
    """Send a request as a visitor."""
    with dashboard.engine.connect() as connection:
        site = sites.by_key(connection, "demo")
    assert site
    visitors = dashboard.app.extensions[NAME].privacy.visitors
    entered: RegisteredRequest = visitors.enter(site, NewRequest("access", "DE", proof, "de", FACTS | facts))
    return entered


def test_the_register_shows_no_name_and_compliance_opens_what_was_sent(dashboard: Dashboard) -> None:
    enter(dashboard)
    browser = dashboard.browser("compliance")
    page = browser.get(PAGE).text
    assert "Proved by the browser" in page
    for secret in (*FACTS.values(), "eva@"):
        assert secret not in page + browser.get(f"{PAGE}/export").text
    opened = browser.post(f"{PAGE}/1/details", {"proof": PASSWORD})
    assert opened.status_code == 200
    for fact in ("eva@example.org", "&lt;b&gt;Wrong&lt;/b&gt; city", VISITOR, SUB, f"account-choices/{ACCOUNT}"):
        assert fact in opened.text
    assert f"/sites/demo/rights/visitor/{VISITOR}" in opened.text
    trail = browser.get("/sites/demo/audit").text
    assert "Opened what a visitor sent with a request" in trail
    assert "a visitor" in trail
    assert "eva@" not in trail


def test_the_register_says_whether_visitors_can_already_make_requests(dashboard: Dashboard) -> None:
    browser = dashboard.browser("chief")
    assert "Visitors make requests at" in browser.get(PAGE).text
    browser.post("/sites/demo/settings/overrides", {})
    assert publish(dashboard.browser("marketing")) == 302
    assert "Switch it on under Settings" in browser.get(PAGE).text
    browser.post("/sites/demo/settings/overrides", {"visitor_requests": "1"})
    assert "Once you publish the draft, visitors can make requests at" in browser.get(PAGE).text
    assert publish(dashboard.browser("marketing")) == 302
    assert "Visitors make requests at" in browser.get(PAGE).text


@pytest.mark.parametrize("name", ["marketing", "viewer", "stranger"])
def test_no_other_role_can_open_the_details_of_a_request(dashboard: Dashboard, name: str) -> None:
    enter(dashboard)
    answer = dashboard.browser(name).post(f"{PAGE}/1/details", {"proof": PASSWORD})
    assert answer.status_code == (404 if name == "stranger" else 403)


def test_a_request_that_nobody_sent_or_of_another_site_has_nothing_to_open(dashboard: Dashboard) -> None:
    browser = dashboard.browser("chief")
    browser.post(PAGE, {"kind": "access", "place": "DE", "received": "2026-11-20"})
    enter(dashboard)
    assert browser.post(f"{PAGE}/1/details", {"proof": PASSWORD}).status_code == 404
    assert browser.post("/sites/other/requests/2/details", {"proof": PASSWORD}).status_code == 404
    assert browser.post(f"{PAGE}/2/details", {"proof": PASSWORD}).status_code == 200


@pytest.fixture
def server() -> Iterator[MailServer]:
    with running_mail_server() as server:
        yield server


def test_a_requester_confirmed_by_mail_is_told_of_the_outcome(world: Path, tmp_path: Path, server: MailServer) -> None:
    for dashboard in dashboards(world, tmp_path, mailer=Mailer(server.url, "consent@example.com")):
        entered, _ = enter(dashboard, "mail"), enter(dashboard, "none")
        browser = dashboard.browser("compliance")
        browser.post(f"{PAGE}/1/outcome", {"outcome": "done", "reason": "Sent as a file"})
        mail = server.next()
        assert mail["To"] == "eva@example.org"
        assert f"/rights/demo/state?key={entered.key}" in mail.get_content()
        assert "Sent as a file" not in mail.get_content()
        browser.post(f"{PAGE}/2/outcome", {"outcome": "done", "reason": ""})
        assert server.mails.empty(), "an address that nobody has confirmed gets none"
