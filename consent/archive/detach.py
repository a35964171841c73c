"""Detach a month: write its receipts to a file, compare the file with the database, delete the rows."""

import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection

from consent.archive.compare_rows import compared_rows
from consent.archive.month_file import MonthExport, MonthFileError, write_month
from consent.archive.month_lock import MonthMoveError, month_lock
from consent.exports import Source
from consent.log.audit_author import Author
from consent.storage.archive import detached_months
from consent.storage.archive.detached_months import Month
from consent.storage.database import partitions
from consent.storage.database.partitions import month_name
from consent.storage.privacy.erasures import KEY_SECONDS
from consent.storage.sites.sites import SiteRow

STEP = 500
"""Receipts removed from SQLite per transaction: the receipt writer waits for it."""
EMPTY_TRIES, EMPTY_PAUSE_SECONDS = 300, 1.0
"""How often to try to empty a partition that others are reading, and the pause between tries."""


class Detacher:
    """Service that detaches months of all sites. `folder` receives the files, `instance` is the instance folder.

    `author` is the author of log entries.
    """

    def __init__(
        self, source: Source, folder: Path, instance: Path, author: Author, clock: Callable[[], float] = time.time
    ) -> None:
        self._source, self._engine = source, source.engine
        self._folder, self._instance, self._author, self._clock = folder, instance, author, clock

    def detach(self, month: int) -> list[tuple[SiteRow, Month]]:
        """Detach a month for each site that has receipts of it in the table, and return the resulting files.

        Resumes an interrupted detach. Raises MonthMoveError, and MonthFileError if a file doesn't match the database.
        """
        if partitions.start_of(month + 1) + KEY_SECONDS > self._clock():
            raise MonthMoveError(
                f"{month_name(month)} can be detached 60 days after its end: until then, browsers may resend "
                f"its choices."
            )
        with month_lock(self._engine, self._instance):
            with self._engine.connect() as connection:
                sites = detached_months.sites_of(connection, month)
            return self._detach(sites, month)

    def _detach(self, due: list[SiteRow], month: int) -> list[tuple[SiteRow, Month]]:
        files: list[tuple[SiteRow, Month]] = []
        try:
            for site in due:
                files.append((site, self._write(site, month)))
                self._compare(*files[-1])
            if self._engine.dialect.name == "postgresql":
                self._move_at_once(files, month)
            else:
                for site, file in files:
                    self._move_in_batches(site, file)
        except BaseException:
            self._delete_unrecorded(files)
            raise
        if self._engine.dialect.name == "postgresql":
            partitions.drop_month(self._engine, month)
        return files

    def _write(self, site: SiteRow, month: int) -> Month:
        """Write the file, or return the existing one if an earlier detach was interrupted."""
        with self._engine.connect() as connection:
            if begun := detached_months.find_month(connection, site.id, month):
                return begun
            if detached_months.unlogged(connection, site.id, month):
                raise MonthMoveError(f"Receipts of {site.key} in {month_name(month)} are not in the log yet.")
        return write_month(MonthExport(self._source, site, month), self._folder, int(self._clock()))

    def _compare(self, site: SiteRow, file: Month) -> None:
        """Check that the file reproduces each row that is still in the table. Raises MonthFileError."""
        for stored, row in compared_rows(self._engine, site, file):
            if stored is not None and stored != row:
                raise MonthFileError(
                    f"Receipt {row[0]} of {site.key} differs from what was signed, so {file.name} stays;"
                    " see docs/months.md."
                )

    def _move_at_once(self, files: list[tuple[SiteRow, Month]], month: int) -> None:
        """Index the receipts of all sites and empty the partition, in one transaction."""
        with self._engine.begin() as connection:
            if not files or not partitions.has_month(connection, month):
                return
            stored = partitions.lock_month(connection, month)
            moved = 0
            for site, file in files:
                moved += detached_months.index_receipts(connection, site.id, month)
                self._record(connection, site, file)
                detached_months.count_erased(connection, site.id, month)
            if moved != stored:
                raise MonthMoveError(
                    f"{month_name(month)} has {stored - moved} receipts that arrived in the meantime or belong "
                    f"to no site."
                )
            for _ in range(EMPTY_TRIES):
                if partitions.empty_month(connection, month):
                    return
                time.sleep(EMPTY_PAUSE_SECONDS)
            raise MonthMoveError(f"{month_name(month)} is being read, perhaps by a backup; try again later.")

    def _move_in_batches(self, site: SiteRow, file: Month) -> None:
        """Move the receipts into the index in batches."""
        is_more = True
        while is_more:
            with self._engine.begin() as connection:
                ids = detached_months.oldest_ids(connection, site.id, file.month, STEP)
                if detached_months.find_month(connection, site.id, file.month) is None:
                    self._record(connection, site, file)
                detached_months.detach_receipts(connection, site.id, file.month, ids)
                is_more = len(ids) == STEP
                if not is_more:
                    detached_months.count_erased(connection, site.id, file.month)

    def _record(self, connection: Connection, site: SiteRow, file: Month) -> None:
        detached_months.add_month(connection, file)
        claims = {"receipts": file.receipts, "sha256": file.sha256}
        self._author.record(connection, site, "month.detached", file.name, None, claims, int(self._clock()))

    def _delete_unrecorded(self, files: list[tuple[SiteRow, Month]]) -> None:
        """Delete files that the database doesn't know: erasures wouldn't reach them."""
        with self._engine.connect() as connection:
            for site, file in files:
                if detached_months.find_month(connection, site.id, file.month) is None:
                    Path(file.file).unlink(missing_ok=True)
