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
    """Puts detached months back. `instance` is the folder of the service, `author` who stands in the logs."""

    def __init__(self, engine: Engine, instance: Path, author: Author, clock: Callable[[], float] = time.time) -> None:
        self._engine, self._instance, self._author, self._clock = engine, instance, author, clock

    def attach(self, file: Path) -> tuple[SiteRow, Month]:
        """Copy the receipts of `file` back into the tables, and delete the file: no later erasure would reach it.

        A receipt that was erased meanwhile comes back blank. One that was interrupted goes on. Raises MonthFileError,
        MonthMoveError;
        then nothing was written.
        """
        with month_lock(self._engine, self._instance):
            site, month = self._find(file)
            if self._engine.dialect.name == "postgresql":
                self._put_in_at_once(site, month, file)
            else:
                self._put_in_in_steps(site, month, file)
        Path(month.file).unlink(missing_ok=True)
        return site, month

    def _find(self, file: Path) -> tuple[SiteRow, Month]:
        manifest = read_manifest(file)
        name = partitions.month_name(manifest.month)
        with self._engine.connect() as connection:
            site = sites.by_key(connection, manifest.site)
            month = detached_months.month_at(connection, site.id, manifest.month) if site else None
        if site is None or month is None:
            raise MonthFileError(f"{file} holds {name} of {manifest.site}, which is not detached here.")
        return site, month

    def _put_in_at_once(self, site: SiteRow, month: Month, file: Path) -> None:
        from psycopg.errors import CheckViolation  # on PostgreSQL alone: on SQLite the driver stays out of memory

        partitions.drop_month(self._engine, month.month)
        partitions.create_months(self._engine, {month.month}, ("receipt_personal",))
        with self._engine.begin() as connection:
            table = partitions.begin_month(connection, month.month)
            try:
                count = bulk_insert.load(connection, table, COLUMNS, self._missing(site, month, file))
            except CheckViolation:
                raise _altered(site, month) from None
            if table == "receipt":
                count = self._recount(connection, site, month)
            else:
                partitions.end_month(connection, month.month)
            self._end(connection, site, month, count)

    def _put_in_in_steps(self, site: SiteRow, month: Month, file: Path) -> None:
        """Read all of the file before the first row is written, then a part at a time; none stays where one is refused."""
        for _ in self._missing(site, month, file):
            pass
        put_in: list[str] = []
        try:
            rows = self._missing(site, month, file)
            # What a step takes out of the index is not read again: all of it is known before.
            while piece := list(islice(rows, STEP)):
                self._put_in_piece(site, month, piece)
                put_in += [row[0] for row in piece]
            with self._engine.begin() as connection:
                self._end(connection, site, month, self._recount(connection, site, month))
        except MonthFileError:
            self._take_out_again(site, month, put_in)
            raise

    def _put_in_piece(self, site: SiteRow, month: Month, piece: Sequence[Row]) -> None:
        with self._engine.begin() as connection:
            bulk_insert.load(connection, "receipt", COLUMNS, piece)
            if not detached_months.is_attached(connection, COLUMNS, piece):
                raise _altered(site, month)
            detached_months.remove(connection, site.id, month.month, [row[0] for row in piece])

    def _take_out_again(self, site: SiteRow, month: Month, receipt_ids: Sequence[str]) -> None:
        left = iter(receipt_ids)
        while piece := list(islice(left, STEP)):
            with self._engine.begin() as connection:
                detached_months.take_out(connection, site.id, month.month, piece)
                # Some may have been erased while they were in the table.
                detached_months.count_erased(connection, site.id, month.month)

    def _missing(self, site: SiteRow, month: Month, file: Path) -> Iterator[Row]:
        """Yield the rows that the table does not have."""
        return (row for stored, row in compared_rows(self._engine, site, month, file) if stored is None)

    def _recount(self, connection: Connection, site: SiteRow, month: Month) -> int:
        """Return how many receipts the table has now, where the database has not checked each as it came.

        Raises MonthFileError.
        """
        count, altered = detached_months.count_attached(connection, site.id, month.month)
        if altered:
            raise _altered(site, month)
        return count

    def _end(self, connection: Connection, site: SiteRow, month: Month, count: int) -> None:
        """Check that all `count` are there, and forget that the month was detached. Raises MonthFileError."""
        detached_months.lock_month(connection, site.id, month.month)
        erasures.blank_detached(connection, site.id, month.month)
        if count != month.receipts:
            raise MonthFileError(f"{month.name} of {site.key} has {month.receipts} receipts, and {count} came back.")
        detached_months.remove(connection, site.id, month.month)
        claims = {"receipts": count, "sha256": month.sha256}
        self._author.record(connection, site, "month.attached", month.name, None, claims, int(self._clock()))


def _altered(site: SiteRow, month: Month) -> MonthFileError:
    return MonthFileError(f"{month.name} of {site.key} did not come back as it was.")
