"""Queries for used hand-over codes: each code can grant something once."""

import hashlib

from sqlalchemy import Connection, delete, text

from consent.storage.database.base import Transaction
from consent.storage.tables.subjects import HandoverUsed

_USE = text(
    "INSERT INTO handover_used (nonce_hash, expires_at) VALUES (:nonce_hash, :expires_at)"
    " ON CONFLICT DO NOTHING RETURNING expires_at"
)


def use(connection: Connection, nonce: str, expires_at: int) -> bool:
    """Use up the code with `nonce`, and return whether it was unused; nothing else about it is stored."""
    row = {"nonce_hash": hashlib.sha256(nonce.encode()).digest(), "expires_at": expires_at}
    return connection.execute(_USE, row).first() is not None


def prune(transaction: Transaction, now: int) -> int:
    """Delete expired codes, and return how many."""
    gone = delete(HandoverUsed).where(HandoverUsed.expires_at < now).returning(HandoverUsed.expires_at)
    return len(transaction.execute(gone).all())
