"""Queries of hand-over codes that have granted something: each grants once."""

import hashlib

from sqlalchemy import Connection, delete
from sqlalchemy.dialects import postgresql, sqlite

from consent.storage.database.base import Transaction
from consent.storage.tables.subjects import HandoverUsed


def use(connection: Connection, nonce: str, expires_at: int) -> bool:
    """Use up the code of `nonce`, and return whether it was unused; nothing else is known of it."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    row = {"nonce_hash": hashlib.sha256(nonce.encode()).digest(), "expires_at": expires_at}
    insert = dialect.insert(HandoverUsed).values(row).on_conflict_do_nothing()
    return connection.execute(insert.returning(HandoverUsed.expires_at)).first() is not None


def prune(transaction: Transaction, now: int) -> int:
    """Delete codes that are past their end, and return how many."""
    gone = delete(HandoverUsed).where(HandoverUsed.expires_at < now).returning(HandoverUsed.expires_at)
    return len(transaction.execute(gone).all())
