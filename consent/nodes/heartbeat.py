"""Background thread that sends a node's heartbeat and checks whether the node may write."""

import logging
import secrets
import socket
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from consent import __version__
from consent.nodes.peer_checks import clock_problems, foreign_keys, peer_problems, secret_names
from consent.nodes.sqlite_file import SqliteFile
from consent.privacy.eraser import FOLDER
from consent.signing.keys import Keys
from consent.storage.database.database_thread import DatabaseThread
from consent.storage.database.query_timeout import answers_within
from consent.storage.maintenance import migrate
from consent.storage.operations import nodes
from consent.storage.operations.nodes import NodeFacts
from consent.storage.privacy import erasure_list as erasure_lines
from consent.storage.privacy.erasure_list import ErasureList

log = logging.getLogger(__name__)

ANSWER_SECONDS = 5.0


def node_facts(node_id: str, keys: Keys, sessions: str, started: int, now: float, ahead: float) -> NodeFacts:
    """Return the facts of this process; `now` is the database's clock, `ahead` the local one's lead in seconds."""
    names = (keys.receipt.kid, keys.log.kid, secret_names(keys, sessions))
    host, revision = socket.gethostname(), migrate.newest_revision()
    return NodeFacts(node_id, host, __version__, revision, *names, started, int(now), round(ahead))


def examine_nodes(
    connection: Connection, keys: Keys, sessions: str = ""
) -> tuple[list[str], list[str], list[NodeFacts]]:
    """Return what would keep a node with these keys and this clock from writing, warnings, and the live nodes."""
    now = nodes.clock_of(connection)
    # Check as if this node started after all others.
    me, others = node_facts("", keys, sessions, int(now) + 1, now, time.time() - now), nodes.live(connection, int(now))
    errors, warnings = peer_problems(me, others)
    return [*foreign_keys(connection, keys), *clock_problems(connection, time.time()), *errors], warnings, others


class Node(DatabaseThread):
    """Checks every few seconds, and calls each of `refuse` with the reason why nothing may be written, or "".

    `instance` is this node's folder, to which all nodes' erasures are copied; `sessions` is CONSENT_SECRET_KEY.
    """

    def __init__(
        self,
        engine: Engine,
        keys: Keys,
        instance: Path,
        refuse: Sequence[Callable[[str], object]] = (),
        clock: Callable[[], float] = time.time,
        sessions: str = "",
    ) -> None:
        super().__init__(
            "node",
            engine,
            nodes.HEARTBEAT_SECONDS,
            what="node monitor",
            is_steady=True,
            answer_s=ANSWER_SECONDS,
            close_s=10,
            max_retry_s=nodes.HEARTBEAT_SECONDS,
        )
        self._keys, self._refuse, self._clock = keys, refuse, clock
        self._sessions = sessions
        self._list = ErasureList(instance / FOLDER)
        self._id, self._started, self._lines = secrets.token_hex(16), 0, -1
        self._file = SqliteFile(engine) if engine.dialect.name == "sqlite" else None
        self.error = ""
        """Why this node may not write; empty if it may."""
        self.warnings: list[str] = []
        """Other problems for the operator, as sentences."""

    def start(self) -> None:
        """Check once, then at each interval in a thread."""
        with answers_within(ANSWER_SECONDS):
            self._run_round()
        super().start()

    def close(self) -> None:
        """Stop the thread, and deregister this node."""
        super().close()
        if self._file:
            self._file.close()

    def check(self) -> None:
        """Register this node, check whether it may write, and copy the other nodes' erasures."""
        problem = migrate.schema_problem(self._engine) or (self._file.problem() if self._file else "")
        warnings: list[str] = []
        if not problem:
            with self._engine.begin() as connection:
                errors, warnings = self._check_peers(connection)
            problem = " ".join(errors)
            self._sync_erasures()
        self._apply(problem, warnings)

    def _check_peers(self, connection: Connection) -> tuple[list[str], list[str]]:
        """Return why this node may not write, and warnings."""
        now = nodes.clock_of(connection)
        errors = [*foreign_keys(connection, self._keys), *clock_problems(connection, self._clock())]
        if self._file:
            return errors, self._file.warnings()
        # Don't register a node with foreign keys: newer nodes that have the right keys would distrust their own.
        if errors:
            return errors, []
        self._started = self._started or int(now)
        me = node_facts(self._id, self._keys, self._sessions, self._started, now, self._clock() - now)
        nodes.save_heartbeat(connection, me)
        return peer_problems(me, nodes.live(connection, int(now)))

    def _apply(self, problem: str, warnings: list[str]) -> None:
        for sentence in {problem, *warnings} - {self.error, *self.warnings, ""}:
            log.error("node: %s", sentence)
        if self.error and not problem:
            log.info("node: writes are allowed again")
        self.error, self.warnings = problem, warnings
        for listener in self._refuse:
            listener(problem)

    def _sync_erasures(self) -> None:
        """Synchronize this node's erasure list with the database's: in full the first time, then only what is new."""
        with self._engine.begin() as connection:
            newest = erasure_lines.newest(connection)
            if newest == self._lines:
                return
            # A database with fewer lines than before was restored from a backup: add the later lines again.
            is_whole = self._lines < 0 or newest < self._lines
            in_database = erasure_lines.lines_after(connection, 0 if is_whole else self._lines)
            in_list = {
                site: self._list.lines(site) for site in {*in_database, *(self._list.sites() if is_whole else ())}
            }
            for site, lines in in_list.items():
                for line in dict.fromkeys(in_database.get(site, [])).keys() - set(lines):
                    self._list.append(site, line)
                for line in lines if is_whole else ():
                    if line not in in_database.get(site, []):
                        erasure_lines.add(connection, site, line)
            self._lines = erasure_lines.newest(connection)

    def _round(self) -> None:
        self.check()

    def _run(self) -> None:
        super()._run()
        try:
            with answers_within(ANSWER_SECONDS), self._engine.begin() as connection:
                nodes.remove(connection, self._id)
        except SQLAlchemyError:
            log.info("node: deregistering failed; other nodes drop this one when its heartbeat expires")
