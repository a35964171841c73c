"""Benchmark database with the demo's published site, and the requests of its pages."""

import http.client
import json
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from consent.app import code_guard, load_artifacts, load_rules
from consent.config import Settings
from consent.delivery import manage
from consent.delivery.keys import DeliveryKeys
from consent.demo.ports import Ports
from consent.demo.site import KEY, NAME, demo_draft
from consent.log.audit_author import AuditActor, Author
from consent.outbound.public_addresses import AllowList
from consent.publishing.publish import publish
from consent.signing.keys import load_keys
from consent.storage.database.engine import make_engine
from consent.storage.delivery import receivers
from consent.storage.maintenance.migrate import upgrade
from consent.storage.sites import sites

ORIGIN = "http://www.shop.localhost:8001"
HOST = urlsplit(ORIGIN).netloc
"""The service on a proxied path of the site's own host, the setup that sets cookies and links receipts."""
DECISION = f"/api/v1/sites/{KEY}/decision"
RECEIPTS = f"/api/v1/sites/{KEY}/receipts"


def make_site(settings: Settings) -> None:
    """Upgrade the database of `settings` to the newest schema and publish the demo's site in it."""
    settings.instance.mkdir(parents=True, exist_ok=True)
    engine = make_engine(settings.database)
    upgrade(engine)
    with engine.begin() as connection:
        sites.create(connection, KEY, NAME, json.dumps(demo_draft(Ports())), int(time.time()))
    keys = load_keys(settings.instance / "keys")
    author, guard = Author(AuditActor("bench", "program"), keys.receipt), code_guard(settings, keys)
    publish(engine, KEY, load_rules(), load_artifacts(), guard, author)
    engine.dispose()


def add_receiver(settings: Settings) -> None:
    """Add a paused receiver: each choice writes an event, and nothing else uses the CPU."""
    keys, engine = load_keys(settings.instance / "keys"), make_engine(settings.database)
    author, now = Author(AuditActor("bench", "program"), keys.receipt), int(time.time())
    fields = manage.ReceiverFields(
        "Bench", "", "plain", "https://hooks.example.com/", {}, (), "none", False, "v1", "json"
    )
    with engine.begin() as connection:
        site = sites.by_key(connection, KEY)
        assert site
        manage.add_receiver(connection, DeliveryKeys(keys.secret), AllowList(), site, author, fields, now)
        for receiver in receivers.of_site(connection, site.id):
            receivers.change(connection, receiver.id, state=receivers.PAUSED)
    engine.dispose()


def environment(instance: Path, database_url: str = "") -> dict[str, str]:
    """Return the service's settings as `make run` has them, without a write limit."""
    found = {"CONSENT_INSTANCE": str(instance), "CONSENT_DEMO": "1", "CONSENT_WRITE_LIMIT": ""}
    found["CONSENT_LOG_FILE"] = str(instance / "consent.log")
    return found | ({"CONSENT_DATABASE_URL": database_url} if database_url else {})


def choice_body(port: int, key: str) -> str:
    """Return the body of a page's `accept_all`, with a token from the running service."""
    decision = ask(port, DECISION)
    body = {"key": key, "config": decision["config"], "token": decision["token"], "action": "accept_all"}
    body |= {"method": "click", "choices": dict.fromkeys(("functional", "analytics", "advertising"), True)}
    body |= {"vendors": {}, "layer": 1, "conflict_shown": False, "age_band": "unknown", "keep_proof": False}
    return json.dumps(body | {"chosen_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())})


def choice_cookie(port: int) -> str:
    """Return the Cookie header of a visitor who accepted everything, as set by the service itself."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("POST", RECEIPTS, choice_body(port, "0" * 32), page_headers())
    response = connection.getresponse()
    if response.status not in (200, 201):
        raise RuntimeError(f"the service answered {response.status} to a choice: {response.read()!r}")
    return "; ".join(value.partition(";")[0] for name, value in response.getheaders() if name.lower() == "set-cookie")


def page_headers() -> dict[str, str]:
    """Return the headers with which a page posts a choice."""
    return {
        "Host": HOST,
        "Origin": ORIGIN,
        "Content-Type": "application/json",
        "User-Agent": "Mozilla/5.0 Firefox/140.0",
    }


def ask(port: int, path: str) -> Any:
    """Return the JSON response of `path`."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path, headers={"Host": HOST})
    return json.loads(connection.getresponse().read())
