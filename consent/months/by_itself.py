"""Months as the service looks after them: files forget what was erased, and old months leave by themselves where wanted."""

import logging
import time
from collections.abc import Callable
from pathlib import Path

from consent.exports import Source
from consent.months.detaching import Detacher
from consent.months.file import BadFile
from consent.months.forgetting import forget_erased
from consent.months.turn import NotMoved
from consent.proof.audit import Author
from consent.storage import receipts
from consent.storage.partitions import month_of

log = logging.getLogger(__name__)


class MonthKeeper:
    """Does once in a while what months need. `after` is in months, None where none leaves by itself.

    Any number of nodes may do it; the files lie on the node that detached.
    """

    def __init__(
        self,
        source: Source,
        folder: Path,
        instance: Path,
        author: Author,
        after: int | None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._engine, self._instance, self._after, self._clock = source.engine, instance, after, clock
        self._detacher = Detacher(source, folder, instance, author, clock)

    def work(self) -> None:
        """Write anew the files that have to forget, and detach what is older than wanted; faults are told in the log."""
        try:
            forget_erased(self._engine, self._instance)
            for month in self._due():
                for site, file in self._detacher.detach(month):
                    log.info("detached %s of %s: %d receipts lie in %s", file.name, site.key, file.receipts, file.file)
        except (BadFile, NotMoved) as error:
            log.warning("months: %s", error)
        except OSError as error:
            log.warning("months: a file could not be written: %s", error.strerror)

    def _due(self) -> range:
        """Return the months that end the wanted time ago, from the oldest that has receipts in the table."""
        if self._after is None:
            return range(0)
        with self._engine.connect() as connection:
            oldest = receipts.oldest_month(connection)
        last = month_of(int(self._clock())) - self._after
        return range(0) if oldest is None else range(oldest, last)
