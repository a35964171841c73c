"""Run the cluster in the foreground, with the demo's shop, until Ctrl-C or SIGTERM: `python -m cluster`."""

import contextlib
import sys
import tempfile
from pathlib import Path

from cluster.machines import on_loopback
from cluster.nodes import PORT
from cluster.programs import Missing
from cluster.whole import Cluster, NotStarted, running
from consent.demo.ports import PortInUseError, Ports, reserve
from consent.demo.processes import stop_signals, threaded
from consent.demo.seed import ADMIN
from consent.demo.shop import create_shop
from consent.demo.vendors import create_vendors

HOST = "127.0.0.1"


def main() -> int:
    """Start everything, print the addresses, wait for a signal, and return the exit code."""
    with contextlib.ExitStack() as stack:
        stopped = stack.enter_context(stop_signals())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cluster-", ignore_cleanup_errors=True)))
        ports, machines = Ports(), on_loopback()
        frontends = (f"{HOST}:{ports.service}", f"{machines['node2'].address}:8081")
        try:
            reserve(HOST, ports.service).close()
            shop, vendors = (stack.enter_context(reserve(HOST, port)) for port in (ports.shop, ports.vendors))
            cluster = Cluster(folder, machines, frontends, f"http://{frontends[0]}", say, stopped=stopped)
            seeded = stack.enter_context(running(cluster))
        except (Missing, NotStarted, PortInUseError) as fault:
            print(fault, file=sys.stderr)
            return 1
        stack.enter_context(threaded(vendors, create_vendors()))
        service, others = cluster.base_url, f"http://{HOST}:{ports.vendors}"
        stack.enter_context(threaded(shop, create_shop(seeded.token, service, others)))
        say(addresses(cluster, ports))
        say(f"Sign in as {ADMIN} with the password {seeded.password}. Ctrl-C stops everything.")
        stopped.wait()
        say("Stopping.")
    return 0


def addresses(cluster: Cluster, ports: Ports) -> str:
    """Return the addresses of everything, one per line."""
    lines = [f"Shop        http://www.shop.localhost:{ports.shop}", f"Dashboard   {cluster.base_url}"]
    for node in cluster.nodes:
        at = node.machine.address
        lines.append(
            f"{node.machine.name}       HAProxy {node.frontend} (metrics {at}:8405), service http://{at}:{PORT}"
        )
        lines.append(f"            database: primary {node.machine.local}:5000, PgBouncer {node.machine.local}:6432")
    for one in cluster.roles():
        at = cluster.machines[one["name"]].address
        lines.append(f"{one['name']}         {one['role']:13} PostgreSQL {at}:5432, Patroni {at}:8008, etcd {at}:2379")
    lines.append(f"Patroni     patronictl -c {cluster.members[0].folder}/patroni.yml list")
    lines.append(f"Files       {cluster.folder}")
    return "\n".join(lines)


def say(sentence: str) -> None:
    """Print a sentence immediately."""
    print(sentence, flush=True)


if __name__ == "__main__":
    sys.exit(main())
