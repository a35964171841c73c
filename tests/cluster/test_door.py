"""Where HAProxy sends visitors while the database is down."""

import pytest

from cluster.nodes import PORT
from cluster.whole import Cluster
from tests.operating.service import DECISION, Service
from tests.polling import wait_for

pytestmark = [pytest.mark.long, pytest.mark.server, pytest.mark.postgres, pytest.mark.timeout(900)]


def test_a_node_that_started_without_the_database_decides_for_nobody(cluster: Cluster) -> None:
    address, _, port = cluster.frontends[0].rpartition(":")
    frontend = Service(cluster.folder, int(port), {}, address)
    nodes = [Service(cluster.folder, PORT, {}, node.machine.address) for node in cluster.nodes]
    for member in cluster.members:
        member.kill_database()
    wait_for(lambda: [node.ask("/readyz").status for node in nodes] == [503, 503])
    assert {frontend.ask(DECISION).status for _ in range(20)} == {200}
    cluster.nodes[1].service.stop()
    cluster.nodes[1].service.start()
    wait_for(lambda: starting(nodes[1]))
    assert nodes[1].ask(DECISION).status == 503
    wait_for(lambda: state(cluster, "node2") == "DOWN")
    # It answers but has nothing in memory, so the other node makes all decisions.
    assert {frontend.ask(DECISION).status for _ in range(20)} == {200}
    for member in cluster.members:
        member.patroni.start()
    cluster.wait_for_databases()
    cluster.wait_for_nodes()
    wait_for(lambda: state(cluster, "node2") == "UP")
    assert nodes[1].ask("/healthz").json == {"status": "ok"}
    wait_for(lambda: frontend.choose().status == 201)


def starting(node: Service) -> bool:
    """Return whether a node answers but hasn't read anything yet."""
    try:
        return bool(node.ask("/healthz").json["status"] == "starting")
    except OSError:
        return False


def state(cluster: Cluster, server: str) -> str:
    """Return the state that HAProxy reports for a node in the backend of nodes that decide from memory."""
    rows = [line.split(",") for line in cluster.nodes[0].tell_haproxy("show stat").splitlines()]
    head = rows[0]
    [found] = [row for row in rows if row[:2] == ["alive", server]]
    return found[head.index("status")].split()[0]
