"""*Try it* on the API's page: what a signed-in user may read with their roles, without a token of their own."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import text
from werkzeug.test import Client

from consent.api.flask_app import ROUTE_GROUPS
from consent.api.http.console import MAX_SHOWN_BYTES, scopes_of_readable
from consent.app import Service, create_service
from consent.config import Settings
from consent.dashboard.accounts.api_console import ACTION_OF_SCOPE
from consent.dashboard.frame.permissions import ACTIONS
from tests.dashboard.client import TOKEN
from tests.dashboard.sample_data import PASSWORD, RECEIPT, copy_world, email_of
from tests.dashboard.strict_page import strict_page
from tests.wsgi_server import serving

pytestmark = pytest.mark.extended

SITE = "/api/v1/sites/{site}"


@pytest.fixture(scope="module")
def service(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Run the whole service on the sample world."""
    folder = copy_world(world, tmp_path_factory.mktemp("console") / "instance")
    service = create_service(Settings(instance=folder, demo=True))
    yield service
    service.close()


class Caller:
    """A signed-in user who tries out operations."""

    def __init__(self, service: Service, name: str) -> None:
        self.client = Client(service.wsgi_app)
        token = TOKEN.search(self.client.get("/login").text)
        assert token
        fields = {"email": email_of(name), "password": PASSWORD, "csrf_token": token[1]}
        assert self.client.post("/login", data=fields).status_code == 302
        self.session = self.client.get("/api-console").json
        assert self.session

    def send(self, path: str, **fields: str) -> dict[str, Any]:
        """Try an operation; `fields` are its parameters, with `__` in place of the dot in their names."""
        data = {"path": path} | {name.replace("__", "."): value for name, value in fields.items()}
        answer = self.client.post("/api-console", data=data, headers={"X-CSRFToken": self.session["csrf"]})
        found: dict[str, Any] = answer.json or {}
        return found | {"answered": answer.status_code}


def test_an_operation_answers_within_the_roles_of_the_user(service: Service) -> None:
    compliance, marketing = Caller(service, "compliance"), Caller(service, "marketing")
    assert list(compliance.session["sites"]) == ["demo"]
    assert compliance.session["readable"]["receipts:read"] == ["demo"]
    assert (marketing.session["readable"]["receipts:read"], marketing.session["readable"]["decide"]) == ([], ["demo"])
    found = compliance.send(f"{SITE}/receipts", path__site="demo", query__limit="1")
    assert (found["status"], found["media_type"], found["is_cut"]) == (200, "application/json; charset=utf-8", False)
    assert found["path"] == "/api/v1/sites/demo/receipts?limit=1"
    assert '"items"' in found["text"]
    assert marketing.send(f"{SITE}/receipts", path__site="demo")["status"] in (401, 403)
    assert marketing.send(f"{SITE}/draft", path__site="demo")["status"] == 200
    assert compliance.send(f"{SITE}/receipts", path__site="other")["status"] in (403, 404)
    assert "other" not in compliance.send("/api/v1/sites")["text"]
    assert '"demo"' in Caller(service, "chief").send("/api/v1/sites")["text"]
    nobody = Caller(service, "nobody")
    assert nobody.send(f"{SITE}/draft", path__site="demo")["status"] == 401


def test_a_part_of_a_path_reaches_nothing_beside_what_the_user_may_read(service: Service) -> None:
    marketing = Caller(service, "marketing")
    for site in ("demo/receipts/export?x=", "../sites/demo/receipts", "demo%2Freceipts", "", "other"):
        found = marketing.send(f"{SITE}/draft", path__site=site)
        assert found["status"] in (308, 401, 403, 404), site
        assert RECEIPT not in found.get("text", "")


def test_only_read_operations_can_be_tried(service: Service) -> None:
    chief = Caller(service, "chief")
    for path in ("/metrics", f"{SITE}/erasures", "/api/v1/nothing", "", "/r/{site}"):
        assert chief.send(path, path__site="demo")["answered"] == 422, path
    scopes = scopes_of_readable(ROUTE_GROUPS)
    assert len(scopes) > 25
    assert set(scopes.values()) <= set(ACTION_OF_SCOPE)
    assert set(ACTION_OF_SCOPE.values()) <= set(ACTIONS)


def test_nothing_is_sent_without_the_token_of_the_session(service: Service) -> None:
    chief = Caller(service, "chief")
    assert chief.client.post("/api-console", data={"path": "/api/v1/sites"}).status_code == 400
    assert Client(service.wsgi_app).get("/api-console").status_code == 302


def test_the_token_of_a_call_is_gone_after_it_and_a_long_answer_is_cut(service: Service) -> None:
    engine = service.context.engine
    with engine.connect() as connection:
        before = connection.execute(text("SELECT count(*) FROM api_token")).scalar_one()
    found = Caller(service, "compliance").send(f"{SITE}/receipts/export", path__site="demo", query__format="jsonl")
    assert found["status"] == 200
    assert len(found["text"].encode()) <= MAX_SHOWN_BYTES
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM api_token")).scalar_one() == before


def test_a_user_finds_an_operation_and_sends_it(browser: Browser, service: Service) -> None:
    with serving(service.wsgi_app) as port, strict_page(browser, f"http://127.0.0.1:{port}") as view:
        page = view.sign_in("compliance")
        page.set_viewport_size({"width": 390, "height": 844})
        view.open("/api/docs")
        expect(page.locator("#session")).to_contain_text("You are signed in as")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.get_by_label("Search operations").fill("audit trail")
        expect(page.locator(".operation:visible")).to_have_count(1)
        page.locator(".operation:visible > summary").click()
        page.get_by_role("button", name="Send").click()
        expect(page.locator("output")).to_contain_text("200")
        expect(page.locator("output pre")).to_contain_text('"items"')
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.get_by_label("Search operations").fill("")
        view.open("/api/docs#get-api-v1-sites-site-losses")
        expect(page.locator("[id='get-api-v1-sites-site-losses']")).to_be_visible()


def test_it_begins_with_the_site_that_the_user_looked_at_and_names_errors_beside_fields(
    browser: Browser, service: Service
) -> None:
    chief = Caller(service, "chief")
    assert len(chief.session["sites"]) > 1
    with serving(service.wsgi_app) as port, strict_page(browser, f"http://127.0.0.1:{port}") as view:
        page = view.sign_in("chief")
        view.open("/api/docs?site=other#get-api-v1-sites-site-receipts")
        expect(page.locator("#site")).to_have_value("other")
        view.open("/sites/demo/")
        view.open("/api/docs#get-api-v1-sites-site-receipts")
        operation = page.locator("details[data-of=get-api-v1-sites-site-receipts]")
        expect(operation.get_by_label("site *")).to_have_value("demo")
        page.locator("#site").select_option("other")
        expect(operation.get_by_label("site *")).to_have_value("other")
        page.locator("#site").select_option("demo")
        operation.get_by_label("from", exact=True).fill("yesterday")
        operation.get_by_role("button", name="Send").click()
        expect(operation.get_by_label("from", exact=True)).to_have_attribute("aria-invalid", "true")
        expect(operation.get_by_label("from", exact=True)).to_be_focused()
        expect(operation.locator(".fault:not(:empty)")).to_have_count(1)
        operation.get_by_label("from", exact=True).fill("")
        operation.get_by_role("button", name="Send").click()
        expect(operation.locator("output")).to_contain_text("200")
        expect(operation.locator(".fault:not(:empty)")).to_have_count(0)
        view.open("/api/docs#get-api-v1-receipts-receipt_id")
        operation = page.locator("details[data-of=get-api-v1-receipts-receipt_id]")
        operation.get_by_role("button", name="Send").click()
        expect(operation.locator(".fault:not(:empty)")).to_contain_text("Enter a value, such as")
        expect(operation.locator("output")).to_be_empty()
