"""Verify other nodes' checkpoints against the local file, and store them there too.

Every node that resumes a log thus knows the newest checkpoint, and every node detects a log that was rolled back.
"""

import time
from collections.abc import Callable

from sqlalchemy import Connection

from consent.log.checkpoint_files import CheckpointFiles
from consent.log.sequencer import TreeMismatchError, check_extension
from consent.storage.log import tree_store as store

EVERY_SECONDS = 10.0
OVERLAP_SECONDS = 120
"""How far back to look for new checkpoints: nodes' clocks differ, and transactions take time."""


class Follower:
    """Checks the newest checkpoints every `every_s` seconds, in the sequencer's thread."""

    def __init__(
        self, files: CheckpointFiles, every_s: float = EVERY_SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._files, self._every_s, self._clock = files, every_s, clock
        self._known: dict[int, store.Head] = {}
        self._checked_at = -every_s
        self._since = 0
        self.refused: dict[str, str] = {}
        """Why a log doesn't continue what was signed, by the log's name; replaced as a whole."""

    def follow(self, connection: Connection) -> None:
        """Compare all heads once, if that is due."""
        if self._clock() - self._checked_at < self._every_s:
            return
        self._checked_at = self._clock()
        refused, since = {}, 0 if self.refused else self._since
        for site_id, key, head in store.every_head(connection, since):
            self._since = max(self._since, head.time - OVERLAP_SECONDS)
            if head != self._known.get(site_id) or key in self.refused:
                try:
                    self._compare(connection, site_id, key)
                except TreeMismatchError as error:
                    refused[key] = str(error)
        connection.rollback()
        self.refused = refused

    def _compare(self, connection: Connection, site_id: int, key: str) -> None:
        # Read the file before the database, as in a round: other processes of this node append to it.
        last_saved = self._files.last(key)
        connection.rollback()
        head = store.head(connection, site_id)
        if head is None:
            return
        if last_saved != (head.size, head.root):
            check_extension(store.tile_reader(connection, site_id), head, last_saved)
            if last_saved is None or last_saved.size < head.size:
                self._files.add(key, head)
        self._known[site_id] = head
