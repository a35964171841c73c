"""Queries of hand-over codes that have granted something: each grants once."""

import hashlib

from sqlalchemy import Connection, delete, text

from consent.storage.database.base import Transaction
from consent.storage.tables.subjects import HandoverUsed

_USE = text(
    "INSERT INTO handover_used (nonce_hash, expires_at) VALUES (:nonce_hash, :expires_at)"
    " ON CONFLICT DO NOTHING RETURNING expires_at"
)


def use(connection: Connection, nonce: str, expires_at: int) -> bool:
    """Use up the code of `nonce`, and return whether it was unused; nothing else is known of it."""
    row = {"nonce_hash": hashlib.sha256(nonce.encode()).digest(), "expires_at": expires_at}
    return connection.execute(_USE, row).first() is not None


def prune(transaction: Transaction, now: int) -> int:
    """Delete codes that are past their end, and return how many."""
    gone = delete(HandoverUsed).where(HandoverUsed.expires_at < now).returning(HandoverUsed.expires_at)
    return len(transaction.execute(gone).all())
