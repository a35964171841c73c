"""A rolling upgrade: the database first, then node by node, while 64 visitors choose and pages fetch their scripts."""

import http.client
import re
import sys
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import Engine

from cluster.nodes import PORT, Node
from cluster.whole import Cluster, status
from consent.demo.site import KEY
from consent.runtime.script_build import AT_ONCE, read_build
from consent.storage.database.engine import make_engine
from consent.storage.maintenance import migrate
from consent.storage.operations import nodes
from tests.cluster.consent_command import consent
from tests.cluster.load import WRITERS, Load, served
from tests.cluster.release import MARK, VERSION, make_later_release
from tests.hammer.checks import check, wait_for_the_log
from tests.operating.service import ROOT, Service
from tests.polling import wait_for

pytestmark = [pytest.mark.long, pytest.mark.server, pytest.mark.postgres, pytest.mark.timeout(900)]

SOME_S = 4.0
"""How long the load continues before, between and after the steps."""
LATER = re.compile(rb'"later":"([^"]+)"')


class Pages(threading.Thread):
    """Keeps fetching the script and then the part that a page fetches later: both must be from the same release."""

    def __init__(self, frontend: Service, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self.faults: list[str] = []
        self.seen = {True: 0, False: 0}
        """The number of pages, by whether their script was from the later release."""
        self._frontend, self._stopping = frontend, stop

    def run(self) -> None:
        while not self._stopping.wait(0.1):
            try:
                self._fetch()
            except (OSError, http.client.HTTPException) as error:
                self.faults.append(repr(error))

    def _fetch(self) -> None:
        script = self._frontend.ask(f"/b/{KEY}.js")
        found = LATER.search(script.body)
        if script.status != 200 or not found:
            self.faults.append(f"script: {script.status}")
            return
        is_later = script.body.startswith(AT_ONCE + MARK)
        # The time it takes a visitor to press something.
        self._stopping.wait(0.5)
        part = self._frontend.ask(found[1].decode().replace("\\u0026", "&"))
        if part.status != 200 or part.body.startswith(AT_ONCE + b"export default[" + MARK) is not is_later:
            self.faults.append(f"{found[1].decode()}: {part.status} {part.body[:40]!r}")
        self.seen[is_later] += 1


def test_two_releases_serve_at_once_and_no_request_fails(cluster: Cluster, tmp_path: Path) -> None:
    address, _, port = cluster.frontends[0].rpartition(":")
    frontend = Service(cluster.folder, int(port), {"CONSENT_INSTANCE": str(cluster.nodes[0].instance)}, address)
    engine = make_engine(cluster.settings.database)
    later = make_later_release(tmp_path / "later")
    load, stop = Load(frontend), threading.Event()
    pages = Pages(frontend, stop)
    pages.start()
    began = time.monotonic()
    time.sleep(SOME_S)
    assert consent(cluster, 0, "db", "upgrade", release=later).startswith("The database is at version 9000.")
    assert migrate.current_revision(engine) == "9000"
    print_line(f"\nthe database was upgraded after {time.monotonic() - began - SOME_S:.1f} s")
    time.sleep(SOME_S)
    switch_release(cluster, 0, later, with_drain=True)
    print_line(f"the first node was exchanged after {time.monotonic() - began:.1f} s")
    time.sleep(SOME_S)
    ask_both_for_both(cluster, later)
    assert f"{VERSION}); complete the upgrade." in consent(cluster, 1, "doctor", code=1)
    switch_release(cluster, 1, later, with_drain=False)
    print_line(f"both nodes were exchanged after {time.monotonic() - began:.1f} s")
    time.sleep(SOME_S)
    stop.set()
    pages.join(60)
    load.end()
    tries = [*load.writes, *load.reads]
    writes, reads = served(load.writes, began), served(load.reads, began)
    print_line(f"choices: {len(load.writes):,}, slowest {writes.slowest:.2f} s; reads: slowest {reads.slowest:.2f} s")
    assert [fault for visitor in load.visitors for fault in visitor.seen.faults] == []
    assert [f"{one.began - began:.2f}-{one.ended - began:.2f}" for one in tries if not one.is_good] == []
    assert pages.faults == []
    assert all(pages.seen.values())
    wait_for(lambda: versions(engine) == {VERSION})
    check_receipts(cluster, frontend, engine, load, tmp_path)


def print_line(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def switch_release(cluster: Cluster, number: int, release: Path, *, with_drain: bool) -> None:
    """Switch a node to another release, as docs/operating.md describes."""
    node = cluster.nodes[number]
    if with_drain:
        tell_all(cluster, node, "drain")
        wait_for_quiet(cluster, node)
    node.service.stop()
    node.install(release)
    node.service.start()
    cluster.wait_for_nodes()
    if with_drain:
        tell_all(cluster, node, "ready")
    assert status(f"{node.machine.address}:{PORT}", "/readyz") == 200


def tell_all(cluster: Cluster, node: Node, state: str) -> None:
    """Set the state of `node` in the HAProxy of every node."""
    for one in cluster.nodes:
        for backend in ("ready", "alive"):
            assert one.tell_haproxy(f"set server {backend}/{node.machine.name} state {state}").strip() == ""


def wait_for_quiet(cluster: Cluster, node: Node) -> None:
    """Wait until no HAProxy has a request in progress on `node`."""
    until = time.monotonic() + 60
    names = ("pxname", "svname", "qcur", "qmax", "scur")
    while time.monotonic() < until:
        rows = [
            dict(zip(names, line.split(","), strict=False))
            for one in cluster.nodes
            for line in one.tell_haproxy("show stat").splitlines()
        ]
        mine = [row for row in rows if row.get("svname") == node.machine.name and row["pxname"] == "ready"]
        assert len(mine) == len(cluster.nodes)
        if all(row["scur"] == "0" for row in mine):
            return
        time.sleep(0.1)
    raise AssertionError(f"requests of {node.machine.name} do not end")


def ask_both_for_both(cluster: Cluster, later: Path) -> None:
    """Check that the nodes of both releases serve the plain code of both, which sites pin by its hash."""
    present, other = read_build(ROOT / "static"), read_build(later / "static")
    assert present.sha256 != other.sha256
    for node in cluster.nodes:
        service = Service(cluster.folder, PORT, {}, node.machine.address)
        for build in (present, other):
            assert service.ask(f"/b/{KEY}/{build.sha256}.js").body == build.whole


def versions(engine: Engine) -> set[str]:
    """Return the releases that live nodes run."""
    with engine.connect() as connection:
        return {node.version for node in nodes.live(connection, int(nodes.clock_of(connection)))}


def check_receipts(cluster: Cluster, frontend: Service, engine: Engine, load: Load, folder: Path) -> None:
    """Check that every acknowledged receipt exists exactly once and is proved."""
    acknowledged = {told for visitor in load.visitors for told in visitor.seen.receipts.values()}
    assert len(acknowledged) > WRITERS
    wait_for_the_log(engine)
    check(frontend, engine, folder, acknowledged, load.keeper.notes, [node.instance for node in cluster.nodes])
    engine.dispose()
