"""Whom HAProxy sends visitors to while the database is away."""

import pytest

from cluster.nodes import PORT
from cluster.whole import Cluster
from tests.operating.service import DECISION, Service
from tests.polling import wait_for

pytestmark = [pytest.mark.long, pytest.mark.server, pytest.mark.postgres, pytest.mark.timeout(900)]


def test_a_node_that_started_without_the_database_decides_for_nobody(cluster: Cluster) -> None:
    address, _, port = cluster.doors[0].rpartition(":")
    door = Service(cluster.folder, int(port), {}, address)
    nodes = [Service(cluster.folder, PORT, {}, node.machine.address) for node in cluster.nodes]
    for member in cluster.members:
        member.kill_database()
    wait_for(lambda: [node.ask("/readyz").status for node in nodes] == [503, 503])
    assert {door.ask(DECISION).status for _ in range(20)} == {200}
    cluster.nodes[1].service.stop()
    cluster.nodes[1].service.start()
    wait_for(lambda: starting(nodes[1]))
    assert nodes[1].ask(DECISION).status == 503
    wait_for(lambda: state(cluster, "node2") == "DOWN")
    # It answers, and remembers nothing: the other one decides for all.
    assert {door.ask(DECISION).status for _ in range(20)} == {200}
    for member in cluster.members:
        member.patroni.start()
    cluster.wait_for_databases()
    cluster.wait_for_nodes()
    wait_for(lambda: state(cluster, "node2") == "UP")
    assert nodes[1].ask("/healthz").json == {"status": "ok"}
    wait_for(lambda: door.choose().status == 201)


def starting(node: Service) -> bool:
    """Tell whether a node answers and has read nothing yet."""
    try:
        return bool(node.ask("/healthz").json["status"] == "starting")
    except OSError:
        return False


def state(cluster: Cluster, server: str) -> str:
    """Return what the HAProxy of the door thinks of a node as one that decides from memory."""
    rows = [line.split(",") for line in cluster.nodes[0].tell_haproxy("show stat").splitlines()]
    head = rows[0]
    [found] = [row for row in rows if row[:2] == ["alive", server]]
    return found[head.index("status")].split()[0]
