"""Advisory locks of PostgreSQL, by which one process at a time does what must not be done twice, on however many nodes."""

from sqlalchemy import Connection

PARTITIONS = 0x636F6E73656E7401
"""Creating partitions. All these numbers are `consent` in ASCII and a counter."""
MIGRATION = 0x636F6E73656E7402
SEQUENCER = 0x636F6E73656E7403
MONTHS = 0x636F6E73656E7404
"""Detaching, attaching and rewriting months."""
DELIVERY = 0x636F6E73656E7405
"""Sending events to receivers."""


def wait_for_lock(transaction: Connection, lock: int) -> None:
    """Take the advisory lock to the end of the transaction, however long another process has it."""
    transaction.exec_driver_sql(f"SELECT pg_advisory_xact_lock({lock})")


def try_lock(transaction: Connection, lock: int, idle_timeout: str) -> bool:
    """Take the advisory lock to the end of the transaction, and return whether no other process has it.

    Not a lock of the session: behind a pooler that would be somebody else's. A process that is cut off loses it after
    `idle_timeout`, such as `5s`, without a statement.
    """
    timeout = f"set_config('idle_in_transaction_session_timeout', '{idle_timeout}', true)"
    return bool(transaction.exec_driver_sql(f"SELECT pg_try_advisory_xact_lock({lock}), {timeout}").scalar())


def keep_alive(transaction: Connection) -> None:
    """Show a sign of life in a transaction that has a lock: without one it would lose that."""
    transaction.exec_driver_sql("SELECT 1")
