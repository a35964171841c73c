"""Queries for node heartbeats: each process reports itself and lists the others."""

import time
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, insert, select, update

from consent.core.days import DAY_SECONDS
from consent.storage.database.base import Transaction
from consent.storage.tables.operations import Node

HEARTBEAT_SECONDS = 5.0
"""How often a node saves its heartbeat."""
LIVE_SECONDS = 30
"""A node with no heartbeat for this long has ended or is cut off."""
RETENTION_SECONDS = DAY_SECONDS


class NodeFacts(NamedTuple):
    """What a node saves about itself; see the model `Node`."""

    id: str
    host: str
    version: str
    revision: str
    receipt_key: str
    log_key: str
    secret: str
    started_at: int
    heartbeat_at: int
    clock_offset: int


def clock_of(connection: Connection) -> float:
    """Return the database's time in unix seconds; with SQLite it is this machine's."""
    if not has_own_clock(connection):
        return time.time()
    return float(connection.exec_driver_sql("SELECT extract(epoch FROM clock_timestamp())").scalar_one())


def has_own_clock(connection: Connection) -> bool:
    """Return whether the database's clock may differ from this machine's."""
    return connection.dialect.name != "sqlite"


def save_heartbeat(transaction: Transaction, facts: NodeFacts) -> None:
    """Save a node's heartbeat, or add the node and delete those that ended long ago."""
    heartbeat = (
        update(Node).where(Node.id == facts.id).values(heartbeat_at=facts.heartbeat_at, clock_offset=facts.clock_offset)
    )
    done: Any = transaction.execute(heartbeat)
    if not done.rowcount:
        transaction.execute(delete(Node).where(Node.heartbeat_at < facts.heartbeat_at - RETENTION_SECONDS))
        transaction.execute(insert(Node).values(facts._asdict()))


def remove(transaction: Transaction, node_id: str) -> None:
    """Delete a node that shuts down."""
    transaction.execute(delete(Node).where(Node.id == node_id))


def live(transaction: Transaction, now: int) -> list[NodeFacts]:
    """Return the nodes with a recent heartbeat, longest-running first; `now` is the database's time."""
    columns = [getattr(Node, name) for name in NodeFacts._fields]
    query = select(*columns).where(Node.heartbeat_at > now - LIVE_SECONDS).order_by(Node.started_at, Node.id)
    return [NodeFacts(*row) for row in transaction.execute(query)]
