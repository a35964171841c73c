"""A month on its way out of the database: written, held against what is here, then taken out."""

import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection

from consent.exports import Source
from consent.months.compare import compared_rows
from consent.months.file import BadFile, MonthExport, write_month
from consent.months.turn import NotMoved, months_turn
from consent.proof.audit import Author
from consent.storage import detached, partitions
from consent.storage.detached import Month
from consent.storage.engine import write_lock
from consent.storage.erasures import KEY_SECONDS
from consent.storage.partitions import month_name
from consent.storage.sites import FoundSite

STEP = 500
"""Receipts that are taken out of SQLite in one transaction: the writer of receipts waits for it."""
EMPTY_TRIES, EMPTY_PAUSE_S = 300, 1.0
"""How often a partition is tried to be emptied that others read, and how long they are left alone in between."""


class Detacher:
    """Detaches months of all sites. `folder` takes the files, `instance` is that of the service.

    `author` is who stands in the logs.
    """

    def __init__(
        self, source: Source, folder: Path, instance: Path, author: Author, clock: Callable[[], float] = time.time
    ) -> None:
        self._source, self._engine = source, source.engine
        self._folder, self._instance, self._author, self._clock = folder, instance, author, clock

    def detach(self, month: int) -> list[tuple[FoundSite, Month]]:
        """Detach a month for each site that has receipts of it here, and return where they lie now.

        One that was interrupted goes on. Raises NotMoved, and BadFile where a file does not hold what it should.
        """
        if partitions.start_of(month + 1) + KEY_SECONDS > self._clock():
            raise NotMoved(
                f"{month_name(month)} can be detached 60 days after its end: until then browsers may repeat its choices."
            )
        with months_turn(self._engine, self._instance):
            with self._engine.connect() as connection:
                found = detached.sites_of(connection, month)
            return self._detach(found, month)

    def _detach(self, found: list[FoundSite], month: int) -> list[tuple[FoundSite, Month]]:
        files: list[tuple[FoundSite, Month]] = []
        try:
            for site in found:
                files.append((site, self._write(site, month)))
                self._compare(*files[-1])
            if self._engine.dialect.name == "postgresql":
                self._take_out_at_once(files, month)
            else:
                for site, file in files:
                    self._take_out_in_steps(site, file)
        except BaseException:
            self._unlink_unknown(files)
            raise
        if self._engine.dialect.name == "postgresql":
            partitions.drop_month(self._engine, month)
        return files

    def _write(self, site: FoundSite, month: int) -> Month:
        """Write the file, or return the one from which the receipts were not all taken out yet."""
        with self._engine.connect() as connection:
            if begun := detached.month_at(connection, site.id, month):
                return begun
            if detached.unlogged(connection, site.id, month):
                raise NotMoved(f"Receipts of {site.key} in {month_name(month)} wait for their place in the log.")
        return write_month(MonthExport(self._source, site, month), self._folder, int(self._clock()))

    def _compare(self, site: FoundSite, file: Month) -> None:
        """Check that the file gives back each row that is here, as it is here. Raises BadFile."""
        for stored, row in compared_rows(self._engine, site, file):
            if stored is not None and stored != row:
                raise BadFile(
                    f"Receipt {row[0]} of {site.key} says something else than what was signed, so {file.name} stays;"
                    " see docs/months.md."
                )

    def _take_out_at_once(self, files: list[tuple[FoundSite, Month]], month: int) -> None:
        """Put the receipts of all sites into the index and empty the partition, in one transaction."""
        with self._engine.begin() as connection:
            if not files or not partitions.has_month(connection, month):
                return
            partition = partitions.partition_of("receipt", month)
            # Erasures wait from here on; nobody else writes into a month that has passed, and readers go on.
            connection.exec_driver_sql(f"LOCK TABLE {partition} IN SHARE MODE")
            there = connection.exec_driver_sql(f"SELECT count(*) FROM {partition}").scalar_one()  # noqa: S608
            moved = 0
            for site, file in files:
                moved += detached.index_receipts(connection, site.id, month)
                self._note(connection, site, file)
                detached.count_erased(connection, site.id, month)
            if moved != there:
                raise NotMoved(
                    f"{month_name(month)} has {there - moved} receipts that came meanwhile or are of no site."
                )
            for _ in range(EMPTY_TRIES):
                if partitions.empty_month(connection, month):
                    return
                time.sleep(EMPTY_PAUSE_S)
            raise NotMoved(f"{month_name(month)} is being read without a pause, such as by a backup; try again later.")

    def _take_out_in_steps(self, site: FoundSite, file: Month) -> None:
        """Move some receipts at a time into the index."""
        is_more = True
        while is_more:
            with write_lock(self._engine), self._engine.begin() as connection:
                ids = detached.oldest_ids(connection, site.id, file.month, STEP)
                if detached.month_at(connection, site.id, file.month) is None:
                    self._note(connection, site, file)
                detached.take_out(connection, site.id, file.month, ids)
                is_more = len(ids) == STEP
                if not is_more:
                    detached.count_erased(connection, site.id, file.month)

    def _note(self, connection: Connection, site: FoundSite, file: Month) -> None:
        detached.add_month(connection, file)
        said = {"receipts": file.receipts, "sha256": file.sha256}
        self._author.tell(connection, site, "month.detached", file.name, None, said, int(self._clock()))

    def _unlink_unknown(self, files: list[tuple[FoundSite, Month]]) -> None:
        """Delete files that the database does not know of: no erasure would reach them."""
        with self._engine.connect() as connection:
            for site, file in files:
                if detached.month_at(connection, site.id, file.month) is None:
                    Path(file.file).unlink(missing_ok=True)
