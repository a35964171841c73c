"""Background thread with the heartbeat of a node, which checks whether the node may write."""

import logging
import secrets
import socket
import threading
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
from consent.storage.database.outage import Outage
from consent.storage.database.query_timeout import answers_within
from consent.storage.maintenance import migrate
from consent.storage.operations import nodes
from consent.storage.operations.nodes import NodeFacts
from consent.storage.privacy import erasure_list as erasure_lines
from consent.storage.privacy.erasure_list import ErasureList

log = logging.getLogger(__name__)

ANSWER_SECONDS = 5.0


def facts_of(node_id: str, keys: Keys, sessions: str, started: int, now: float, ahead: float) -> NodeFacts:
    """Return the facts of this process; `now` is the database's clock, `ahead` how far the local one is before it."""
    names = (keys.receipt.kid, keys.log.kid, secret_names(keys, sessions))
    host, revision = socket.gethostname(), migrate.newest_revision()
    return NodeFacts(node_id, host, __version__, revision, *names, started, int(now), round(ahead))


def examine_nodes(
    connection: Connection, keys: Keys, sessions: str = ""
) -> tuple[list[str], list[str], list[NodeFacts]]:
    """Return what would prevent a node with these keys and this clock from writing, warnings, and the live nodes."""
    now = nodes.clock_of(connection)
    # As one that starts after all others.
    me, others = facts_of("", keys, sessions, int(now) + 1, now, time.time() - now), nodes.live(connection, int(now))
    errors, warnings = peer_problems(me, others)
    return [*foreign_keys(connection, keys), *clock_problems(connection, time.time()), *errors], warnings, others


class Node:
    """Looks every few seconds; each of `refuse` is told in a sentence why nothing may be written, or "" where it may.

    `instance` is the folder of this node, which gets the erasures of all nodes too; `sessions` is CONSENT_SECRET_KEY.
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
        self._engine, self._keys, self._refuse, self._clock = engine, keys, refuse, clock
        self._sessions = sessions
        self._list = ErasureList(instance / FOLDER)
        self._id, self._outage = secrets.token_hex(16), Outage(engine, "node monitor", is_steady=True)
        self._started, self._lines = 0, -1
        self._file = SqliteFile(engine) if engine.dialect.name == "sqlite" else None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="node", daemon=True)
        self.error = ""
        """Why this node may not write; empty where it may."""
        self.warnings: list[str] = []
        """What else an operator should look at, in words."""

    def start(self) -> None:
        """Check once, then each interval in a thread."""
        self._try()
        self._thread.start()

    def close(self) -> None:
        """Stop the thread, and deregister this node."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(10)
        if self._file:
            self._file.close()

    def check(self) -> None:
        """Register this node, check whether it may write, and take over the erasures of the others."""
        problem = migrate.schema_problem(self._engine) or (self._file.problem() if self._file else "")
        warnings: list[str] = []
        if not problem:
            with self._engine.begin() as connection:
                errors, warnings = self._meet(connection)
            problem = " ".join(errors)
            self._take_over_erasures()
        self._settle(problem, warnings)

    def _meet(self, connection: Connection) -> tuple[list[str], list[str]]:
        """Return why this node may not write, and warnings."""
        now = nodes.clock_of(connection)
        errors = [*foreign_keys(connection, self._keys), *clock_problems(connection, self._clock())]
        if self._file:
            return errors, self._file.warnings()
        # A node with other keys is none: it must not make a newer one, which has the right ones, doubt its own.
        if errors:
            return errors, []
        self._started = self._started or int(now)
        me = facts_of(self._id, self._keys, self._sessions, self._started, now, self._clock() - now)
        nodes.save_heartbeat(connection, me)
        return peer_problems(me, nodes.live(connection, int(now)))

    def _settle(self, problem: str, warnings: list[str]) -> None:
        for sentence in {problem, *warnings} - {self.error, *self.warnings, ""}:
            log.error("node: %s", sentence)
        if self.error and not problem:
            log.info("node: writing is allowed again")
        self.error, self.warnings = problem, warnings
        for listener in self._refuse:
            listener(problem)

    def _take_over_erasures(self) -> None:
        """Bring the list of this node and that of the database together; the first time whole, then what is new."""
        with self._engine.begin() as connection:
            newest = erasure_lines.newest(connection)
            if newest == self._lines:
                return
            # A database with fewer lines than before was restored: it is to hear of the later ones again.
            is_whole = self._lines < 0 or newest < self._lines
            there = erasure_lines.behind(connection, 0 if is_whole else self._lines)
            here = {site: self._list.lines(site) for site in {*there, *(self._list.sites() if is_whole else ())}}
            for site, lines in here.items():
                for line in dict.fromkeys(there.get(site, [])).keys() - set(lines):
                    self._list.append(site, line)
                for line in lines if is_whole else ():
                    if line not in there.get(site, []):
                        erasure_lines.add(connection, site, line)
            self._lines = erasure_lines.newest(connection)

    def _try(self) -> None:
        try:
            with answers_within(ANSWER_SECONDS):
                self.check()
            self._outage.is_over()
        except SQLAlchemyError as error:
            self._outage.begins(error)
        except Exception:
            log.exception("node: the check failed")

    def _watch(self) -> None:
        while not self._stop.wait(nodes.HEARTBEAT_SECONDS):
            self._try()
        try:
            with answers_within(ANSWER_SECONDS), self._engine.begin() as connection:
                nodes.remove(connection, self._id)
        except SQLAlchemyError:
            log.info("node: deregistering failed; other nodes drop this one when its heartbeat expires")
