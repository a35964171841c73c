"""What is deleted by itself when its time is over, once an hour from a thread of the service."""

import logging
import threading
import time

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from consent.storage.erasures import prune_keys

log = logging.getLogger(__name__)

EVERY_S = 3600.0


class Housekeeping:
    """Deletes keys of receipts that are older than 60 days; any number of nodes may do it."""

    def __init__(self, engine: Engine, every_s: float = EVERY_S) -> None:
        self._engine, self._every_s = engine, every_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="housekeeping", daemon=True)

    def start(self) -> None:
        """Start the thread; its first round is at once."""
        self._thread.start()

    def close(self) -> None:
        """End the thread."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(5)

    def _run(self) -> None:
        while True:
            try:
                number = prune_keys(self._engine, int(time.time()))
                if number:
                    log.info("deleted %d keys of receipts older than 60 days", number)
            except SQLAlchemyError as error:
                log.warning("housekeeping waits: the database does not answer (%s)", type(error).__name__)
            if self._stop.wait(self._every_s):
                return
