"""An operator's walk: a cluster from scratch, a backup with the units' own commands, all data lost, and recovery."""

import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from cluster.programs import Program, find, unprivileged
from cluster.whole import Cluster
from consent.demo.site import KEY
from consent.storage.database.engine import make_engine
from deploy.fill import HERE, fill
from tests.cluster.consent_command import consent
from tests.cluster.load import Load
from tests.hammer.checks import check, wait_for_the_log
from tests.operating.service import Service

pytestmark = [pytest.mark.long, pytest.mark.server, pytest.mark.postgres, pytest.mark.timeout(900)]

LOAD_S = 4.0


class Backups:
    """Keeps backups on the second node, with the units' commands and the files in deploy/."""

    def __init__(self, cluster: Cluster) -> None:
        node = cluster.nodes[1]
        self.folder = cluster.folder / "backups"
        values = {**node.values, "POSTGRES_PROGRAMS": cluster.members[0].values["POSTGRES_PROGRAMS"]}
        (self.folder / "wal").mkdir(parents=True)
        for name, mode in (("pgpass", 0o600), ("base-backup", 0o700)):
            (self.folder / name).write_text(fill((HERE / "backup" / name).read_text("utf-8"), values), "utf-8")
            (self.folder / name).chmod(mode)
        user = unprivileged()
        if user:
            for path in (self.folder, *self.folder.iterdir()):
                shutil.chown(path, user, user)
        unit = fill((HERE / "systemd" / "consent-wal.service").read_text("utf-8"), values)
        [command] = re.findall(r"^ExecStart=((?:.*\\\n)*.*)$", unit, re.MULTILINE)
        words = command.replace("\\\n", " ").split()
        environ = {"PGPASSFILE": str(self.folder / "pgpass")}
        self.wal = Program(node.machine, "wal", words, cluster.folder / "wal.log", environ, as_user=user)
        self.base = Program(
            node.machine, "base", [str(self.folder / "base-backup")], cluster.folder / "base.log", as_user=user
        )

    def copy(self) -> None:
        self.base.start()
        self.base.wait()
        assert list((self.folder / "base").glob("*Z/base.tar.gz")), self.base.last_words()

    def wait_for_all(self, engine: Engine) -> None:
        """Wait until the archived write-ahead log contains everything written."""
        query = text(
            "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), flush_lsn) <= 0 FROM pg_stat_replication"
            " WHERE application_name = 'pg_receivewal'"
        )
        until = time.monotonic() + 60
        while time.monotonic() < until:
            with engine.connect() as connection:
                if connection.execute(query).scalar():
                    return
            time.sleep(0.2)
        raise AssertionError(self.wal.last_words())


def test_a_cluster_comes_back_from_its_backup_and_what_was_erased_stays_erased(
    cluster: Cluster, tmp_path: Path
) -> None:
    address, _, port = cluster.frontends[0].rpartition(":")
    frontend = Service(cluster.folder, int(port), {}, address)
    engine = as_superuser(cluster)
    backups = Backups(cluster)
    backups.wal.start()
    try:
        first = choose(frontend)
        backups.copy()
        # What is written after the base backup is in the archived log.
        second = choose(frontend)
        erased = next(iter(first.values()))[0]
        consent(cluster, 0, "receipts", "erase", KEY, "--receipt", erased, "--reason", "a request")
        wait_for_the_log(engine)
        backups.wait_for_all(engine)
        engine.dispose()
        lose_everything(cluster)
    finally:
        backups.wal.stop()
    restore(cluster)
    for number in range(2):
        consent(cluster, number, "receipts", "replay-erasures")
    for node in cluster.nodes:
        node.service.start()
    cluster.wait_for_nodes()
    for number in range(2):
        said = consent(cluster, number, "doctor")
        assert "FAIL" not in said, said
    engine = make_engine(cluster.settings.database)
    with engine.connect() as connection:
        found = connection.execute(text("SELECT count(*) FROM receipt_personal WHERE receipt_id = :id"), {"id": erased})
        assert found.scalar_one() == 0
    third = choose(frontend)
    wait_for_the_log(engine)
    acknowledged = {*first.values(), *second.values(), *third.values()}
    check(frontend, engine, tmp_path, acknowledged, [], [node.instance for node in cluster.nodes])
    engine.dispose()


def choose(frontend: Service) -> dict[str, tuple[str, str]]:
    """Load the service for some seconds, and return the acknowledged receipts."""
    load = Load(frontend)
    time.sleep(LOAD_S)
    load.end()
    return {key: told for visitor in load.visitors for key, told in visitor.seen.receipts.items()}


def as_superuser(cluster: Cluster) -> Engine:
    """Return an engine whose sessions may see the progress of each copy of the write-ahead log."""
    member = cluster.member("leader")
    password = member.values["SUPERUSER_PASSWORD"]
    return make_engine(f"postgresql://postgres:{password}@{member.machine.address}:5432/consent")


def lose_everything(cluster: Cluster) -> None:
    """Stop the nodes, then destroy the data of all database machines and Patroni's state."""
    leader = cluster.member("leader").machine.name
    for node in cluster.nodes:
        node.service.stop()
    for member in cluster.members:
        member.kill_database()
    first = cluster.members[0]
    command = [find("patronictl"), "-c", first.folder / "patroni.yml", "remove", "consent"]
    # It also asks for the leader if that hasn't been forgotten yet.
    said = f"consent\nYes I am aware\n{leader}\n"
    done = subprocess.run(command, input=said, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def restore(cluster: Cluster) -> None:
    """Recreate the first member from the backup, and let the others copy it."""
    first, *others = cluster.members
    first.begin_with_backup()
    first.patroni.start()
    cluster.wait_for_databases(1)
    for member in others:
        member.lose_data()
        member.patroni.start()
    cluster.wait_for_databases()
