"""Purge erased rows from free pages and the WAL (VACUUM, checkpoint)."""

import time

from sqlalchemy import Engine, func, select, update

from consent.storage.database.write_lock import write_lock
from consent.storage.tables.privacy import Erasure

TABLES = "receipt_personal, receipt, receipt_key, privacy_mark"
TRIES, PAUSE_SECONDS = 5, 0.05


def purge_erased_pages(engine: Engine) -> bool:
    """Purge erased data from the database files; return whether nothing is left to purge.

    SQLite zeroes rows when they are deleted (`secure_delete`), but older pages remain in the WAL until it is
    checkpointed and truncated, which has to wait for readers and writers. On PostgreSQL, VACUUM frees the space of dead
    rows without blocking anyone.
    """
    with engine.connect() as connection:
        newest = connection.execute(select(func.max(Erasure.id)).where(Erasure.is_purge_pending)).scalar()
    if newest is None:
        return True
    if not (_truncate_log(engine) if engine.dialect.name == "sqlite" else _vacuum(engine)):
        return False
    with engine.begin() as connection:
        connection.execute(
            update(Erasure).where(Erasure.id <= newest, Erasure.is_purge_pending).values(is_purge_pending=False)
        )
    return True


def _truncate_log(engine: Engine) -> bool:
    with engine.connect() as connection:
        for _ in range(TRIES):
            with write_lock(engine):
                busy, *_ = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
            if not busy:
                return True
            # Another connection's checkpoint takes only milliseconds; SQLite itself doesn't wait for it.
            time.sleep(PAUSE_SECONDS)
    return False


def _vacuum(engine: Engine) -> bool:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # Months without dead rows cost nothing: their pages are known to be clean.
        connection.exec_driver_sql(f"VACUUM (INDEX_CLEANUP ON) {TABLES}")
    return True
