"""What a node does with checkpoints that others signed: it holds them against its own file, and keeps them there too.

So whichever node goes on with a log knows the newest checkpoint, and a log that was set back is noticed by every node.
"""

import time
from collections.abc import Callable

from sqlalchemy import Connection

from consent.proof.checkpoint_file import CheckpointFiles
from consent.proof.sequencing import Refused, check_extension
from consent.storage import log as store

EVERY_S = 10.0
OVERLAP_S = 120
"""A checkpoint is looked for so long: clocks of nodes differ, and a transaction takes its time."""


class Follower:
    """Looks at the newest checkpoints every `every_s` seconds; for the thread of the sequencer."""

    def __init__(
        self, files: CheckpointFiles, every_s: float = EVERY_S, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._files, self._every_s, self._clock = files, every_s, clock
        self._known: dict[int, store.Head] = {}
        self._looked = -every_s
        self._since = 0
        self.refused: dict[str, str] = {}
        """Why a log does not go on from what was signed, by its name; set as a whole."""

    def follow(self, connection: Connection) -> None:
        """Look once where that is due."""
        if self._clock() - self._looked < self._every_s:
            return
        self._looked = self._clock()
        refused, since = {}, 0 if self.refused else self._since
        for site_id, key, head in store.every_head(connection, since):
            self._since = max(self._since, head.time - OVERLAP_S)
            if head != self._known.get(site_id) or key in self.refused:
                try:
                    self._keep(connection, site_id, key)
                except Refused as error:
                    refused[key] = str(error)
        connection.rollback()
        self.refused = refused

    def _keep(self, connection: Connection, site_id: int, key: str) -> None:
        # Before the database, as in a round: other processes of this node add to the file.
        kept = self._files.last(key)
        connection.rollback()
        head = store.head(connection, site_id)
        if head is None:
            return
        if kept != (head.size, head.root):
            check_extension(store.tile_reader(connection, site_id), head, kept)
            if kept is None or kept.size < head.size:
                self._files.add(key, head)
        self._known[site_id] = head
