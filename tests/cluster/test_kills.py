"""`make cluster-test`: parts of a cluster are killed, cut off and stopped, one by one, while 64 visitors choose.

After each failure, everything acknowledged exists exactly once and is proved, and the tree has only grown.
"""

import contextlib
import itertools
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from cluster.machines import in_namespaces, on_loopback, why_no_namespaces
from cluster.whole import Cluster, ask, running
from consent.storage.database.engine import make_engine
from tests.cluster.failures import HARMS, Harm
from tests.cluster.load import WRITERS, Load, Served, served
from tests.deploy.files import is_there, named_metrics
from tests.hammer.checks import check, wait_for_the_log
from tests.operating.service import Service

pytestmark = [pytest.mark.long, pytest.mark.server, pytest.mark.postgres, pytest.mark.timeout(1800)]

BEFORE_S, GOOD_S, MOST_S = 3.0, 6.0, 180.0
HEAD = f"{'':36}{'choices':>24}{'decisions, scripts':>28}{'log':>8}"
COLUMNS = (36, 10, 7, 7, 14, 9, 5, 8, 10)
NAMES = ("seconds", "degraded", "none", "bad", "degraded", "slowest", "bad", "still", "receipts")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """Run a cluster on machines that can be cut off, or on the loopback network if that isn't possible."""
    reason = why_no_namespaces()
    with (
        contextlib.nullcontext(on_loopback()) if reason else in_namespaces() as machines,
        tempfile.TemporaryDirectory(prefix="cluster-", ignore_cleanup_errors=True) as folder,
    ):
        nodes = [machines[name].address for name in ("node1", "node2")]
        frontends = (f"{nodes[0]}:8081", f"{nodes[1]}:8081")
        made = Cluster(Path(folder), machines, frontends, "http://127.0.0.1:8081")
        with running(made):
            yield made


@pytest.fixture(scope="module")
def witness(cluster: Cluster) -> Iterator["Witness"]:
    """Collect what visitors were told during all failures, and print the table at the end."""
    made = Witness(cluster)
    yield made
    made.engine.dispose()
    print_lines("", f"{os.cpu_count()} cores", HEAD, line(*NAMES), *made.rows)


class Witness:
    """What visitors have been told since the cluster started, and a table row for each failure."""

    def __init__(self, cluster: Cluster) -> None:
        address, _, port = cluster.frontends[0].rpartition(":")
        environ = {"CONSENT_INSTANCE": str(cluster.nodes[0].instance)}
        self.frontend = Service(cluster.folder, int(port), environ, address)
        self.engine: Engine = make_engine(cluster.settings.database)
        self.acknowledged: dict[str, tuple[str, str]] = {}
        self.notes: list[str] = []
        self.rows: list[str] = []

    def add(self, load: Load) -> int:
        """Add what the visitors of one load were told, and return the number of new choices."""
        assert [fault for visitor in load.visitors for fault in visitor.seen.faults] == []
        before = len(self.acknowledged)
        for visitor in load.visitors:
            self.acknowledged |= visitor.seen.receipts
        self.notes += load.keeper.notes
        return len(self.acknowledged) - before


def test_a_healthy_cluster_has_every_metric_that_rules_and_dashboard_name(cluster: Cluster) -> None:
    ports = {"haproxy": 8405, "patroni": 8008, "etcd": 2379}
    for program, port in ports.items():
        machines = [one.machine for one in (cluster.nodes if program == "haproxy" else cluster.members)]
        found = b"".join(ask(f"{machine.address}:{port}", "/metrics")[1] for machine in machines).decode()
        assert [name for name in sorted(named_metrics()[program]) if not is_there(name, found)] == []


@pytest.mark.parametrize("harm", HARMS, ids=lambda harm: harm.do.__name__)
def test_nothing_acknowledged_is_lost_or_doubled(
    cluster: Cluster, witness: Witness, tmp_path: Path, harm: Harm
) -> None:
    if harm.needs_network and (reason := why_no_namespaces()):
        pytest.skip(reason)
    load = Load(witness.frontend)
    time.sleep(BEFORE_S)
    since = time.monotonic()
    mend = harm.do(cluster, witness.engine)
    load.wait_until_good(since, GOOD_S, MOST_S)
    # Recovery must not disturb anything either.
    mend()
    cluster.wait_for_databases()
    cluster.wait_for_nodes()
    load.wait_until_good(time.monotonic(), GOOD_S / 2, MOST_S)
    load.end()
    count = witness.add(load)
    writes, reads = served(load.writes, since), served(load.reads, since)
    witness.rows.append(row(harm, writes, reads, stood_still(load, since), count))
    print_lines("", witness.rows[-1])
    assert count > WRITERS
    wait_for_the_log(witness.engine)
    instances = [node.instance for node in cluster.nodes]
    check(witness.frontend, witness.engine, tmp_path, set(witness.acknowledged.values()), witness.notes, instances)


def print_lines(*lines: str) -> None:
    sys.stdout.write("\n".join([*lines, ""]))
    sys.stdout.flush()


def stood_still(load: Load, since: float) -> float:
    """Return the longest time without a new checkpoint, in seconds."""
    times = [since, *(seen for seen in load.keeper.times if seen >= since)]
    return max((later - earlier for earlier, later in itertools.pairwise(times)), default=0.0)


def row(harm: Harm, writes: Served, reads: Served, still: float, count: int) -> str:
    """Return a line of the table."""
    choices = (f"{writes.degraded:.1f}", f"{writes.away:.1f}", f"{writes.bad:,}")
    pages = (f"{reads.degraded:.1f}", f"{reads.slowest:.2f}", f"{reads.bad:,}")
    return line(harm.name, *choices, *pages, f"{still:.1f}", f"{count:,}")


def line(name: str, *figures: str) -> str:
    first, *others = COLUMNS
    return f"{name:{first}}" + "".join(f"{figure:>{width}}" for figure, width in zip(figures, others, strict=True))
