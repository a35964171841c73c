"""`consent doctor` on a node of a healthy cluster, and of clusters broken in each way that a node can detect."""

import pytest

from cluster.nodes import PORT
from cluster.whole import Cluster, status
from consent.storage.database.engine import make_engine
from tests.cluster.consent_command import consent
from tests.full_disk_trigger import FILL
from tests.operating.service import Service
from tests.polling import wait_for

pytestmark = [pytest.mark.long, pytest.mark.server, pytest.mark.postgres, pytest.mark.timeout(900)]


def test_a_healthy_cluster_is_well_on_both_nodes(cluster: Cluster) -> None:
    for number in range(2):
        said = consent(cluster, number, "doctor")
        assert "FAIL" not in said
        assert "2 processes are running" in said


def test_a_node_with_another_secret_names_the_file_and_takes_no_choices(cluster: Cluster) -> None:
    node = cluster.nodes[1]
    secret = node.instance / "keys" / "secret.key"
    right = secret.read_text("utf-8")
    secret.write_text("0f1e2d3c4b5a6978" * 4 + "\n", "utf-8")
    restart(cluster)
    wait_for_status(cluster, 503)
    said = consent(cluster, 1, "doctor", code=1)
    assert "FAIL nodes: keys/secret.key differs from that of" in said
    assert "copy it from there." in said
    service = Service(cluster.folder, PORT, {}, node.machine.address)
    assert service.choose().status == 503
    secret.write_text(right, "utf-8")
    restart(cluster)
    cluster.wait_for_nodes()
    assert "FAIL" not in consent(cluster, 1, "doctor")


def test_an_address_where_no_database_is_gets_the_reason(cluster: Cluster) -> None:
    environ = cluster.nodes[1].folder / ".env"
    right = environ.read_text("utf-8")
    [url] = [line for line in right.splitlines() if line.startswith("CONSENT_DATABASE_URL=")]
    environ.write_text(right.replace(url, url.replace(":5432", ":5999")), "utf-8")
    said = consent(cluster, 1, "doctor", code=1)
    assert "FAIL database: It does not respond" in said
    assert cluster.values["DATABASE_PASSWORD"] not in said
    environ.write_text(right, "utf-8")


def test_without_a_standby_choices_are_refused_and_without_a_database_it_says_so(cluster: Cluster) -> None:
    nodes = [Service(cluster.folder, PORT, {}, node.machine.address) for node in cluster.nodes]
    frontend = nodes[0]
    leader = cluster.member("leader")
    for member in cluster.members:
        if member is not leader:
            member.kill_database()
    # Each node finds out through a choice.
    wait_for(lambda: [node.choose().status for node in nodes] == [503, 503])
    wait_for(lambda: [node.ask("/readyz").status for node in nodes] == [503, 503])
    said = consent(cluster, 0, "doctor", code=1)
    assert "FAIL service: Choices cannot be stored: The database does not answer" in said
    leader.kill_database()
    said = consent(cluster, 0, "doctor", code=1)
    assert "FAIL database: It does not respond" in said
    for member in cluster.members:
        member.patroni.start()
    cluster.wait_for_databases()
    wait_for(lambda: frontend.choose().status == 201)
    cluster.wait_for_nodes()
    assert "FAIL" not in consent(cluster, 0, "doctor")


def test_after_a_full_disk_a_node_without_choices_learns_of_the_other_that_there_is_room(cluster: Cluster) -> None:
    first, second = (Service(cluster.folder, PORT, {}, node.machine.address) for node in cluster.nodes)
    engine = make_engine(cluster.settings.database)
    with engine.begin() as connection:
        connection.exec_driver_sql(FILL)
    wait_for(lambda: [one.choose().status for one in (first, second)] == [503, 503])
    assert [one.ask("/readyz").status for one in (first, second)] == [503, 503]
    for number in range(2):
        said = consent(cluster, number, "doctor", code=1)
        assert "FAIL service: Choices cannot be stored: The disk of the database is full." in said
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER full_disk ON receipt_key")
    engine.dispose()
    wait_for(lambda: first.choose().status == 201)
    # HAProxy sends all choices to the node that is ready.
    wait_for(lambda: (first.choose().status, second.ask("/readyz").status) == (201, 200))
    cluster.wait_for_nodes()


def restart(cluster: Cluster) -> None:
    """Restart the second node, so that it reads its keys again."""
    service = cluster.nodes[1].service
    service.stop()
    service.start()


def wait_for_status(cluster: Cluster, wanted: int) -> None:
    address = f"{cluster.nodes[1].machine.address}:{PORT}"
    wait_for(lambda: status(address, "/readyz") == wanted)
