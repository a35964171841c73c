"""Failures of a cluster and how to repair them: one function for each failure."""

import time
from collections.abc import Callable
from typing import NamedTuple

from sqlalchemy import Engine

from cluster.nodes import Node
from cluster.whole import Cluster
from consent.storage.database.advisory_locks import SEQUENCER

STOPPED_S = 60.0

Mend = Callable[[], object]


class Harm(NamedTuple):
    """A failure: its name in the table, and a function that causes it and returns the repair."""

    name: str
    do: Callable[[Cluster, Engine], Mend]
    needs_network: bool = False


def kill_node(cluster: Cluster, _engine: Engine) -> Mend:
    node = cluster.nodes[1]
    node.service.kill()
    return node.service.start


def kill_sequencer(cluster: Cluster, engine: Engine) -> Mend:
    node = holder(cluster, engine)
    node.service.kill()
    return node.service.start


def kill_primary(cluster: Cluster, _engine: Engine) -> Mend:
    member = cluster.member("leader")
    member.kill_database()
    return member.patroni.start


def kill_standby(cluster: Cluster, _engine: Engine) -> Mend:
    member = cluster.member("quorum_standby")
    member.kill_database()
    return member.patroni.start


def kill_etcd(cluster: Cluster, _engine: Engine) -> Mend:
    """Kill the etcd member next to the primary."""
    member = cluster.member("leader")
    member.etcd.kill()
    return member.etcd.start


def cut_off_node(cluster: Cluster, _engine: Engine) -> Mend:
    machine = cluster.nodes[1].machine
    machine.cut_off()
    return machine.reconnect


def cut_off_primary(cluster: Cluster, _engine: Engine) -> Mend:
    """Cut off the primary's machine: connections to it stay open, but nothing answers."""
    machine = cluster.member("leader").machine
    machine.cut_off()
    return machine.reconnect


def stop_databases(cluster: Cluster, _engine: Engine) -> Mend:
    """Stop PostgreSQL on all machines, and start it again after a minute."""
    for member in cluster.members:
        member.patroni.tell_to_stop()
    for member in cluster.members:
        member.patroni.stop()
    time.sleep(STOPPED_S)
    for member in cluster.members:
        member.patroni.start()
    return lambda: None


def holder(cluster: Cluster, engine: Engine) -> Node:
    """Return the node whose sequencer currently holds the lock."""
    query = (
        "SELECT host(client_addr) FROM pg_locks JOIN pg_stat_activity USING (pid)"
        f" WHERE locktype = 'advisory' AND granted AND (classid::bigint << 32 | objid::bigint) = {SEQUENCER}"
    )
    until = time.monotonic() + 60
    with engine.connect() as connection:
        while time.monotonic() < until:
            address = connection.exec_driver_sql(query).scalar()
            connection.rollback()
            for node in cluster.nodes:
                if node.machine.address == address:
                    return node
    raise AssertionError("nobody sequences")


HARMS = (
    Harm("a service node is killed", kill_node),
    Harm("the node that sequences is killed", kill_sequencer, needs_network=True),
    Harm("the primary is killed", kill_primary),
    Harm("a standby is killed", kill_standby),
    Harm("an etcd member is killed", kill_etcd),
    Harm("a node is cut off", cut_off_node, needs_network=True),
    Harm("the primary's machine is cut off", cut_off_primary, needs_network=True),
    Harm("the database stops for 60 s", stop_databases),
)
