"""A service machine: HAProxy, PgBouncer and a process of the service, configured by the files in deploy/."""

import getpass
import grp
import os
import shutil
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

from cluster.machines import Machine
from cluster.programs import Program, find, unprivileged
from deploy.fill import HERE, fill, of_machine

PORT = 8000
DEMO = {"CONSENT_DEMO": "1", "CONSENT_WRITE_LIMIT": ""}
"""For load from a single address, and http without TLS."""


class Node:
    """One of two. `frontend` is where its HAProxy accepts visitors; `by_pgbouncer` is how it reaches the database."""

    def __init__(
        self, machine: Machine, folder: Path, values: Mapping[str, str], frontend: str, *, by_pgbouncer: bool = False
    ) -> None:
        self.machine, self.folder, self.frontend = machine, folder, frontend
        self.instance = folder / "instance"
        user = unprivileged()
        self.values = {
            **of_machine(values, machine.name),
            "HTTPS_BIND": frontend,
            "HTTP_BIND": f"{machine.address}:8080",
            "LOCAL": machine.local,
            "HAPROXY_USER": user or getpass.getuser(),
            "HAPROXY_GROUP": user or grp.getgrgid(os.getgid()).gr_name,
            "HAPROXY_FOLDER": str(folder),
            "PGBOUNCER_FOLDER": str(folder),
            "PGBOUNCER_SOCKETS": str(folder),
            "INSTANCE": str(self.instance),
        }
        self.instance.mkdir(parents=True)
        for name, target in (
            ("haproxy/haproxy.cfg", "haproxy.cfg"),
            ("pgbouncer/pgbouncer.ini", "pgbouncer.ini"),
            ("pgbouncer/userlist.txt", "userlist.txt"),
            ("consent/env", ".env"),
        ):
            (folder / target).write_text(fill((HERE / name).read_text("utf-8"), self.values), "utf-8")
        if user:
            for path in (folder, folder / "pgbouncer.ini", folder / "userlist.txt"):
                shutil.chown(path, user, user)
        environ = dict(DEMO)
        if by_pgbouncer:
            environ["CONSENT_DATABASE_URL"] = self.pgbouncer_url
        self.haproxy = Program(
            machine, "haproxy", [find("haproxy"), "-db", "-f", str(folder / "haproxy.cfg")], folder / "haproxy.log"
        )
        self.pgbouncer = Program(
            machine,
            "pgbouncer",
            [find("pgbouncer"), str(folder / "pgbouncer.ini")],
            folder / "pgbouncer.log",
            as_user=user,
        )
        command = [sys.executable, "-m", "consent.cli", "run", "--host", machine.address, "--port", str(PORT)]
        self.service = Program(machine, "service", command, folder / "service.log", environ, folder=folder)

    @property
    def pgbouncer_url(self) -> str:
        """Return the database's address through this machine's PgBouncer and HAProxy."""
        return f"postgresql://consent:{self.values['DATABASE_PASSWORD']}@{self.machine.local}:6432/consent"

    def install(self, release: Path) -> None:
        """Have the service run the code in the folder `release` from its next start."""
        self.service.environ["PYTHONPATH"] = str(release)

    def tell_haproxy(self, command: str) -> str:
        """Send a command to this machine's HAProxy, as `socat` does, and return the response."""
        with socket.socket(socket.AF_UNIX) as admin:
            admin.connect(str(self.folder / "admin.sock"))
            admin.sendall(f"{command}\n".encode())
            with admin.makefile() as reply:
                return reply.read()

    def stop(self) -> None:
        """Stop everything that runs."""
        for program in (self.service, self.pgbouncer, self.haproxy):
            program.stop()
