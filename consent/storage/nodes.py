"""The processes that serve: each tells now and then that it is there, and sees the others."""

import time
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, insert, select, update

from consent.storage.base import Transaction
from consent.storage.node_models import Node

TOLD_EVERY_S = 5.0
"""So often a node tells that it is there."""
LIVE_S = 30
"""A node that was not heard of for so long has ended, or is cut off."""
KEPT_S = 86400


class NodeFacts(NamedTuple):
    """What a node tells of itself; see the model."""

    id: str
    host: str
    version: str
    revision: str
    receipt_key: str
    log_key: str
    secret: str
    started: int
    seen: int
    ahead: int


def clock_of(connection: Connection) -> float:
    """Return the time of the database in unix seconds; that of SQLite is this machine's."""
    if connection.dialect.name == "sqlite":
        return time.time()
    return float(connection.exec_driver_sql("SELECT extract(epoch FROM clock_timestamp())").scalar_one())


def tell(transaction: Transaction, facts: NodeFacts) -> None:
    """Keep what a node tells of itself, and forget nodes that ended long ago."""
    told = update(Node).where(Node.id == facts.id).values(seen=facts.seen, ahead=facts.ahead)
    done: Any = transaction.execute(told)
    if not done.rowcount:
        transaction.execute(delete(Node).where(Node.seen < facts.seen - KEPT_S))
        transaction.execute(insert(Node).values(facts._asdict()))


def leave(transaction: Transaction, node_id: str) -> None:
    """Forget a node that ends in order."""
    transaction.execute(delete(Node).where(Node.id == node_id))


def live(transaction: Transaction, now: int) -> list[NodeFacts]:
    """Return the nodes that were heard of lately, the one that runs for longest first; `now` is the database's."""
    columns = [getattr(Node, name) for name in NodeFacts._fields]
    query = select(*columns).where(Node.seen > now - LIVE_S).order_by(Node.started, Node.id)
    return [NodeFacts(*row) for row in transaction.execute(query)]
