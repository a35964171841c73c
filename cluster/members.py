"""A database machine: etcd and Patroni with PostgreSQL, configured by the files in deploy/."""

import shutil
import time
from collections.abc import Mapping
from pathlib import Path

from cluster.machines import Machine
from cluster.programs import STOP_S, Program, find, kill, postgres_programs, tree_of_file, unprivileged
from deploy.fill import HERE, fill, of_machine, read_values


class Member:
    """One of three. `folder` is its disk, which outlives its processes."""

    def __init__(self, machine: Machine, folder: Path, values: Mapping[str, str]) -> None:
        self.machine, self.folder = machine, folder
        self.data = folder / "data"
        own = {
            "POSTGRES_DATA": str(self.data),
            "POSTGRES_SOCKETS": str(folder),
            "POSTGRES_PROGRAMS": str(postgres_programs()),
            "PATRONI_FOLDER": str(folder),
            "ETCD_DATA": str(folder / "etcd"),
        }
        self.values = {**of_machine(values, machine.name), **own}
        folder.mkdir()
        for name, target in (("etcd/etcd", "etcd.env"), ("patroni/config.yml", "patroni.yml")):
            self._write(name, target)
        for name in ("create-database", "restore", "restore-wal"):
            self._write(f"patroni/{name}", name).chmod(0o700)
        user = unprivileged()
        if user:
            for path in (folder, *folder.iterdir()):
                shutil.chown(path, user, user)
        settings = {name: word.strip('"') for name, word in read_values((folder / "etcd.env").read_text()).items()}
        self.etcd = Program(machine, "etcd", [find("etcd")], folder / "etcd.log", settings, as_user=user)
        command = [find("patroni"), str(folder / "patroni.yml")]
        self.patroni = Program(machine, "patroni", command, folder / "patroni.log", as_user=user)

    def begin_with_backup(self) -> None:
        """Delete the data, and have Patroni restore them from the newest backup, as docs/operating.md describes."""
        self.lose_data()
        file = self.folder / "patroni.yml"
        file.write_text(file.read_text("utf-8").replace("# method: restore", "method: restore"), "utf-8")

    def lose_data(self) -> None:
        """Delete the data."""
        shutil.rmtree(self.data)

    def kill_database(self) -> None:
        """Kill Patroni and every PostgreSQL process at once, as a power cut does."""
        self.patroni.kill()
        for pid in tree_of_file(self.data / "postmaster.pid"):
            kill(pid)

    def stop(self) -> None:
        """Stop everything that runs; Patroni stops PostgreSQL before it exits."""
        self.patroni.stop()
        self._end_postgres()
        self.etcd.stop()

    def _end_postgres(self) -> None:
        """Kill a PostgreSQL whose Patroni was killed and didn't come back."""
        for pid in tree_of_file(self.data / "postmaster.pid"):
            kill(pid)
        until = time.monotonic() + STOP_S
        while any(tree_of_file(self.data / "postmaster.pid")) and time.monotonic() < until:
            time.sleep(0.1)

    def _write(self, template: str, name: str) -> Path:
        target = self.folder / name
        target.write_text(fill((HERE / template).read_text("utf-8"), self.values), "utf-8")
        target.chmod(0o600)
        return target
