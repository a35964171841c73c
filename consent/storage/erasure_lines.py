"""The list of erasures within the database, by which the lists that nodes keep outside it become one."""

from sqlalchemy import func, insert, select

from consent.storage.base import Transaction
from consent.storage.models import ErasureLine

OVERLAP = 200
"""Numbers that are looked at once more: a transaction may end after one with a higher number."""


def add(transaction: Transaction, site: str, line: str) -> None:
    """Keep a line for the other nodes, in the transaction of its erasure."""
    transaction.execute(insert(ErasureLine).values(site=site, line=line))


def newest(transaction: Transaction) -> int:
    """Return the number of the newest line, or 0."""
    return transaction.execute(select(func.max(ErasureLine.id))).scalar_one() or 0


def behind(transaction: Transaction, number: int) -> dict[str, list[str]]:
    """Return the lines behind that number, and some before it, by the key of their site."""
    query = select(ErasureLine.site, ErasureLine.line).where(ErasureLine.id > number - OVERLAP).order_by(ErasureLine.id)
    found: dict[str, list[str]] = {}
    for site, line in transaction.execute(query):
        found.setdefault(site, []).append(line)
    return found
