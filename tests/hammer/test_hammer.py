"""Four visitors write for a minute in all while workers, service, sequencer and database are killed, twenty times."""

import contextlib
import http.client
import itertools
import json
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
from sqlalchemy import Engine, func, select

from consent import verify
from consent.app import load_rules
from consent.core.merkle import consistency_proof, verify_consistency
from consent.demo.site import KEY
from consent.exports import Export, Source
from consent.exports.files import write_file
from consent.proof.keys import load_keys
from consent.storage import log, sites
from consent.storage.engine import make_engine
from consent.storage.filters import Filters
from consent.storage.models import Receipt
from tests.hammer.visitors import Keeper, Visitor
from tests.operating.service import ROOT, Service, descendants, installed
from tests.postgres import create_cluster, find_binaries, started, superuser
from tests.proof.cast import check_whole

pytestmark = [pytest.mark.long, pytest.mark.server, pytest.mark.timeout(1200)]

SECONDS, ROUNDS, VISITORS = 60, 20, 4
READY_S = 120
SAMPLE = 50
"""Receipts whose proof is asked of the service by itself; all others are proved by the export."""

Kill = Callable[[], None]


class Cluster:
    """A PostgreSQL server that can be killed like a machine whose power goes."""

    def __init__(self) -> None:
        # Not pytest's tmp_path: the path of a socket has at most 107 bytes.
        self.folder = Path(tempfile.mkdtemp(prefix="pg-"))
        create_cluster(find_binaries(), self.folder)
        self.url = f"postgresql+psycopg://{superuser()}@/postgres?host={self.folder}"
        self._running = contextlib.ExitStack()
        self._running.enter_context(started(find_binaries(), self.folder))

    def kill(self) -> None:
        """End every process of the server at once, and start it again."""
        first = int((self.folder / "data" / "postmaster.pid").read_text().split()[0])
        for pid in descendants(first):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._running.close()
        self._running.enter_context(started(find_binaries(), self.folder))

    def close(self) -> None:
        self._running.close()
        shutil.rmtree(self.folder)


class SequencerProcess:
    """A second sequencer beside that of the service."""

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
    """End the workers; the process that watches them makes new ones."""
    for pid in service.tree()[1:]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def kill_service(service: Service) -> None:
    service.kill()
    service.start()


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Service, list[Kill]]]:
    """Install the service on either database; give it with what can be killed of the database."""
    if request.param == "sqlite":
        with installed(tmp_path) as service:
            yield service, []
        return
    request.node.add_marker(pytest.mark.postgres)
    cluster = Cluster()
    try:
        with installed(tmp_path, CONSENT_DATABASE_URL=cluster.url) as service:
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
    check(service, engine, tmp_path, set(acknowledged.values()), keeper.notes)
    engine.dispose()
    tries = sum(visitor.seen.tries for visitor in visitors)
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


def wait_for_the_log(engine: Engine) -> None:
    """Wait until everything has its place."""
    while True:
        with engine.connect() as connection:
            waiting = connection.execute(select(func.count()).where(Receipt.log_index.is_(None))).scalar_one()
        if not waiting:
            return
        threading.Event().wait(0.2)


def check(service: Service, engine: Engine, folder: Path, acknowledged: set[tuple[str, str]], notes: list[str]) -> None:
    """Check receipts, proofs, tree and checkpoints against what the visitors were told."""
    keys = write_keys(service, folder)
    with engine.connect() as connection:
        site = sites.by_key(connection, KEY)
    assert site is not None
    jwks = json.loads(keys[1].read_text())["keys"]
    export = Export(Source(engine, load_rules(), jwks, "http://127.0.0.1:8000"), site.id, KEY, Filters(), "jsonl")
    write_file(export, folder / "all.jsonl", lambda count: None)
    code, sentence = verify.check(folder / "all.jsonl", keys)
    assert code == 0, sentence
    *rows, _ = (folder / "all.jsonl").read_text().splitlines()
    stored = [(row["id"], row["receipt"]) for row in map(json.loads, rows) if "receipt" in row]
    assert len(stored) == len(set(stored)) == len(acknowledged)
    assert set(stored) == acknowledged
    for receipt_id, _ in stored[:: max(len(stored) // SAMPLE, 1)]:
        (folder / "one").write_bytes(service.ask(f"/api/v1/receipts/{receipt_id}/proof").body)
        code, sentence = verify.check(folder / "one", keys)
        assert code == 0, sentence
    check_whole(engine, site)
    check_checkpoints(engine, site.id, notes + kept_outside(service), keys)


def check_checkpoints(engine: Engine, site_id: int, notes: list[str], keys: list[Path]) -> None:
    """Check that of each two checkpoints the larger tree begins with the smaller one."""
    trusted = verify.read_keys(keys)
    trees = sorted({verify.check_checkpoint(note, trusted) for note in notes}, key=lambda tree: tree.size)
    assert len(trees) > 3
    with engine.connect() as connection:
        read = log.tile_reader(connection, site_id)
        for old, new in itertools.combinations(trees[:: max(len(trees) // 200, 1)], 2):
            proof = consistency_proof(read, old.size, new.size)
            assert verify_consistency(old.size, old.root, new.size, new.root, proof), (old, new)


def kept_outside(service: Service) -> list[str]:
    """Return the checkpoints in the file beside the database."""
    file = Path(service.environ["CONSENT_INSTANCE"]) / "checkpoints" / KEY
    return [json.loads(line)["note"] for line in file.read_text().splitlines() if line.endswith("}")]


def write_keys(service: Service, folder: Path) -> list[Path]:
    """Write the log's verifier key as it is served, and the receipts' key set."""
    (folder / "vkey").write_bytes(service.ask(f"/log/{KEY}/vkey").body)
    keys = load_keys(Path(service.environ["CONSENT_INSTANCE"]) / "keys")
    (folder / "jwks").write_text(json.dumps(keys.jwks))
    return [folder / "vkey", folder / "jwks"]
