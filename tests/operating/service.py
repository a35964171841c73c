"""The real service as an operator runs it: in its own process, on a free port, with a live site in its database."""

import contextlib
import http.client
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from consent.app import load_artifacts, load_rules
from consent.config import load_settings
from consent.core.documents.config import Draft
from consent.demo.ports import Ports
from consent.demo.site import KEY, NAME, demo_draft
from consent.publishing.approval import Approval
from consent.publishing.publish import publish
from consent.storage.database.engine import make_engine
from consent.storage.maintenance.migrate import upgrade
from consent.storage.receipts import export_rows
from consent.storage.selection.filters import Filters
from consent.storage.sites import sites
from tests.audit_authors import author_of
from tests.code_guards import guard_of

ROOT = Path(__file__).parents[2]
ORIGIN = "http://www.shop.localhost:8001"
DECISION = f"/api/v1/sites/{KEY}/decision"
RECEIPTS = f"/api/v1/sites/{KEY}/receipts"
START_S = 60
ANSWER_S = 60
GROUPS = ("functional", "analytics", "advertising")


@dataclass
class Answer:
    """Status, headers and body of a response."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Service:
    """An installation's settings, and its process while it runs."""

    folder: Path
    port: int
    environ: dict[str, str]
    host: str = "127.0.0.1"
    process: subprocess.Popen[bytes] = field(init=False)
    _shown: dict[str, Any] = field(default_factory=dict)

    def start(self, *command: str, wanted: int = 200) -> None:
        """Start the service and wait until it can keep choices, or until `/readyz` answers `wanted`."""
        arguments = command or (sys.executable, "-m", "consent.cli", "run", "--port", str(self.port))
        with (self.folder / "output.txt").open("ab") as output:
            self.process = subprocess.Popen(
                arguments, cwd=self.folder, env=self.whole_environ, stdout=output, stderr=output
            )
        until = time.monotonic() + START_S
        while time.monotonic() < until:
            assert self.process.poll() is None, self.output
            with contextlib.suppress(OSError, http.client.HTTPException):
                if self.ask("/readyz").status == wanted:
                    return
            time.sleep(0.05)
        raise AssertionError(f"not ready within {START_S} s: {self.output}")

    def stop(self) -> int:
        """Stop the service with SIGTERM and return its exit code."""
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(60)

    def kill(self) -> None:
        """Kill all of the service's processes at once."""
        for pid in self.tree():
            os.kill(pid, signal.SIGKILL)
        self.process.wait(60)

    def tree(self) -> list[int]:
        """Return the ids of the main process and its workers."""
        return descendants(self.process.pid)

    @property
    def whole_environ(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CONSENT_")}
        return kept | {"PYTHONPATH": str(ROOT), "CONSENT_BROWSER_CHECK": "off"} | self.environ

    @property
    def output(self) -> str:
        return (self.folder / "output.txt").read_text()

    @property
    def database(self) -> str:
        return load_settings(self.environ).database

    def ask(self, path: str, method: str = "GET", body: str = "", port: int = 0, **headers: str) -> Answer:
        """Make one request on a new connection."""
        connection = http.client.HTTPConnection(self.host, port or self.port, timeout=ANSWER_S)
        with contextlib.closing(connection):
            sent = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body or None, {"Connection": "close"} | sent)
            response = connection.getresponse()
            return Answer(response.status, dict(response.getheaders()), response.read())

    def choice(self) -> str:
        """Return the body of a choice as the page posts it, with a new key."""
        if not self._shown:
            self._shown.update(self.ask(DECISION).json)
        body = {"key": secrets.token_hex(16), "config": self._shown["config"], "token": self._shown["token"]}
        return json.dumps(body | {"action": "accept_all", "method": "click", "choices": dict.fromkeys(GROUPS, True)})

    def choose(self, body: str = "", port: int = 0, **headers: str) -> Answer:
        """Post a choice."""
        sent = {"Content_Type": "application/json", "Origin": ORIGIN} | headers
        return self.ask(RECEIPTS, "POST", body or self.choice(), port, **sent)

    def stored_ids(self) -> set[str]:
        """Return the ids of all stored receipts, read without the service."""
        engine = make_engine(self.database)
        with engine.connect() as connection:
            site = sites.by_key(connection, KEY)
            assert site is not None
        found = {receipt.id for receipt in export_rows.stream(engine, site.id, Filters())}
        engine.dispose()
        return found


@contextlib.contextmanager
def installed(folder: Path, draft: Draft | None = None, **settings: str) -> Iterator[Service]:
    """Create an installation in `folder` with `draft`, or the demo's, as the live site `demo`.

    The service is stopped afterwards if it is running.
    """
    environ = {"CONSENT_INSTANCE": str(folder / "instance"), "CONSENT_DEMO": "1", "CONSENT_WRITE_LIMIT": ""} | settings
    service = Service(folder, free_port(), environ)
    (folder / "instance").mkdir()
    engine = make_engine(service.database)
    upgrade(engine)
    with engine.begin() as connection:
        sites.create(connection, KEY, NAME, json.dumps(draft or demo_draft(Ports())), int(time.time()))
    guard, author = guard_of(folder / "instance"), author_of(folder / "instance")
    publish(engine, KEY, load_rules(), load_artifacts(), guard, author, approval=Approval(is_alone=True))
    engine.dispose()
    try:
        yield service
    finally:
        if hasattr(service, "process") and service.process.poll() is None:
            service.stop()


def beside(one: Service, folder: Path) -> Service:
    """Return another node on the database of `one`, with its keys but its own folder, not started yet."""
    shutil.copytree(Path(one.environ["CONSENT_INSTANCE"]) / "keys", folder / "instance" / "keys")
    return Service(folder, free_port(), one.environ | {"CONSENT_INSTANCE": str(folder / "instance")})


def doctor(service: Service) -> str:
    """Return the output of `consent doctor` for a service with problems."""
    command = [sys.executable, "-m", "consent.cli", "doctor"]
    environ = service.whole_environ | {"CONSENT_BASE_URL": f"http://127.0.0.1:{service.port}"}
    done = subprocess.run(command, cwd=service.folder, env=environ, capture_output=True, text=True)
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout


def free_port() -> int:
    """Return a port that nobody is listening on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def is_waiting(connection: socket.socket) -> bool:
    """Return whether a connection is open and has no data waiting."""
    connection.setblocking(False)
    try:
        connection.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return True
    return False


def descendants(pid: int) -> list[int]:
    """Return `pid` and the ids of all its descendants."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(found for child in children for found in descendants(int(child)))]
