"""kill -9 of service and receiver, twenty times under load: each event arrives, in order for each visitor."""

import contextlib
import http.client
import json
import secrets
import subprocess
import sys
import threading
import time
from collections import defaultdict
from pathlib import Path

import pytest

from consent.delivery import manage
from consent.delivery.keys import DeliveryKeys
from consent.log.audit_author import AuditActor, Author
from consent.outbound.public_addresses import AllowList
from consent.signing.keys import load_keys
from consent.storage.database.engine import make_engine
from consent.storage.delivery import receivers
from consent.storage.sites import sites
from tests.operating.service import ROOT, Service, free_port, installed
from tests.postgres import new_database

pytestmark = [pytest.mark.long, pytest.mark.server, pytest.mark.timeout(1200)]

ROUNDS, VISITORS, ROUND_S, HEARD_S = 20, 4, 2.0, 180
HOST = "www.shop.localhost:8001"
FIELDS = manage.ReceiverFields("Relay", "", "plain", "", {}, (), "none", False, "v1", "json")


class Visitor(threading.Thread):
    """Keeps choosing in one browser, repeating each choice until it is acknowledged."""

    def __init__(self, service: Service, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self._service, self._stopping, self._cookies = service, stop, dict[str, str]()
        self.receipts: list[str] = []

    def run(self) -> None:
        for number in range(10**6):
            if self._stopping.is_set():
                return
            self._deliver(granted=number % 2 == 0)

    def _deliver(self, *, granted: bool) -> None:
        body = json.loads(self._service.choice()) | {"key": secrets.token_hex(16)}
        body["choices"] = {"functional": True, "analytics": granted, "advertising": granted}
        body["action"] = "save"
        cookie = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        while not self._stopping.is_set():
            with contextlib.suppress(OSError, http.client.HTTPException):
                answer = self._service.choose(json.dumps(body), Host=HOST, **({"Cookie": cookie} if cookie else {}))
                if answer.status in (200, 201):
                    self.receipts.append(answer.json["id"])
                    self._keep(answer.headers)
                    return
            threading.Event().wait(0.05)

    def _keep(self, headers: dict[str, str]) -> None:
        # `headers` keeps one header per name; the id is enough, and is set with the first grant.
        for name, value in headers.items():
            if name.lower() == "set-cookie" and "_id=" in value:
                pair = value.partition(";")[0]
                self._cookies[pair.partition("=")[0]] = pair.partition("=")[2]


def start_receiver(port: int, path: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.delivery.receiver_process", str(port), str(path)]
    return subprocess.Popen(command, cwd=ROOT)


def add_receiver(service: Service, port: int) -> None:
    keys = load_keys(Path(service.environ["CONSENT_INSTANCE"]) / "keys")
    engine = make_engine(service.database)
    with engine.begin() as connection:
        site = sites.by_key(connection, "demo")
        assert site
        manage.add_receiver(
            connection,
            DeliveryKeys(keys.secret),
            AllowList((f"127.0.0.1:{port}",)),
            site,
            Author(AuditActor("tests"), keys.receipt),
            FIELDS._replace(address=f"http://127.0.0.1:{port}/"),
            int(time.time()),
        )
    engine.dispose()


def hurry(service: Service) -> None:
    """Retry the receiver at once: after twenty failures in a row it would wait for a minute."""
    engine = make_engine(service.database)
    with engine.begin() as connection:
        for receiver in receivers.every(connection):
            receivers.change(connection, receiver.id, next_probe_at=0, failures=0)
    engine.dispose()


@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_each_event_is_delivered_in_order_through_twenty_kills(
    request: pytest.FixtureRequest, tmp_path: Path, database: str
) -> None:
    port, path = free_port(), tmp_path / "heard"
    with contextlib.ExitStack() as stack:
        settings = {"CONSENT_DELIVERY_HOSTS": f"127.0.0.1:{port}"}
        if database == "postgresql":
            url = stack.enter_context(new_database(request.getfixturevalue("postgres_url")))
            settings["CONSENT_DATABASE_URL"] = url
        service = stack.enter_context(installed(tmp_path, **settings))
        add_receiver(service, port)
        service.start()
        service.choice()
        receiver, stop = start_receiver(port, path), threading.Event()
        visitors = [Visitor(service, stop) for _ in range(VISITORS)]
        for visitor in visitors:
            visitor.start()
        for number in range(ROUNDS):
            threading.Event().wait(ROUND_S)
            if number % 2:
                service.kill()
                service.start()
            else:
                receiver.kill()
                receiver.wait()
                threading.Event().wait(0.5)
                receiver = start_receiver(port, path)
        stop.set()
        for visitor in visitors:
            visitor.join(60)
        hurry(service)
        acknowledged = [receipt for visitor in visitors for receipt in visitor.receipts]
        heard = wait_for_all(path, set(acknowledged), service)
        receiver.kill()
        receiver.wait()
    check_order(heard, visitors)
    assert len(acknowledged) > 100
    sys.stdout.write(f"{len(acknowledged)} choices, {len(heard)} posts heard, {ROUNDS} kills\n")


def read(path: Path) -> list[list[object]]:
    return [json.loads(line) for line in path.read_text().splitlines() if line.endswith("]")]


def wait_for_all(path: Path, wanted: set[str], service: Service) -> list[list[object]]:
    until = time.monotonic() + HEARD_S
    while time.monotonic() < until:
        heard = read(path)
        if wanted <= {str(receipt) for _, _, _, receipt in heard}:
            return heard
        threading.Event().wait(0.5)
    missing = wanted - {str(receipt) for _, _, _, receipt in heard}
    raise AssertionError(f"{len(missing)} of {len(wanted)} events were not heard: {service.output[-2000:]}")


def check_order(heard: list[list[object]], visitors: list[Visitor]) -> None:
    """Check that events first arrived in version order for each subject, and in the order of each visitor's choices."""
    first: dict[object, list[int]] = defaultdict(list)
    seen: set[object] = set()
    order: dict[str, int] = {}
    for event, subject, version, receipt in heard:
        if event not in seen:
            seen.add(event)
            first[subject].append(int(str(version)))
            order[str(receipt)] = len(order)
    assert all(versions == sorted(versions) for versions in first.values())
    for visitor in visitors:
        # A browser's first choice has no id yet, so it belongs to another subject.
        places = [order[receipt] for receipt in visitor.receipts[1:]]
        assert places == sorted(places)
    assert len(first) < len(seen) / 4
