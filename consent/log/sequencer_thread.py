"""Background thread that sequences waiting leaves into the logs every second, in one process at a time."""

import logging
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection, Engine

from consent.log.checkpoint_files import CheckpointFiles
from consent.log.checkpoint_follower import Follower
from consent.log.sequencer import Rounds, TreeMismatchError
from consent.log.sequencer_lock import acquire_file
from consent.signing.keys import USES, Keys, is_replaced
from consent.storage.database.database_thread import DatabaseThread
from consent.storage.log import tree_store as store
from consent.storage.log.tree_store import Head, Waiting

log = logging.getLogger(__name__)

EVERY_SECONDS = 1.0
ANSWER_SECONDS = 5.0
"""How long the database may take to answer, so that another node can take over."""
MAX_RETRY_SECONDS = 5.0
"""An error in the log of one site must not hold up those of the others for longer."""
PROMISED_SECONDS = 60
"""How long a receipt may wait for its index before the service warns."""
BATCH = 200
"""Receipts per transaction: few enough that on SQLite the writer of receipts doesn't wait long for it."""

PAUSE_SECONDS = 0.005
"""Pause between two batches of one round, so that others waiting for the database get a turn."""

CHECKPOINTS = "checkpoints"
"""The checkpoints' folder in the instance folder."""


class Sequencer(DatabaseThread):
    """Assigns receipts and configs their index in their site's log; `folder` is the instance's.

    `announce` is called with the log's name and the checkpoint after each round; it must not block.
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
        super().__init__(
            "sequencer",
            engine,
            EVERY_SECONDS,
            is_steady=True,
            answer_s=ANSWER_SECONDS,
            close_s=10,
            max_retry_s=MAX_RETRY_SECONDS,
        )
        self._folder, self._clock, self._batch = folder, clock, batch
        self._keys = keys
        files = CheckpointFiles(folder / CHECKPOINTS)
        self._rounds, self._follower = Rounds(keys, base_url, files, announce), Follower(files)
        self._waiting: list[Waiting] = []
        self._refused: dict[str, str] = {}
        self._may_sign = True

    def refuse(self, reason: str) -> None:
        """Stop signing because of `reason`, until it is empty again; another node takes over."""
        self._may_sign = not reason

    @property
    def lag(self) -> float:
        """Return for how many seconds the oldest leaf has been waiting, 0.0 if there is none."""
        return max([0.0, *(self._clock() - site.oldest for site in self._waiting)])

    @property
    def refused(self) -> dict[str, str]:
        """Return why a site's log isn't continued, by site, for logs that aren't."""
        return self._follower.refused | self._refused

    def warnings(self) -> list[str]:
        """Return the problems of the logs in words."""
        sentence = "The log of {} has stopped: {}. See docs/log.md."
        sentences = [sentence.format(site, reason) for site, reason in self.refused.items()]
        replaced = [use for use in USES if is_replaced(self._folder / "keys", use, self._keys.signing_key(use))]
        sentences += [
            f"The {use} key was replaced; this process signs with the old one until it is restarted."
            for use in replaced
        ]
        if self.lag > PROMISED_SECONDS:
            sentences.append(f"Receipts have been waiting for {self.lag:.0f} s to be added to the log.")
        return sentences

    def run(self) -> int:
        """Add all waiting leaves to the logs if this process has the lock, and return how many."""
        with self._engine.connect() as connection:
            self._waiting = self._pending(connection)
            # Another process may have continued a log that this one refused.
            keys = {site.key for site in self._waiting}
            self._refused = {key: reason for key, reason in self._refused.items() if key in keys}
            if not self._waiting or not self._may_sign:
                self._follower.follow(connection)
                return 0
            with acquire_file(connection, self._folder) as has_lock:
                done = self._sequence(connection, self._waiting) if has_lock else 0
            self._waiting = self._pending(connection)
            self._follower.follow(connection)
        return done

    def _pending(self, connection: Connection) -> list[Waiting]:
        waiting = store.waiting(connection)
        connection.rollback()
        return waiting

    def _sequence(self, connection: Connection, sites: list[Waiting]) -> int:
        """Process the sites in batches, round robin, so that one site's long queue or error doesn't block others."""
        done, errors = 0, []
        while sites and not self.is_closing():
            more = []
            for site in sites:
                if self.is_closing():
                    break
                try:
                    added = self._add_batch(connection, site)
                except Exception as error:
                    if connection.invalidated:
                        raise
                    errors.append(error)
                    continue
                done += added
                if added >= self._batch:
                    more.append(site)
            sites = more
            if more:
                self._pause(PAUSE_SECONDS)
        if errors:
            raise errors[0]
        return done

    def _add_batch(self, connection: Connection, site: Waiting) -> int:
        """Put a batch into the log of one site, or record why that is refused."""
        refused = {key: reason for key, reason in self._refused.items() if key != site.key}
        try:
            return self._rounds.run(connection, site, int(self._clock()), self._batch)
        except TreeMismatchError as error:
            if self._refused.get(site.key) != str(error):
                log.error("the log of %s has stopped: %s", site.key, error)
            refused[site.key] = str(error)
            return 0
        finally:
            # Replaced as a whole, since other threads read it.
            self._refused = refused

    def _round(self) -> None:
        self.run()
