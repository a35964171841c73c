"""Restore a detached month: verify its file row by row against the log, insert the rows, read them back."""

import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from sqlalchemy import Connection, Engine

from consent.archive.compare_rows import compared_rows
from consent.archive.detach import STEP
from consent.archive.month_file import MonthFileError, read_manifest
from consent.archive.month_lock import month_lock
from consent.archive.row_codec import COLUMNS, Row
from consent.log.audit_author import Author
from consent.storage.archive import detached_months
from consent.storage.archive.detached_months import Month
from consent.storage.database import partitions
from consent.storage.maintenance import bulk_insert
from consent.storage.privacy import erasures
from consent.storage.sites import sites
from consent.storage.sites.sites import SiteRow


class Attacher:
    """Service that restores detached months. `instance` is the instance folder, `author` the author of log entries."""

    def __init__(self, engine: Engine, instance: Path, author: Author, clock: Callable[[], float] = time.time) -> None:
        self._engine, self._instance, self._author, self._clock = engine, instance, author, clock

    def attach(self, file: Path) -> tuple[SiteRow, Month]:
        """Copy the receipts of `file` back into the tables, then delete the file: later erasures wouldn't reach it.

        Receipts erased in the meantime come back blank. An interrupted attach resumes. Raises MonthFileError or
        MonthMoveError, in which case nothing was written.
        """
        with month_lock(self._engine, self._instance):
            site, month = self._find(file)
            if self._engine.dialect.name == "postgresql":
                self._insert_at_once(site, month, file)
            else:
                self._insert_in_batches(site, month, file)
        Path(month.file).unlink(missing_ok=True)
        return site, month

    def _find(self, file: Path) -> tuple[SiteRow, Month]:
        manifest = read_manifest(file)
        name = partitions.month_name(manifest.month)
        with self._engine.connect() as connection:
            site = sites.by_key(connection, manifest.site)
            month = detached_months.find_month(connection, site.id, manifest.month) if site else None
        if site is None or month is None:
            raise MonthFileError(f"{file} contains {name} of {manifest.site}, which is not detached here.")
        return site, month

    def _insert_at_once(self, site: SiteRow, month: Month, file: Path) -> None:
        from psycopg.errors import CheckViolation  # imported here to keep the driver out of memory on SQLite

        partitions.drop_month(self._engine, month.month)
        partitions.create_months(self._engine, {month.month}, ("receipt_personal",))
        with self._engine.begin() as connection:
            table = partitions.begin_month(connection, month.month)
            try:
                count = bulk_insert.load(connection, table, COLUMNS, self._missing_rows(site, month, file))
            except CheckViolation:
                raise _altered_error(site, month) from None
            if table == "receipt":
                count = self._count_checked(connection, site, month)
            else:
                partitions.end_month(connection, month.month)
            self._finish(connection, site, month, count)

    def _insert_in_batches(self, site: SiteRow, month: Month, file: Path) -> None:
        """Check the whole file, then insert its rows in batches; if one is refused, take them all out again."""
        for _ in self._missing_rows(site, month, file):
            pass
        inserted: list[str] = []
        try:
            rows = self._missing_rows(site, month, file)
            # A batch is removed from the index only after the stream has read it.
            while batch := list(islice(rows, STEP)):
                self._insert_batch(site, month, batch)
                inserted += [row[0] for row in batch]
            with self._engine.begin() as connection:
                self._finish(connection, site, month, self._count_checked(connection, site, month))
        except MonthFileError:
            self._remove_again(site, month, inserted)
            raise

    def _insert_batch(self, site: SiteRow, month: Month, batch: Sequence[Row]) -> None:
        with self._engine.begin() as connection:
            bulk_insert.load(connection, "receipt", COLUMNS, batch)
            if not detached_months.is_attached(connection, COLUMNS, batch):
                raise _altered_error(site, month)
            detached_months.remove(connection, site.id, month.month, [row[0] for row in batch])

    def _remove_again(self, site: SiteRow, month: Month, receipt_ids: Sequence[str]) -> None:
        left = iter(receipt_ids)
        while batch := list(islice(left, STEP)):
            with self._engine.begin() as connection:
                detached_months.detach_receipts(connection, site.id, month.month, batch)
                # Some may have been erased while they were in the table.
                detached_months.count_erased(connection, site.id, month.month)

    def _missing_rows(self, site: SiteRow, month: Month, file: Path) -> Iterator[Row]:
        """Yield the rows that aren't in the table."""
        return (row for stored, row in compared_rows(self._engine, site, month, file) if stored is None)

    def _count_checked(self, connection: Connection, site: SiteRow, month: Month) -> int:
        """Return the table's receipt count, where no constraint has checked the rows on insert.

        Raises MonthFileError.
        """
        count, altered = detached_months.count_attached(connection, site.id, month.month)
        if altered:
            raise _altered_error(site, month)
        return count

    def _finish(self, connection: Connection, site: SiteRow, month: Month, count: int) -> None:
        """Check that all `count` receipts are back, and delete the month's record and index. Raises MonthFileError."""
        detached_months.lock_month(connection, site.id, month.month)
        erasures.blank_detached(connection, site.id, month.month)
        if count != month.receipts:
            raise MonthFileError(
                f"{month.name} of {site.key} has {month.receipts} receipts, but {count} were restored."
            )
        detached_months.remove(connection, site.id, month.month)
        claims = {"receipts": count, "sha256": month.sha256}
        self._author.record(connection, site, "month.attached", month.name, None, claims, int(self._clock()))


def _altered_error(site: SiteRow, month: Month) -> MonthFileError:
    return MonthFileError(f"{month.name} of {site.key} was not restored correctly.")
