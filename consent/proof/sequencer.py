"""The thread that keeps the logs up to date: each second, only when something waits, one process at a time."""

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from consent.proof.checkpoint_file import CheckpointFiles
from consent.proof.following import Follower
from consent.proof.keys import USES, Keys, is_replaced
from consent.proof.sequencing import Refused, Rounds
from consent.proof.turns import turn
from consent.storage import log as store
from consent.storage.log import Head, Waiting
from consent.storage.outage import Outage
from consent.storage.patience import answers_within

log = logging.getLogger(__name__)

EVERY_S = 1.0
ANSWER_S = 5.0
"""How long an answer of the database may take: then another node can go on."""
PROMISED_S = 60
"""How long a receipt may wait for its index: beyond it the service warns."""
BATCH = 200
"""Receipts in one transaction: few enough that on SQLite the writer of receipts does not wait long for it."""

PAUSE_S = 0.005
"""Between two batches of one round: whoever waits for the database has his turn."""

CHECKPOINTS = "checkpoints"
"""Their folder in that of the instance."""


class Sequencer:
    """Gives receipts and configs their place in their site's log. `folder` is the instance's.

    `announce` is told the name of the log and the checkpoint after each round; it must not block.
    """

    def __init__(
        self,
        engine: Engine,
        keys: Keys,
        base_url: str,
        folder: Path,
        *,
        clock: Callable[[], float] = time.time,
        batch: int = BATCH,
        announce: Callable[[str, Head], object] = lambda site, head: None,
    ) -> None:
        self._engine, self._folder, self._clock, self._batch = engine, folder, clock, batch
        self._keys = keys
        files = CheckpointFiles(folder / CHECKPOINTS)
        self._rounds, self._follower = Rounds(keys, base_url, files, announce), Follower(files)
        self._waiting: list[Waiting] = []
        self._refused: dict[str, str] = {}
        self._may_sign = True
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="sequencer", daemon=True)

    def start(self) -> None:
        """Begin to look each second."""
        self._thread.start()

    def close(self) -> None:
        """End the thread; a round that is under way is ended first."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(10)

    def refuse(self, reason: str) -> None:
        """Sign nothing for `reason`, until it is empty; another node does."""
        self._may_sign = not reason

    @property
    def lag(self) -> float:
        """Return for how many seconds the oldest leaf has been waiting, 0.0 where none does."""
        return max([0.0, *(self._clock() - site.oldest for site in self._waiting)])

    @property
    def refused(self) -> dict[str, str]:
        """Return by site why its log is not continued, where one is not."""
        return self._follower.refused | self._refused

    def warnings(self) -> list[str]:
        """Return in words what is wrong with the logs."""
        said = "The log of {} is not continued: {}. See docs/log.md."
        found = [said.format(site, reason) for site, reason in self.refused.items()]
        replaced = [use for use in USES if is_replaced(self._folder / "keys", use, self._keys.of(use))]
        found += [f"The {use} key was replaced; this process signs with the old one until it ends." for use in replaced]
        if self.lag > PROMISED_S:
            found.append(f"Receipts have been waiting for {self.lag:.0f} s to be put into the log.")
        return found

    def run(self) -> int:
        """Put all that waits into the logs where it is our turn, and return how many leaves that were."""
        with self._engine.connect() as connection:
            self._waiting = self._look(connection)
            # Another process may have gone on with a log that this one had refused.
            keys = {site.key for site in self._waiting}
            self._refused = {key: reason for key, reason in self._refused.items() if key in keys}
            if not self._waiting or not self._may_sign:
                self._follower.follow(connection)
                return 0
            with turn(connection, self._folder) as is_ours:
                done = self._sequence(connection, self._waiting) if is_ours else 0
            self._waiting = self._look(connection)
            self._follower.follow(connection)
        return done

    def _look(self, connection: Connection) -> list[Waiting]:
        found = store.waiting(connection)
        connection.rollback()
        return found

    def _sequence(self, connection: Connection, sites: list[Waiting]) -> int:
        """Give each site a batch in turn until none has more: a long queue or a fault of one keeps no other waiting."""
        done, faults = 0, []
        while sites and not self._stop.is_set():
            more = []
            for site in sites:
                try:
                    added = self._round(connection, site)
                except Exception as error:
                    if connection.invalidated:
                        raise
                    faults.append(error)
                    continue
                done += added
                if added >= self._batch:
                    more.append(site)
            sites = more
            if more:
                self._stop.wait(PAUSE_S)
        if faults:
            raise faults[0]
        return done

    def _round(self, connection: Connection, site: Waiting) -> int:
        """Put a batch into the log of one site, or remember why that is refused."""
        refused = {key: reason for key, reason in self._refused.items() if key != site.key}
        try:
            return self._rounds.run(connection, site, int(self._clock()), self._batch)
        except Refused as error:
            if self._refused.get(site.key) != str(error):
                log.error("the log of %s is not continued: %s", site.key, error)
            refused[site.key] = str(error)
            return 0
        finally:
            # Set as a whole: other threads read it.
            self._refused = refused

    def _watch(self) -> None:
        outage = Outage(self._engine, "sequencer", is_steady=True)
        while not self._stop.wait(EVERY_S):
            try:
                with answers_within(ANSWER_S):
                    self.run()
                outage.is_over()
            except SQLAlchemyError as error:
                outage.begins(error)
            except Exception:
                log.exception("sequencer: a round failed")
