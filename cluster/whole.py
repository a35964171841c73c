"""The whole cluster: start in order, seed with the demo's site, query its status, stop."""

import contextlib
import http.client
import json
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cluster.machines import Machine
from cluster.members import Member
from cluster.nodes import PORT, Node
from cluster.programs import Program
from consent.config import Settings, load_settings
from consent.demo.ports import Ports
from consent.demo.prepare import prepare_database
from consent.demo.seed import Seeded
from deploy.fill import HERE, read_values

START_S = 300.0
SECRETS = ("DATABASE", "SUPERUSER", "REPLICATION", "REWIND", "PATRONI")


class NotStarted(Exception):
    """Raised if a part did not start, or was stopped before it had; the message includes the end of its output."""


@dataclass
class Cluster:
    """Three database members and two nodes. `folder` holds everything that they write."""

    folder: Path
    machines: Mapping[str, Machine]
    frontends: tuple[str, str]
    base_url: str
    say: Callable[[str], object] = lambda sentence: None
    changes: Mapping[str, str] = field(default_factory=dict)
    stopped: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        # The user that runs PostgreSQL must be able to reach its own folder.
        self.folder.chmod(0o711)
        self.values = read_values((HERE / "values.example").read_text("utf-8"))
        self.values |= {name.upper(): machine.address for name, machine in self.machines.items()}
        self.values |= {f"{name}_PASSWORD": secrets.token_hex(16) for name in SECRETS}
        self.values |= {"SECRET_KEY": secrets.token_hex(32), "METRICS_TOKEN": secrets.token_hex(16)}
        self.values |= {"BASE_URL": self.base_url, "POSTGRES_MEMORY": "128MB", **self.changes}
        self.members = [
            Member(machine, self.folder / name, self.values)
            for name, machine in self.machines.items()
            if name.startswith("db")
        ]
        names = [name for name in self.machines if name.startswith("node")]
        self.nodes = [
            # One node for each of the two ways to reach the database.
            Node(self.machines[name], self.folder / name, self.values, frontend, by_pgbouncer=name == names[-1])
            for name, frontend in zip(names, self.frontends, strict=True)
        ]

    def start(self) -> Seeded:
        """Start everything in order, seed the database, and wait until both nodes can keep choices."""
        self.start_databases()
        for node in self.nodes:
            node.haproxy.start()
            node.pgbouncer.start()
        self.say("Seeding the database.")
        seeded = prepare_database(self.settings, Ports(service=int(self.frontends[0].rpartition(":")[2])))
        for node in self.nodes[1:]:
            shutil.copytree(self.nodes[0].instance / "keys", node.instance / "keys")
        self.say("Starting two nodes of the service.")
        for node in self.nodes:
            node.service.start()
        self.wait_for_nodes()
        return seeded

    def start_databases(self) -> None:
        """Start etcd, then Patroni, and wait for a primary with synchronous standbys."""
        self.say("Starting three members of etcd.")
        for member in self.members:
            member.etcd.start()
        self.say("Starting three members of PostgreSQL under Patroni.")
        for member in self.members:
            member.patroni.start()
        self.wait_for_databases()

    @property
    def settings(self) -> Settings:
        """Return the settings of the first node, for programs that use its database."""
        node = self.nodes[0]
        environ = read_values((node.folder / ".env").read_text("utf-8"))
        return load_settings(environ | {"CONSENT_DEMO": "1"})

    def wait_for_databases(self, members: int = 3) -> None:
        """Wait until this many members are up: a primary, and standbys of which one confirms each COMMIT."""

        def is_whole() -> bool:
            roles = [one["role"] for one in self.roles() if one["state"] in ("running", "streaming")]
            return roles.count("leader") == 1 and roles.count("quorum_standby") >= members - 1

        self._wait(is_whole, "the databases", [member.patroni for member in self.members])

    def wait_for_nodes(self) -> None:
        """Wait until both nodes report that choices can be kept, and their HAProxys have noticed."""

        def is_ready() -> bool:
            asked = [*(f"{node.machine.address}:{PORT}" for node in self.nodes), *self.frontends]
            return all(status(address, "/readyz") == 200 for address in asked)

        programs = [one for node in self.nodes for one in (node.service, node.haproxy, node.pgbouncer)]
        self._wait(is_ready, "the service", programs)

    def roles(self) -> list[dict[str, Any]]:
        """Return Patroni's list of members, from the first one that responds."""
        for member in self.members:
            with contextlib.suppress(OSError, ValueError, http.client.HTTPException):
                found: list[dict[str, Any]] = json.loads(ask(f"{member.machine.address}:8008", "/cluster")[1])[
                    "members"
                ]
                return found
        return []

    def member(self, role: str) -> Member:
        """Return the member with that role: `leader` or `quorum_standby`."""
        name = next(one["name"] for one in self.roles() if one["role"] == role)
        return next(member for member in self.members if member.machine.name == name)

    def stop(self) -> None:
        """Stop everything: the service first, then what it depends on."""
        for node in self.nodes:
            node.service.tell_to_stop()
        for node in self.nodes:
            node.stop()
        for member in self.members:
            member.patroni.tell_to_stop()
        for member in self.members:
            member.stop()

    def _wait(self, is_done: Callable[[], bool], what: str, programs: list[Program]) -> None:
        """Wait until `is_done`. Raises NotStarted on a timeout, or if a running one of `programs` exits."""
        programs = [program for program in programs if program.is_running]
        until = time.monotonic() + START_S
        while not is_done():
            if self.stopped.wait(0.2):
                raise NotStarted("Stopped before everything was there.")
            ended = [program for program in programs if not program.is_running]
            if time.monotonic() > until or ended:
                words = "\n".join(f"{one.machine.name}: {one.last_words()}" for one in ended or programs)
                raise NotStarted(f"{what} did not come up:\n{words}")


@contextlib.contextmanager
def running(cluster: Cluster) -> Iterator[Seeded]:
    """Run `cluster` until the block ends, then stop everything that was started."""
    try:
        yield cluster.start()
    finally:
        cluster.stop()


def ask(address: str, path: str, timeout: float = 5.0) -> tuple[int, bytes]:
    """Return status and body of a GET."""
    host, _, port = address.rpartition(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=timeout)
    with contextlib.closing(connection):
        connection.request("GET", path, headers={"Connection": "close"})
        response = connection.getresponse()
        return response.status, response.read()


def status(address: str, path: str) -> int:
    """Return the status of a GET, or 0 without a response."""
    try:
        return ask(address, path)[0]
    except (OSError, http.client.HTTPException):
        return 0
