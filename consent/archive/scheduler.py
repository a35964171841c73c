"""Scheduled maintenance of the archive: apply erasures to month files, and detach old months automatically."""

import logging
import time
from collections.abc import Callable
from pathlib import Path

from consent.archive.detach import Detacher
from consent.archive.forget_erased import forget_erased
from consent.archive.month_file import MonthFileError
from consent.archive.month_lock import MonthMoveError
from consent.exports import Source
from consent.log.audit_author import Author
from consent.storage.database.partitions import month_of
from consent.storage.receipts import receipts

log = logging.getLogger(__name__)


class ArchiveScheduler:
    """Periodic maintenance of months. `after` is how many months stay in the table, None to detach none automatically.

    Any number of nodes may run it; files are on the node that detached the month.
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

    def run_once(self) -> None:
        """Rewrite files that contain erased receipts and detach due months; problems are logged."""
        try:
            forget_erased(self._engine, self._instance)
            for month in self._due():
                for site, file in self._detacher.detach(month):
                    log.info("detached %s of %s: %d receipts in %s", file.name, site.key, file.receipts, file.file)
        except (MonthFileError, MonthMoveError) as error:
            log.warning("months: %s", error)
        except OSError as error:
            log.warning("months: writing a file failed: %s", error.strerror)

    def _due(self) -> range:
        """Return the months that are due, starting with the oldest that has receipts in the table."""
        if self._after is None:
            return range(0)
        with self._engine.connect() as connection:
            oldest = receipts.oldest_month(connection)
        last = month_of(int(self._clock())) - self._after
        return range(0) if oldest is None else range(oldest, last)
