"""PostgreSQL advisory locks for work that only one process across all nodes may do at a time."""

from sqlalchemy import Connection

PARTITIONS = 0x636F6E73656E7401
"""For creating partitions. Each number is `consent` in ASCII plus a counter."""
MIGRATION = 0x636F6E73656E7402
SEQUENCER = 0x636F6E73656E7403
MONTHS = 0x636F6E73656E7404
"""For detaching, attaching and rewriting months."""
DELIVERY = 0x636F6E73656E7405
"""For sending events to receivers."""


def wait_for_lock(transaction: Connection, lock: int) -> None:
    """Take the advisory lock until the end of the transaction, waiting as long as another process holds it."""
    transaction.exec_driver_sql(f"SELECT pg_advisory_xact_lock({lock})")


def try_lock(transaction: Connection, lock: int, idle_timeout: str) -> bool:
    """Try to take the advisory lock until the end of the transaction, and return whether it was free.

    A session lock would end up with another client behind a pooler. A process that is cut off loses the lock after
    `idle_timeout`, such as `5s`, without a statement.
    """
    timeout = f"set_config('idle_in_transaction_session_timeout', '{idle_timeout}', true)"
    return bool(transaction.exec_driver_sql(f"SELECT pg_try_advisory_xact_lock({lock}), {timeout}").scalar())


def keep_alive(transaction: Connection) -> None:
    """Run an empty query, so that a transaction that holds a lock doesn't hit its idle timeout."""
    transaction.exec_driver_sql("SELECT 1")
