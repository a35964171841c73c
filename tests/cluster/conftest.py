"""A cluster on the loopback network."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from cluster.machines import on_loopback
from cluster.whole import Cluster, running


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """Run a cluster; each module has its own, since tests damage it."""
    machines = on_loopback()
    with tempfile.TemporaryDirectory(prefix="cluster-", ignore_cleanup_errors=True) as name:
        nodes = [machines[name].address for name in ("node1", "node2")]
        frontends = (f"{nodes[0]}:8081", f"{nodes[1]}:8081")
        changes = {"BACKUPS": str(Path(name) / "backups")}
        made = Cluster(Path(name), machines, frontends, f"http://{frontends[0]}", changes=changes)
        with running(made):
            yield made
