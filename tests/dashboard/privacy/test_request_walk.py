"""A visitor's request from form to closed case, on a phone, in two languages, with the real dashboard in between."""

import json
import re
import socket
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from consent.app import create_service, load_artifacts, load_rules
from consent.config import Settings
from consent.presentation.texts import request_texts
from consent.publishing.approval import Approval
from consent.publishing.publish import publish
from consent.storage.database.engine import make_engine
from consent.storage.sites import sites
from tests.audit_authors import author_of
from tests.axe import page_problems
from tests.code_guards import approve_all, guard_of
from tests.dashboard.sample_data import PASSWORD, copy_world, email_of
from tests.mail_server import MailServer, running_mail_server
from tests.wsgi_server import serving_at

pytestmark = pytest.mark.extended

PHONE = {"width": 390, "height": 800}


@pytest.fixture(scope="module")
def server() -> Iterator[MailServer]:
    with running_mail_server() as server:
        yield server


@pytest.fixture(scope="module")
def address(world: Path, tmp_path_factory: pytest.TempPathFactory, server: MailServer) -> Iterator[str]:
    """Serve the demo site with the requests page in two languages, and yield the service's address."""
    folder = copy_world(world, tmp_path_factory.mktemp("walk") / "instance")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    settings = Settings(instance=folder, demo=True, base_url=url, mail_url=server.url, mail_from="p@shop.example")
    engine = make_engine(settings.database)
    with engine.begin() as connection:
        site = sites.by_key(connection, "demo")
        assert site
        kept = sites.read_draft(connection, site.id)
        draft = json.loads(kept.text)
        draft["overrides"]["visitor_requests"] = True
        draft["texts"] |= {"languages": {"en": {}, "de": {}}, "confirmed": ["de"]}
        sites.save_draft(connection, site.id, json.dumps(draft), kept.revision)
    guard = guard_of(folder)
    approve_all(engine, "demo", guard)
    publish(engine, "demo", load_rules(), load_artifacts(), guard, author_of(folder), approval=Approval(is_alone=True))
    engine.dispose()
    service = create_service(settings)
    with serving_at(service.wsgi_app, port):
        yield url
    service.close()


def wait_as_people_do(page: Page) -> None:
    """Wait the two seconds that the form requires, as a person reading it would."""
    page.wait_for_timeout(2100)


def first_mail_to(server: MailServer, mailbox: str) -> EmailMessage:
    """Return the next mail to `mailbox`; mails to others belong to another walk."""
    while (mail := server.next())["To"] != mailbox:
        pass
    return mail


def sign_in(page: Page, address: str, path: str) -> None:
    page.goto(f"{address}/login?next={path}")
    page.get_by_label(re.compile("mail", re.IGNORECASE)).fill(email_of("compliance"))
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(f"**{path}")


@pytest.mark.browser
@pytest.mark.parametrize(("language", "place"), [("de", "DE"), pytest.param("en", "IE", marks=pytest.mark.long)])
def test_from_request_to_closed_case(
    address: str, browser: Browser, server: MailServer, language: str, place: str
) -> None:
    texts, mailbox = request_texts(language), f"eva-{language}@example.org"
    phone = browser.new_context(
        locale=f"{language}-{place}",
        viewport=PHONE,  # type: ignore[arg-type]
        color_scheme="dark" if language == "de" else "light",
        bypass_csp=True,
    )
    page = phone.new_page()
    page.goto(f"{address}/rights/demo")
    page.get_by_label(texts["rights_place"]).select_option(place)
    page.get_by_role("button", name=texts["rights_show"]).click()
    problems = page_problems(page)
    page.get_by_label(texts["kind_rectification"]).check()
    page.get_by_role("textbox", name=texts["rights_mail"]).fill(mailbox)
    page.get_by_label(texts["rights_details"]).fill(f"Ulm ({language})")
    wait_as_people_do(page)
    page.get_by_role("button", name=texts["rights_send"]).click()
    expect(page.get_by_text(texts["rights_mail_sent"])).to_be_visible()
    link = re.search(r"http\S+", first_mail_to(server, mailbox).get_content())
    assert link
    page.goto(link[0])
    problems += page_problems(page)
    page.get_by_role("button", name=texts["rights_send"]).click()
    expect(page.get_by_text(texts["state_open"])).to_be_visible()
    problems += page_problems(page)
    state = page.url

    staff = browser.new_context(viewport=PHONE).new_page()  # type: ignore[arg-type]
    sign_in(staff, address, "/sites/demo/requests")
    assert mailbox not in staff.content()
    staff.get_by_role("button", name="Open what was sent").first.click()
    expect(staff.get_by_text(mailbox)).to_be_visible()
    expect(staff.get_by_text(f"Ulm ({language})")).to_be_visible()
    staff.get_by_role("link", name="Back to the register").click()
    staff.get_by_role("button", name=re.compile("^Close or extend…")).or_(
        staff.locator("summary", has_text="Close or extend…")
    ).click()
    staff.get_by_placeholder("Reason, without names").fill("Berichtigt")
    staff.get_by_role("button", name=re.compile("^Close request")).last.click()
    expect(staff.get_by_text("The visitor gets an email about it.")).to_be_visible()

    page.goto(state)
    expect(page.get_by_text(texts["state_done"], exact=True)).to_be_visible()
    expect(page.locator("article").get_by_text("Berichtigt").last).to_be_visible()
    assert problems + page_problems(page) == []
    phone.close()
    staff.context.close()


@pytest.mark.browser
@pytest.mark.long
def test_an_opt_out_in_english_is_followed_and_withdrawn(address: str, browser: Browser) -> None:
    texts = request_texts("en")
    phone = browser.new_context(locale="en-US", viewport=PHONE, java_script_enabled=False)  # type: ignore[arg-type]
    page = phone.new_page()
    page.goto(f"{address}/rights/demo?place=US-CA")
    page.get_by_label(texts["kind_opt_out_sale"]).check()
    page.get_by_role("textbox", name=texts["rights_mail"]).fill("not an address")
    wait_as_people_do(page)
    page.get_by_role("button", name=texts["rights_send"]).click()
    expect(page.locator("#mail-fault")).to_have_text(texts["error_mail"])
    page.get_by_role("textbox", name=texts["rights_mail"]).fill("eva@example.org")
    page.get_by_role("button", name=texts["rights_send"]).click()
    expect(page.get_by_text(texts["state_open"])).to_be_visible()
    expect(page.get_by_role("link", name="California Privacy Protection Agency")).to_be_visible()
    page.get_by_role("button", name=texts["rights_take_back"]).click()
    expect(page.get_by_text(texts["state_taken_back"])).to_be_visible()
    phone.close()
