"""What the files of the database still hold of deleted rows, and how it is taken out of them."""

import time

from sqlalchemy import Engine, func, select, update

from consent.storage.models import Erasure

TABLES = "receipt_personal, receipt, receipt_key, receipt_mark"
TRIES, PAUSE_S = 5, 0.05


def clear_remains(engine: Engine) -> bool:
    """Rid the files of what was erased; tell whether nothing is left to be done.

    On SQLite deleted rows are zeros as soon as they are deleted (`secure_delete`), but older pages stand in the
    write-ahead log until it is moved into the database and cut to nothing, which has to wait for whoever reads or
    writes. On PostgreSQL VACUUM frees the space of dead rows; it stops nobody.
    """
    with engine.connect() as connection:
        newest = connection.execute(select(func.max(Erasure.id)).where(Erasure.in_files)).scalar()
    if newest is None:
        return True
    if not (_truncate_log(engine) if engine.dialect.name == "sqlite" else _vacuum(engine)):
        return False
    with engine.begin() as connection:
        connection.execute(update(Erasure).where(Erasure.id <= newest, Erasure.in_files).values(in_files=False))
    return True


def _truncate_log(engine: Engine) -> bool:
    with engine.connect() as connection:
        for _ in range(TRIES):
            busy, *_ = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
            if not busy:
                return True
            # Whoever moves the log at this moment is done in a few: SQLite does not wait for that by itself.
            time.sleep(PAUSE_S)
    return False


def _vacuum(engine: Engine) -> bool:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # Months without dead rows cost nothing: their pages are known to be clean.
        connection.exec_driver_sql(f"VACUUM (INDEX_CLEANUP ON) {TABLES}")
    return True
