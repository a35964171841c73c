"""The log: JSON lines without personal data."""

import contextlib
import json
import re
import secrets
import sqlite3
import time
from pathlib import Path
from urllib.parse import urlencode

import pytest

from consent.demo.site import KEY
from consent.storage.accounts import api_tokens
from consent.storage.database.engine import make_engine
from tests.operating.service import DECISION, RECEIPTS, Service, installed

pytestmark = pytest.mark.extended


ADDRESSES = ("81.2.69.142", "5.9.0.1", "2001:4860:4860::8888", "198.51.100.77")
AGENT = "Mozilla/5.0 (Known; Agent 4711)"


def test_the_log_contains_no_visitor_data_even_on_errors(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "consent.log"
    with installed(tmp_path, CONSENT_LOG_FILE=str(log), CONSENT_TRUSTED_PROXIES="127.0.0.1/32") as service:
        service.start()
        bearer = f"Bearer {make_token(service)}"
        known = storm(service, bearer)
        break_database(service)
        known |= storm(service, bearer)
        wait_for_trouble(log)
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert {"time", "level", "logger", "message"} <= set(lines[0])
    text = log.read_text() + service.output
    assert [one for one in sorted(known) if one in text] == []


def storm(service: Service, bearer: str) -> set[str]:
    """Make requests of all kinds, good and bad; return every word in them that identifies someone."""
    known = {*ADDRESSES, AGENT, bearer}
    for address in ADDRESSES:
        told = {"X_Forwarded_For": address, "User_Agent": AGENT}
        visitor, receipt, body = secrets.token_hex(16), secrets.token_hex(16), service.choice()
        known |= {visitor, receipt, json.loads(body)["key"]}
        cookie = f"consent_{KEY}_id={visitor}"
        service.choose(body, Cookie=cookie, Host="www.shop.localhost:8001", **told)
        service.ask(RECEIPTS, "POST", body[:-9], Content_Type="text/plain", **told)
        service.ask(DECISION, Authorization=bearer, X_Visitor_Address=address)
        service.ask(f"{RECEIPTS}?visitor={visitor}", Authorization=bearer, **told)
        service.ask(f"{RECEIPTS}/export?format=csv&visitor={visitor}", Authorization=bearer, **told)
        service.ask(f"/api/v1/receipts/{receipt}", **told)
        service.ask("/readyz", **told)
        service.ask("/login", **told)
        service.ask(f"/nowhere/{receipt}", **told)
    return known | guess(service, told)


def guess(service: Service, told: dict[str, str]) -> set[str]:
    """Sign in with wrong passwords until refused; return the email address and the password."""
    email, password = f"ada-{secrets.token_hex(4)}@example.com", secrets.token_hex(8)
    page = service.ask("/login", **told)
    token = re.search(rb'name="csrf_token"[^>]* value="([^"]+)"', page.body)
    if token is None:  # without its tables, the dashboard has no such page
        return set()
    fields = {"email": email, "password": password, "csrf_token": token[1].decode()}
    sent = {
        "Cookie": page.headers["set-cookie"].partition(";")[0],
        "Content_Type": "application/x-www-form-urlencoded",
    }
    statuses = [service.ask("/login", "POST", urlencode(fields), **sent, **told).status for _ in range(11)]
    assert statuses[-1] in (429, 503), statuses
    return {email, password, email.partition("@")[0]}


def make_token(service: Service) -> str:
    engine = make_engine(service.database)
    with engine.begin() as connection:
        scopes = ("decide", "receipts:read", "receipts:export")
        made = api_tokens.create(connection, "tests", scopes, now=int(time.time()))
    engine.dispose()
    return made


def break_database(service: Service) -> None:
    """Drop the tables, so that every database query fails."""
    with contextlib.closing(sqlite3.connect(service.database.removeprefix("sqlite:///"))) as connection, connection:
        for table in ("receipt", "receipt_personal", "receipt_key", "config", "site"):
            connection.execute(f"ALTER TABLE {table} RENAME TO {table}_away")


def wait_for_trouble(log: Path) -> None:
    """Wait until the service has noticed that the tables are gone."""
    until = time.monotonic() + 60
    while "no such table" not in log.read_text() and "does not answer" not in log.read_text():
        assert time.monotonic() < until, log.read_text()
        time.sleep(0.2)
