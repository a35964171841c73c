"""Four visitors write for about a minute while workers, service, sequencer and database are killed, twenty times."""

import contextlib
import http.client
import itertools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from consent.storage.database.engine import make_engine
from tests.hammer.checks import BASE_URL, check, wait_for_the_log
from tests.hammer.visitors import Keeper, Visitor
from tests.operating.service import ROOT, Service, installed
from tests.postgres import create_cluster, find_binaries, kill_cluster, started, superuser

pytestmark = [pytest.mark.long, pytest.mark.server, pytest.mark.timeout(1200)]

SECONDS, ROUNDS, VISITORS = 60, 20, 4
READY_S = 120

Kill = Callable[[], None]


class Cluster:
    """A PostgreSQL server that can be killed like a machine that loses power."""

    def __init__(self) -> None:
        # Not pytest's tmp_path: a socket path can have at most 107 bytes.
        self.folder = Path(tempfile.mkdtemp(prefix="pg-"))
        create_cluster(find_binaries(), self.folder)
        self.url = f"postgresql+psycopg://{superuser()}@/postgres?host={self.folder}"
        self._running = contextlib.ExitStack()
        self._running.enter_context(started(find_binaries(), self.folder))

    def kill(self) -> None:
        """Kill all of the server's processes at once, and start it again."""
        kill_cluster(self.folder)
        self._running.close()
        self._running.enter_context(started(find_binaries(), self.folder))

    def close(self) -> None:
        self._running.close()
        shutil.rmtree(self.folder)


class SequencerProcess:
    """A second sequencer in addition to the service's."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "tests.hammer.sequencer"]
        self._process = subprocess.Popen(command, cwd=ROOT, env=self._service.whole_environ)

    def kill(self) -> None:
        self.end()
        self.start()

    def end(self) -> None:
        self._process.kill()
        self._process.wait(60)


def kill_workers(service: Service) -> None:
    """Kill the workers; the supervising process starts new ones."""
    for pid in service.tree()[1:]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def kill_service(service: Service) -> None:
    service.kill()
    service.start()


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Service, list[Kill]]]:
    """Install the service on either database; yield it with the functions that kill parts of the database."""
    if request.param == "sqlite":
        with installed(tmp_path, CONSENT_BASE_URL=BASE_URL) as service:
            yield service, []
        return
    request.node.add_marker(pytest.mark.postgres)
    cluster = Cluster()
    try:
        with installed(tmp_path, CONSENT_BASE_URL=BASE_URL, CONSENT_DATABASE_URL=cluster.url) as service:
            yield service, [cluster.kill]
    finally:
        cluster.close()


def test_nothing_acknowledged_is_lost_or_doubled_and_every_proof_holds(
    place: tuple[Service, list[Kill]], tmp_path: Path
) -> None:
    service, kills = place
    service.start()
    service.choice()
    sequencer = SequencerProcess(service)
    stop = threading.Event()
    visitors, keeper = [Visitor(service, stop) for _ in range(VISITORS)], Keeper(service, stop)
    for thread in (*visitors, keeper):
        thread.start()
    kills = [lambda: kill_workers(service), sequencer.kill, lambda: kill_service(service), *kills]
    for _, kill in zip(range(ROUNDS), itertools.cycle(kills), strict=False):
        wait_until_ready(service)
        threading.Event().wait(SECONDS / ROUNDS)
        kill()
    wait_until_ready(service)
    stop.set()
    for thread in (*visitors, keeper):
        thread.join(120)
        assert not thread.is_alive()
    sequencer.end()
    engine = make_engine(service.database)
    wait_for_the_log(engine)
    assert [fault for visitor in visitors for fault in visitor.seen.faults] == []
    acknowledged = {key: seen for visitor in visitors for key, seen in visitor.seen.receipts.items()}
    assert len(acknowledged) > 100
    instance = Path(service.environ["CONSENT_INSTANCE"])
    check(service, engine, tmp_path, set(acknowledged.values()), keeper.notes, [instance])
    engine.dispose()
    tries = sum(len(visitor.seen.tries) for visitor in visitors)
    kept = len(keeper.notes)
    sys.stdout.write(f"{len(acknowledged)} receipts in {tries} tries, {kept} checkpoints kept, {ROUNDS} kills\n")


def wait_until_ready(service: Service) -> None:
    """Wait until choices can be kept again."""
    until = time.monotonic() + READY_S
    while time.monotonic() < until:
        with contextlib.suppress(OSError, http.client.HTTPException):
            if service.ask("/readyz").status == 200:
                return
        threading.Event().wait(0.05)
    raise AssertionError(f"not ready again within {READY_S} s: {service.output}")
