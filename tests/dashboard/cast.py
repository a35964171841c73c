"""The same small cast for all tests of the desks: two sites, a person of each role, a stranger, sixty receipts."""

import contextlib
import hashlib
import json
import re
import secrets
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, select, update
from werkzeug.test import TestResponse

from consent.app import load_artefacts, load_rights, load_rules
from consent.classify.catalogue import VENDORS, load_catalogue
from consent.core.merkle import leaf_hash
from consent.dashboard import Services, register
from consent.demo.ports import Ports
from consent.demo.site import VENDORS as DEMO_VENDORS
from consent.demo.site import demo_draft
from consent.evidence import Evidence
from consent.exports import Source
from consent.exports.jobs import find_job
from consent.exports.shelf import Shelf
from consent.exports.work import work
from consent.proof.canonical import canonical
from consent.proof.checkpoint_file import CheckpointFiles
from consent.proof.erasing import Eraser
from consent.proof.keys import Keys, load_keys
from consent.proof.personal import new_salt, personal_digest
from consent.proof.statement import Signer, build_statement
from consent.snapshots.draft import new_draft
from consent.snapshots.publish import publish
from consent.storage import event_counts, own_vendors, people, schema, sites
from consent.storage.engine import bind, make_engine
from consent.storage.models import Config, User
from consent.storage.new_receipt import NewReceipt
from consent.storage.replica import Reads
from consent.storage.sites import FoundSite
from consent.storage.writer import ReceiptWriter
from tests.authors import author_of

NOW = 1795564800  # 2026-11-25T00:00:00Z
DAY = 86400
PASSWORD = "four quiet green owls"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
ROLES = ("admin", "marketing", "compliance", "viewer")
VISITOR = "ab" * 16
TOKEN = re.compile(r'name="csrf_token"[^>]* value="([^"]+)"')
EXPORT = "e" * 32
RECEIPT = hashlib.sha256(b"receipt 0").hexdigest()[:32]
OWN_VENDOR = {
    "schema": "consent-vendor/1",
    "id": "own-weather",
    "name": "Weather in the corner",
    "company": "Weather Ltd",
    "country": None,
    "group": "functional",
    "privacy_url": None,
    "opt_out_url": None,
    "recipient_kind": None,
    "hosts": ["weather.example"],
    "data_categories": [],
    "tags": [],
    "cookies": [
        {"name": "wind", "pattern": False, "kind": "local", "group": "functional", "purpose": "feature_state"}
        | {"lifetime_s": None, "domain": None, "third_party": False}
    ],
    "revoke": [],
    "sources": [{"facts": ["all"], "source": "Its contract", "checked": "2026-11-25"}],
}
"""A vendor that the site describes by itself."""
PLACES = (
    ("DE", None, "eu_opt_in"),
    ("FR", None, "eu_opt_in"),
    ("US", "CA", "us_ca"),
    ("GB", None, "uk_opt_in_relaxed"),
)
CHOICES = (("accept_all", True, True, True), ("reject_all", False, False, False), ("save", True, True, False))


def email_of(name: str) -> str:
    """Return the mail address of a member of the cast."""
    return f"{name}@example.com"


def build_world(folder: Path) -> None:
    """Make the database and keys that every test begins with."""
    folder.mkdir()
    engine = make_engine(f"sqlite:///{folder / 'consent.sqlite'}")
    schema.upgrade(engine)
    with engine.begin() as connection:
        demo = sites.create(connection, "demo", "Little Grove", json.dumps(demo_draft(Ports())), NOW - 40 * DAY)
        other_draft = json.dumps(new_draft("other", ["https://other.example"]))
        other = sites.create(connection, "other", "Other shop", other_draft, NOW)
        own_vendors.save(connection, demo.id, OWN_VENDOR, "a" * 32, NOW)
        _add_people(connection, demo, other)
    live = publish(engine, "demo", load_rules(), load_artefacts(), author_of(folder, "command line"), "First version")
    with engine.begin() as connection:
        connection.execute(update(Config).values(published_at=NOW - 30 * DAY))
    _add_receipts(engine, demo, live.name, load_keys(folder / "keys"))
    shelf_of(engine, folder, load_keys(folder / "keys")).ask("demo", demo.id, "csv", {}, "somebody", EXPORT)
    engine.dispose()


def _add_people(connection: Any, demo: FoundSite, other: FoundSite) -> None:
    for name in (*ROLES, "stranger", "nobody", "chief"):
        row = {"email": email_of(name), "name": name.title(), "password": CHEAP, "active": True, "created_at": NOW}
        connection.execute(
            insert(User).values(**row, audit_id=secrets.token_hex(16), fs_uniquifier=secrets.token_hex(32))
        )
    ids = {name: user_id for name, user_id in connection.execute(select(User.name, User.id))}  # noqa: C416 - rows
    for role in ROLES:
        people.grant(connection, ids[role.title()], role, demo.id)
        people.grant(connection, ids["Stranger"], role, other.id)
    people.grant(connection, ids["Chief"], "admin", None)


def _add_receipts(engine: Any, site: FoundSite, config: str, keys: Keys) -> None:
    writer = ReceiptWriter(engine, timeout=60)
    signer = Signer(keys.receipt)
    for number in range(60):
        writer.submit(make_receipt(signer, site.id, config, number))
    assert writer.close()
    with engine.begin() as connection:
        event_counts.add_counts(connection, {make_event(site.id, day, config): 5 + day % 3 for day in range(30)})


def make_event(site_id: int, days_ago: int, config: str, **changes: Any) -> event_counts.Event:
    """Make what is counted of a banner that was shown in Germany so many days before."""
    told = ("DE", "", "eu_opt_in", "en", "a", "desktop", False, "shown")
    return event_counts.Event(site_id, NOW // DAY - days_ago, config, *told)._replace(**changes)


def make_receipt(signer: Signer, site_id: int, config: str, number: int, **changes: Any) -> NewReceipt:
    """Make the receipt `number` of the cast: each twelve hours older than the one before."""
    country, subdivision, regime = PLACES[number % len(PLACES)]
    action, *granted = CHOICES[number % len(CHOICES)]
    choices = dict(zip(("functional", "analytics", "advertising"), granted, strict=True))
    gpc = country == "US"
    facts: dict[str, Any] = {
        "id": hashlib.sha256(b"receipt %d" % number).hexdigest()[:32],
        "time": NOW - number * DAY // 2 - 60,
        "action": action,
        "method": "click",
    }
    facts |= {"config": config, "language": "en", "variant": "a", "layer": 1, "regime": regime, "origin_checked": True}
    vendors = {"demo-chat": False} if action == "save" else {}
    salt, visitor = new_salt(), VISITOR if number in (0, 3, 6) else None
    personal = {"visitor": visitor, "previous": None, "browser": "Firefox", "pages": None, "chosen_at": None}
    place = {"country": country, "subdivision": subdivision, "source": "geoip"}
    statement = build_statement(
        **facts,
        site="demo",
        requested=choices,
        effective=choices,
        vendors=vendors,
        text="sha256:" + "1" * 64,
        rules_version="2026-11-24",
        place=place,
        place_at_write=place,
        delayed=False,
        signals={"gpc": gpc, "dnt": False, "age_band": "unknown"},
        conflict_shown=False,
        expires=NOW + 300 * DAY,
        pd=personal_digest(salt, personal),
    )
    jws = signer.sign(statement)
    values = facts | choices | {"site_id": site_id, "jws": jws, "leaf_hash": leaf_hash(jws.encode()), "gpc": gpc}
    values |= {"country": country, "subdivision": subdivision, "vendors": canonical(vendors).decode(), "body": b"{}"}
    values |= {"key": secrets.token_hex(16), "expires": NOW + 300 * DAY, "visitor": visitor, "salt": salt}
    return NewReceipt(**values | {"personal": canonical(personal).decode()} | changes)


@dataclass
class Desk:
    """The dashboard's app on a database of its own, and browsers of the cast."""

    app: Flask
    folder: Path
    keys: Keys
    warnings: list[str] = field(default_factory=list)
    scans: list[tuple[str, int]] = field(default_factory=list)

    @contextlib.contextmanager
    def database(self) -> Iterator[sqlite3.Connection]:
        """Open the database beside the app, commit at the end, and close it."""
        with contextlib.closing(sqlite3.connect(self.folder / "consent.sqlite")) as connection, connection:
            yield connection

    def browser(self, name: str | None = None) -> "Browser":
        """Return a browser in which `name` is signed in, or nobody."""
        browser = Browser(self.app.test_client())
        if name:
            answer = browser.sign_in(name)
            assert answer.status_code == 302, answer.text
        return browser

    @property
    def engine(self) -> Any:
        """Return the engine of the app's database."""
        return self.app.extensions["consent_dashboard"].engine

    def draft(self, site: str = "demo") -> dict[str, Any]:
        """Return the draft of a site as it is stored."""
        with self.engine.connect() as connection:
            found = sites.by_key(connection, site)
            assert found
            return dict(json.loads(sites.read_draft(connection, found.id).text))


class Browser:
    """A client that finds the CSRF token of the page it looked at last, as a browser's form does."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.token = ""

    def get(self, path: str, **headers: str) -> TestResponse:
        """Open a page."""
        answer = self.client.get(path, headers=_named(headers), buffered=True)
        self._look_for_token(answer)
        return answer

    def post(
        self, path: str, data: dict[str, Any] | None = None, token: str | None = None, **headers: str
    ) -> TestResponse:
        """Send a form with the token of this session."""
        if not self.token:
            self.get("/account")
        fields = {"csrf_token": self.token if token is None else token} | (data or {})
        answer = self.client.post(path, data=fields, headers=_named(headers))
        self._look_for_token(answer)
        return answer

    def sign_in(self, name: str, password: str = PASSWORD, **fields: str) -> TestResponse:
        """Send the log-in form."""
        self.get("/login")
        answer = self.client.post(
            "/login", data={"email": email_of(name), "password": password, "csrf_token": self.token} | fields
        )
        self.token = ""
        return answer

    def _look_for_token(self, answer: TestResponse) -> None:
        if answer.mimetype == "text/html" and (found := TOKEN.search(answer.text)):
            self.token = found[1]


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def open_desk(folder: Path, **facts: Any) -> Desk:
    """Make the dashboard's app on the world in `folder`."""
    app = Flask("desk", static_folder=None)
    app.config.update(
        TESTING=True,
        SECRET_KEY="a secret of tests only, 32 letters",
        SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS={
            "argon2__time_cost": 1,
            "argon2__memory_cost": 8,
            "argon2__parallelism": 1,
        },
    )
    engine = bind(app, f"sqlite:///{folder / 'consent.sqlite'}")
    keys, warnings, scans = load_keys(folder / "keys"), [], []
    given: dict[str, Any] = {"start_scan": lambda key, number: scans.append((key, number))}
    given |= {"base_url": "http://127.0.0.1:8000", "is_https": False, "clock": lambda: NOW, "rights": load_rights()}
    given |= {"eraser": Eraser(engine, keys.receipt, folder, clock=lambda: NOW)}
    checkpoints = CheckpointFiles(folder / "checkpoints")
    evidence = Evidence(engine, load_rules(), load_artefacts().banner, keys, "http://127.0.0.1:8000", checkpoints)
    given |= {"evidence": evidence} | facts
    catalogue = load_catalogue(VENDORS, DEMO_VENDORS)
    shelf = shelf_of(engine, folder, keys)
    register(
        app,
        Services(
            engine,
            Reads(engine),
            load_rules(),
            catalogue,
            load_artefacts(),
            keys,
            shelf,
            warnings=lambda: warnings,
            **given,
        ),
    )
    return Desk(app, folder, keys, warnings, scans)


def shelf_of(engine: Any, folder: Path, keys: Keys) -> Shelf:
    """Return exports that are written at once, without another process."""
    source = Source(engine, load_rules(), keys.jwks["keys"], "http://127.0.0.1:8000")

    def write(site: str, job_id: str) -> None:
        job = find_job(folder / "exports", site, job_id)
        assert job
        work(source, job)

    return Shelf(engine, folder / "exports", write, clock=lambda: NOW)


def copy_world(world: Path, folder: Path) -> Path:
    """Copy the world that tests begin with."""
    shutil.copytree(world, folder)
    return folder


def desks(world: Path, folder: Path, **facts: Any) -> Iterator[Desk]:
    """Open a desk on a copy of the world, and close it."""
    desk = open_desk(copy_world(world, folder / "desk"), **facts)
    yield desk
    desk.engine.dispose()
