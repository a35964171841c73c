"""Two members of one PostgreSQL database: a primary and its synchronous standby, which a test can promote."""

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg

from tests.postgres import as_user, create_cluster, find_binaries, kill_cluster, started, superuser


class Members:
    """The two members, each with a socket in its own folder; the first is the primary until it is killed."""

    def __init__(self) -> None:
        # Not pytest's tmp_path: a socket path can have at most 107 bytes.
        self.folders = [Path(tempfile.mkdtemp(prefix="pg-")) for _ in range(2)]
        self.url = f"postgresql://{superuser()}@/postgres?host={','.join(map(str, self.folders))}"
        self._running = [contextlib.ExitStack() for _ in self.folders]
        create_cluster(find_binaries(), self.folders[0])
        self._start(0)
        self._copy()
        self._start(1)
        self._ask(0, "ALTER SYSTEM SET synchronous_standby_names = '*'")
        self._ask(0, "SELECT pg_reload_conf()")
        self._wait(0, "SELECT count(*) = 1 FROM pg_stat_replication WHERE sync_state = 'sync'")

    @property
    def url_with_standby_first(self) -> str:
        """Return the URL with the hosts in reverse order."""
        first, second = map(str, self.folders)
        return self.url.replace(f"{first},{second}", f"{second},{first}")

    def kill_primary(self) -> None:
        """Kill all processes of the primary at once; it isn't restarted."""
        kill_cluster(self.folders[0])
        self._running[0].close()

    def promote(self) -> None:
        """Make the standby the primary, without a synchronous standby."""
        self._ask(1, "SELECT pg_promote()")
        self._ask(1, "ALTER SYSTEM SET synchronous_standby_names = ''")
        self._ask(1, "SELECT pg_reload_conf()")

    def url_of(self, member: int) -> str:
        """Return the URL of one member only, whether it is primary or standby."""
        return f"postgresql://{superuser()}@/postgres?host={self.folders[member]}&target_session_attrs=any"

    def pause_replay(self) -> None:
        """Make the standby fall behind."""
        self._ask(1, "SELECT pg_wal_replay_pause()")

    def resume_replay(self) -> None:
        """Let the standby catch up."""
        self._ask(1, "SELECT pg_wal_replay_resume()")

    def stop(self, member: int) -> None:
        """Shut one member down cleanly."""
        self._running[member].close()

    def close(self) -> None:
        for running in reversed(self._running):
            running.close()
        for folder in self.folders:
            shutil.rmtree(folder)

    def _start(self, member: int) -> None:
        self._running[member].enter_context(started(find_binaries(), self.folders[member], fsync=False))

    def _copy(self) -> None:
        primary, standby = self.folders
        if os.geteuid() == 0:
            shutil.chown(standby, "postgres", "postgres")
        command = [find_binaries() / "pg_basebackup", "-h", primary, "-U", superuser(), "-D", standby / "data"]
        command += ["--write-recovery-conf", "--wal-method=stream", "--checkpoint=fast", "--no-sync"]
        done = subprocess.run([*as_user(), *command], capture_output=True, text=True, cwd="/")
        if done.returncode:
            raise RuntimeError(f"pg_basebackup failed: {done.stderr}")

    def _ask(self, member: int, statement: str) -> object:
        with psycopg.connect(self.url_of(member), autocommit=True) as connection:
            done = connection.execute(statement.encode())
            return done.fetchone()[0] if done.description else None

    def _wait(self, member: int, question: str) -> None:
        until = time.monotonic() + 60
        while not self._ask(member, question):
            assert time.monotonic() < until, question
            time.sleep(0.05)


@contextlib.contextmanager
def running_members() -> Iterator[Members]:
    """Run both members until the block ends."""
    members = Members()
    try:
        yield members
    finally:
        members.close()
