"""The dashboard's app on its own database, and browsers with signed-in users."""

import contextlib
import json
import re
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from jinja2 import Undefined, UndefinedError
from jinja2.utils import missing
from sqlalchemy import event
from werkzeug.test import TestResponse

from consent.alarms.services import Notifications
from consent.app import load_artifacts, load_rules
from consent.classifier.catalog import VENDORS, load_catalog
from consent.config import Settings
from consent.dashboard import Services, register
from consent.dashboard.frame.context import NAME, ScanServices, SignInServices
from consent.delivery.services import build_delivery
from consent.demo.site import VENDORS as DEMO_VENDORS
from consent.evidence import Evidence
from consent.log.checkpoint_files import CheckpointFiles
from consent.privacy.account_eraser import AccountEraser
from consent.privacy.eraser import Eraser
from consent.privacy.services import PrivacyServices
from consent.privacy.visitor_requests import VisitorRequests
from consent.signing.keys import Keys, load_keys
from consent.sites.shipped_rules import load_rights
from consent.storage.database.engine import bind
from consent.storage.maintenance.replica import Reads
from consent.storage.sites import sites
from consent.subjects.accounts import SubjectAccounts
from consent.subjects.keyring import SubjectKeyring
from tests.dashboard.sample_data import NOW, PASSWORD, copy_world, email_of, job_store

TOKEN = re.compile(r'name="csrf_token"[^>]* value="([^"]+)"')


class StrictAttributes(Undefined):
    """An undefined variable counts as false, as in production; a missing field of an object raises an error."""

    def __init__(self, hint: Any = None, obj: Any = missing, name: Any = None, exc: Any = UndefinedError) -> None:
        super().__init__(hint, obj, name, exc)
        if is_dataclass(obj) or (isinstance(obj, tuple) and hasattr(obj, "_fields")):
            raise UndefinedError(f"{type(obj).__name__} has no field {name}")


@dataclass
class Dashboard:
    """The dashboard's app on its own database, and browsers for its users."""

    app: Flask
    folder: Path
    keys: Keys
    warnings: list[str] = field(default_factory=list)
    scans: list[tuple[str, int]] = field(default_factory=list)

    @contextlib.contextmanager
    def database(self) -> Iterator[sqlite3.Connection]:
        """Open the database from outside the app; commit at the end and close it."""
        with contextlib.closing(sqlite3.connect(self.folder / "consent.sqlite")) as connection, connection:
            yield connection

    def browser(self, name: str | None = None) -> "Browser":
        """Return a browser in which `name` is signed in, or nobody if it is None."""
        browser = Browser(self.app.test_client())
        if name:
            answer = browser.sign_in(name)
            assert answer.status_code == 302, answer.text
        return browser

    @contextlib.contextmanager
    def on_copy_of(self, world: Path) -> Iterator[None]:
        """Work on a fresh copy of the world, and undo a test's changes to the app afterwards."""
        self.engine.dispose()
        shutil.rmtree(self.folder)
        copy_world(world, self.folder)
        services, settings, entry = self.app.extensions[NAME], dict(self.app.config), self.app.wsgi_app
        yield
        self.app.extensions[NAME] = services
        self.app.config.clear()
        self.app.config.update(settings)
        self.app.wsgi_app = entry  # type: ignore[method-assign]
        self.warnings.clear()
        self.scans.clear()

    @property
    def engine(self) -> Any:
        """Return the app's database engine."""
        return self.app.extensions[NAME].engine

    @contextlib.contextmanager
    def busy_timeout(self, milliseconds: int) -> Iterator[None]:
        """Set how long to wait for other processes' writes; afterwards the shared engine waits as the service does."""

        def set_up(raw: sqlite3.Connection, _: object) -> None:
            raw.execute(f"PRAGMA busy_timeout = {milliseconds}")

        self.engine.dispose()
        event.listen(self.engine, "connect", set_up)
        try:
            yield
        finally:
            event.remove(self.engine, "connect", set_up)
            self.engine.dispose()

    def set_scans(self, **facts: Any) -> None:
        """Change the services that the dashboard checks sites with."""
        given = self.app.extensions[NAME]
        self.app.extensions[NAME] = replace(given, scans=replace(given.scans, **facts))

    def draft(self, site: str = "demo") -> dict[str, Any]:
        """Return a site's stored draft."""
        with self.engine.connect() as connection:
            found = sites.by_key(connection, site)
            assert found
            return dict(json.loads(sites.read_draft(connection, found.id).text))


class Browser:
    """A client that sends the CSRF token of the last page it opened, as a browser's form does."""

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
        """Send a form with the session's token."""
        if not self.token:
            self.get("/account")
        fields = {"csrf_token": self.token if token is None else token} | (data or {})
        answer = self.client.post(path, data=fields, headers=_named(headers))
        self._look_for_token(answer)
        return answer

    def sign_in(self, name: str, password: str = PASSWORD, **fields: str) -> TestResponse:
        """Send the sign-in form."""
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


def open_dashboard(folder: Path, **facts: Any) -> Dashboard:
    """Create the dashboard's app on the world in `folder`."""
    app = Flask("dashboard", static_folder=None)
    # Missing fields in templates raise errors, since a page would silently leave them out.
    app.jinja_env.undefined = StrictAttributes
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
    given |= {"base_url": "http://127.0.0.1:8000", "clock": lambda: NOW}
    delivery = build_delivery(Settings(instance=folder), engine, keys.secret)
    eraser = Eraser(engine, keys.receipt, folder, clock=lambda: NOW)
    subjects = SubjectAccounts(engine, SubjectKeyring(folder / "keys", engine))
    accounts = AccountEraser(engine, eraser, subjects, folder, clock=lambda: NOW)
    visitors = VisitorRequests(engine, load_rights(), keys.receipt, keys.secret, clock=lambda: NOW)
    given |= {"privacy": PrivacyServices(eraser, load_rights(), subjects, accounts, visitors, delivery)}
    checkpoints = CheckpointFiles(folder / "checkpoints")
    evidence = Evidence(engine, load_rules(), load_artifacts().banner, keys, "http://127.0.0.1:8000", checkpoints)
    given = _grouped(given | {"evidence": evidence} | facts)
    catalog = load_catalog(VENDORS, DEMO_VENDORS)
    shelf = job_store(engine, folder, keys)
    register(
        app,
        Services(
            engine,
            Reads(engine),
            load_rules(),
            catalog,
            load_artifacts(),
            keys,
            shelf,
            warnings=lambda: warnings,
            **given,
        ),
    )
    return Dashboard(app, folder, keys, warnings, scans)


def _grouped(facts: dict[str, Any]) -> dict[str, Any]:
    """Return `facts` with the fields that belong to a service group collected into that group."""
    groups = {"scans": ScanServices, "sign_in": SignInServices, "notifications": Notifications}
    found = dict(facts)
    for name, group in groups.items():
        found[name] = group(**{one.name: found.pop(one.name) for one in fields(group) if one.name in found})
    return found


def dashboards(world: Path, folder: Path, **facts: Any) -> Iterator[Dashboard]:
    """Open a dashboard on a copy of the world, and close it afterwards."""
    dashboard = open_dashboard(copy_world(world, folder / "dashboard"), **facts)
    yield dashboard
    dashboard.engine.dispose()
