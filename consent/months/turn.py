"""Whose turn it is to move months: one process at a time, on however many nodes, for as long as the work takes."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine

from consent.proof.turns import file_turn

LOCK = 0x636F6E73656E7404
"""Of the advisory lock on PostgreSQL: `consent` and 4."""
_TAKE = f"""
SELECT pg_try_advisory_xact_lock({LOCK}), set_config('idle_in_transaction_session_timeout', '12h', true)
"""


class NotMoved(Exception):
    """The month stays where it is; the message is a sentence for whoever asked."""


@contextmanager
def months_turn(engine: Engine, instance: Path) -> Iterator[None]:
    """Keep other processes from moving months to the end of the block. Raises NotMoved where one does.

    On PostgreSQL by a transaction that does nothing else, since a lock of the session would be somebody else's behind a
    pooler: it has no snapshot, and so stops no vacuum. On SQLite by a file in `instance`.
    """
    if engine.dialect.name == "sqlite":
        with file_turn(instance / "months.lock") as is_ours:
            _check(is_ours)
            yield
        return
    with engine.begin() as connection:
        _check(bool(connection.exec_driver_sql(_TAKE).scalar()))
        yield


def _check(is_ours: bool) -> None:
    if not is_ours:
        raise NotMoved("Months are being detached, attached or written anew by another process.")
