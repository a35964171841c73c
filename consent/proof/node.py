"""The thread by which a process knows that it is one of several equal nodes, and whether it may write as one."""

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
from consent.proof.erasing import FOLDER
from consent.proof.keys import Keys
from consent.proof.node_facts import faults_among, secret_names
from consent.proof.own_keys import foreign_keys
from consent.storage import erasure_lines, nodes, schema
from consent.storage.erasure_list import ErasureList
from consent.storage.nodes import NodeFacts
from consent.storage.outage import Outage
from consent.storage.patience import answers_within

log = logging.getLogger(__name__)

ANSWER_S = 5.0


def facts_of(node_id: str, keys: Keys, sessions: str, started: int, now: float, ahead: float) -> NodeFacts:
    """Return what a process here tells of itself; `now` is the database's clock, `ahead` how far ours is before it."""
    names = (keys.receipt.kid, keys.log.kid, secret_names(keys, sessions))
    host, revision = socket.gethostname(), schema.newest_revision()
    return NodeFacts(node_id, host, __version__, revision, *names, started, int(now), round(ahead))


def examine_nodes(
    connection: Connection, keys: Keys, sessions: str = ""
) -> tuple[list[str], list[str], list[NodeFacts]]:
    """Return what would keep a node with these keys and this clock from writing, what else is wrong, and who serves."""
    now = nodes.clock_of(connection)
    # As one that starts after all others.
    me, others = facts_of("", keys, sessions, int(now) + 1, now, time.time() - now), nodes.live(connection, int(now))
    faults, doubts = faults_among(me, others)
    return [*foreign_keys(connection, keys), *faults], doubts, others


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
        self._id, self._outage = secrets.token_hex(16), Outage(engine, "watch on nodes", is_steady=True)
        self._started, self._lines = 0, -1
        self._file: tuple[int, int] | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="node", daemon=True)
        self.fault = ""
        """Why this node may not write; empty where it may."""
        self.doubts: list[str] = []
        """What else an operator should look at, in words."""

    def start(self) -> None:
        """Look once, then keep looking in a thread."""
        self._try()
        self._thread.start()

    def close(self) -> None:
        """End the thread, and let the others know."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(10)

    def look(self) -> None:
        """Tell the others of this node, and ask whether it may write; take over the erasures of the others."""
        said = schema.fault(self._engine)
        doubts: list[str] = []
        if not said:
            with self._engine.begin() as connection:
                faults, doubts = self._meet(connection)
            said = " ".join(faults)
            self._take_over_erasures()
        self._settle(said, doubts)

    def _meet(self, connection: Connection) -> tuple[list[str], list[str]]:
        """Return why this node may not write, and what is to be looked at."""
        faults = foreign_keys(connection, self._keys)
        # A node with other keys is none: it must not make a newer one, which has the right ones, doubt its own.
        if faults or connection.dialect.name == "sqlite":
            return [*faults, *self._lost_file()], []
        now = nodes.clock_of(connection)
        self._started = self._started or int(now)
        me = facts_of(self._id, self._keys, self._sessions, self._started, now, self._clock() - now)
        nodes.tell(connection, me)
        return faults_among(me, nodes.live(connection, int(now)))

    def _lost_file(self) -> list[str]:
        """Return a sentence where the file of SQLite is not the one of the start: what is written to that has no name."""
        found = _file_of(self._engine)
        # Before its first look the database may have been made.
        self._file = self._file or found
        if found == self._file:
            return []
        return [
            "The database file was replaced or removed while the service ran; start it anew, or what it keeps is lost."
        ]

    def _settle(self, fault: str, doubts: list[str]) -> None:
        for sentence in {fault, *doubts} - {self.fault, *self.doubts, ""}:
            log.error("node: %s", sentence)
        if self.fault and not fault:
            log.info("node: it may write again")
        self.fault, self.doubts = fault, doubts
        for tell in self._refuse:
            tell(fault)

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
            with answers_within(ANSWER_S):
                self.look()
            self._outage.is_over()
        except SQLAlchemyError as error:
            self._outage.begins(error)
        except Exception:
            log.exception("node: a look failed")

    def _watch(self) -> None:
        while not self._stop.wait(nodes.TOLD_EVERY_S):
            self._try()
        try:
            with answers_within(ANSWER_S), self._engine.begin() as connection:
                nodes.leave(connection, self._id)
        except SQLAlchemyError:
            log.info("node: the others will notice that this one has ended")


def _file_of(engine: Engine) -> tuple[int, int] | None:
    """Return what tells the file of an SQLite database from another one under its name; None where there is none."""
    try:
        status = Path(engine.url.database or "").stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
