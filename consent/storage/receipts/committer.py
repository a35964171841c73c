"""Group commit: one durable COMMIT per batch of receipts, retried once, with an outcome for each receipt."""

import contextlib
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Engine, func, select

from consent.storage.database.outage import is_disk_full
from consent.storage.database.partitions import Months
from consent.storage.receipts.batch_sql import Key, Row, StoredKey, batches_for, key_row
from consent.storage.receipts.new_receipt import (
    KeyErasedError,
    KeyReusedError,
    NewReceipt,
    Stored,
    WriterUnavailableError,
)
from consent.storage.tables.receipts import ReceiptKey

Outcome = Stored | Exception


class Job:
    """A receipt to be written."""

    __slots__ = ("key", "key_row", "new")

    def __init__(self, new: NewReceipt) -> None:
        self.new = new
        self.key: Key = (new.site_id, new.key)
        self.key_row: Row = key_row(new)


class Commits:
    """The writer's own database connection; for use in one thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._batches = batches_for(engine.dialect.name)
        self._months = Months(engine)
        self._connection: Any = None

    def commit_or_retry(self, jobs: Sequence[Job], before: Callable[[], object]) -> list[Outcome]:
        """Commit a batch, retrying once on a new connection, and return the outcome of each job.

        The retry handles a database restart while the connection was idle, a deadlock with another node, a missing
        partition, and a lost reply to a commit, which the stored keys reveal.
        """
        try:
            return self.commit(jobs, before)
        except Exception:
            self.drop()
            self._months.forget()
        try:
            return self.commit(jobs, before)
        except Exception:
            self.drop()
            raise

    def commit(self, jobs: Sequence[Job], before: Callable[[], object]) -> list[Outcome]:
        """Write a batch and return once it is durable; `before` is called just before waiting for the disk."""
        # In key order: two nodes that locked the same keys in different orders would deadlock.
        first = {job.key: job for job in reversed(jobs)}
        unique_jobs = [first[key] for key in sorted(first)]
        self._months.make_for([job.new.time for job in unique_jobs])
        if self._connection is None:
            self._connection = self._engine.raw_connection()
            self._batches.prepare(self._connection.dbapi_connection)
        connection = self._connection.dbapi_connection
        claimed = self._batches.commit(connection, [(job.key_row, job.new) for job in unique_jobs], before)
        held = {key: self._batches.stored(connection, key) for key in first if key not in claimed}
        return [
            _outcome_in_batch(job, first[job.key]) if job.key in claimed else _outcome_of_held(job, held[job.key])
            for job in jobs
        ]

    def newest(self) -> int:
        """Return the unix time of the newest stored key, whichever node wrote it, or 0."""
        with self._engine.connect() as connection:
            return connection.execute(select(func.max(ReceiptKey.created_at))).scalar() or 0

    def drop(self) -> None:
        """Close the connection, discarding anything uncommitted."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(Exception):
                # A traceback that refers to a closed sqlite3 connection keeps it and its lock alive.
                connection.rollback()
            with contextlib.suppress(Exception):
                connection.invalidate()

    def is_row_error(self, error: Exception) -> bool:
        """Return whether the error is due to a row of the batch rather than the database."""
        dbapi = self._engine.dialect.loaded_dbapi
        of_database = (dbapi.IntegrityError, dbapi.DataError, dbapi.ProgrammingError)
        return isinstance(error, (*of_database, ValueError, TypeError, OverflowError))

    def sentence_of(self, error: Exception) -> str:
        """Return a sentence on why a batch couldn't be stored."""
        if is_disk_full(error):
            return "The disk of the database is full."
        return f"The database does not answer ({type(error).__name__})."


def _outcome_in_batch(job: Job, first: Job) -> Outcome:
    """Return the outcome of `job` when `first` was just written under its key."""
    if job.new.body != first.new.body:
        return KeyReusedError()
    return Stored(first.new.id, first.new.jws, job is first)


def _outcome_of_held(job: Job, held: StoredKey | None) -> Outcome:
    """Return the outcome of `job` when its key was already stored."""
    if held is None:
        return WriterUnavailableError("the key was pruned at this moment")
    if held.is_erased:
        return KeyErasedError()
    if not held.is_of(job.new.body):
        return KeyReusedError()
    return Stored(held.receipt_id, held.jws or "", held.receipt_id == job.new.id)
