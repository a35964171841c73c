"""Benchmark two nodes against one, and a synchronous standby against none: `python -m cluster.bench`.

The compared setups run in alternating rounds.
"""

import argparse
import base64
import contextlib
import http.client
import json
import os
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import NamedTuple

from bench.load import KEY, Call, generator, run_load
from bench.processes import Server, free_port
from bench.site import DECISION, HOST, RECEIPTS, choice_body, choice_cookie, page_headers
from cluster.machines import on_loopback
from cluster.nodes import Node
from cluster.quota import quotas
from cluster.whole import Cluster, running

SHARE = 0.2
"""Of a core, for each node: little enough to leave load generator, HAProxy and database all they need of two cores."""
SETTLE_S = 2.5
WARM_S = 1.0


class Measure(NamedTuple):
    """One round: responses per second, and the CPU seconds of all nodes per 1,000 responses."""

    per_s: float
    cpu_s: float
    p99_ms: float
    faults: int


def main() -> None:
    """Measure, and print a line for each ratio."""
    parser = argparse.ArgumentParser(prog="python -m cluster.bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4.0, help="of load in each round")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cluster-", ignore_cleanup_errors=True) as folder:
        machines = on_loopback()
        frontends = (f"127.0.0.1:{free_port()}", f"{machines['node2'].address}:8081")
        cluster = Cluster(
            Path(folder), machines, frontends, f"http://{frontends[0]}", lambda sentence: print(sentence, flush=True)
        )
        with running(cluster):
            print(f"{os.cpu_count()} cores for all; load: {generator()}, 64 connections, by HAProxy.", flush=True)
            bench = Bench(cluster, given.rounds, given.seconds)
            bench.nodes("as much as there is")
            with quotas([node.service.pid for node in cluster.nodes], SHARE) as why_not:
                if why_not:
                    print(f"Without a run of nodes that have {SHARE:.0%} of a core each: {why_not}")
                else:
                    bench.nodes(f"{SHARE:.0%} of a core each")
            bench.standbys()


class Bench:
    """A running cluster, and the two requests that are sent to it."""

    def __init__(self, cluster: Cluster, rounds: int, seconds: float) -> None:
        self._cluster, self._rounds, self._seconds = cluster, rounds, seconds
        self._port = int(cluster.frontends[0].rpartition(":")[2])
        headers = {"Host": HOST, "Cookie": choice_cookie(self._port), "Accept-Language": "en-GB,en;q=0.9,de;q=0.7"}
        self._decision = Call(DECISION, headers=headers)
        self._choice = Call(RECEIPTS, "POST", page_headers(), choice_body(self._port, KEY))

    def nodes(self, share: str) -> None:
        """Compare two nodes with one, for decisions and for choices."""

        @contextlib.contextmanager
        def one_node() -> Iterator[None]:
            self._set_second_node("maint")
            try:
                yield
            finally:
                self._set_second_node("ready")

        for name, call in (("decisions", self._decision), ("choices", self._choice)):
            two, one = self._compare(call, contextlib.nullcontext, one_node)
            print(line(f"two nodes / one, {name}, {share}", two, one), flush=True)

    def standbys(self) -> None:
        """Compare choices whose COMMIT waits for a standby with choices whose COMMIT doesn't."""

        @contextlib.contextmanager
        def without() -> Iterator[None]:
            self._set_synchronous_mode("off")
            try:
                yield
            finally:
                self._set_synchronous_mode("quorum")

        sync, alone = self._compare(self._choice, contextlib.nullcontext, without)
        print(line("with a synchronous standby / without", sync, alone), flush=True)

    def _compare(
        self,
        call: Call,
        one: Callable[[], contextlib.AbstractContextManager[None]],
        other: Callable[[], contextlib.AbstractContextManager[None]],
    ) -> tuple[list[Measure], list[Measure]]:
        """Measure both in turn, each time after settling and warming up."""
        found: tuple[list[Measure], list[Measure]] = ([], [])
        for _ in range(self._rounds):
            for measures, state in zip(found, (one, other), strict=True):
                with state():
                    time.sleep(SETTLE_S)
                    run_load(self._port, call, WARM_S)
                    measures.append(self._measure(call))
        return found

    def _measure(self, call: Call) -> Measure:
        servers = [Server(node.service.pid, 0) for node in self._cluster.nodes]
        before = sum(server.cpu_s() for server in servers)
        load = run_load(self._port, call, self._seconds)
        cpu = sum(server.cpu_s() for server in servers) - before
        faults = load.refused + load.broken
        return Measure(load.answers / load.seconds, cpu / max(load.answers, 1) * 1000, load.p99_ms, faults)

    def _set_second_node(self, state: str) -> None:
        """Take the second node out of HAProxy, or put it back."""
        node: Node = self._cluster.nodes[0]
        for backend in ("ready", "alive"):
            with socket.socket(socket.AF_UNIX) as admin:
                admin.connect(str(node.folder / "admin.sock"))
                admin.sendall(f"set server {backend}/node2 state {state}\n".encode())
                admin.recv(1000)

    def _set_synchronous_mode(self, mode: str) -> None:
        """Have Patroni change the mode, and wait until the standbys' roles show it."""
        member = self._cluster.members[0]
        password = member.values["PATRONI_PASSWORD"]
        basic = base64.b64encode(f"patroni:{password}".encode()).decode()
        connection = http.client.HTTPConnection(member.machine.address, 8008, timeout=10)
        with contextlib.closing(connection):
            connection.request(
                "PATCH", "/config", json.dumps({"synchronous_mode": mode}), {"Authorization": f"Basic {basic}"}
            )
            assert connection.getresponse().status == 200
        wanted = "replica" if mode == "off" else "quorum_standby"
        until = time.monotonic() + 60
        while [one["role"] for one in self._cluster.roles()].count(wanted) < 2 and time.monotonic() < until:
            time.sleep(0.5)


def line(name: str, ours: list[Measure], other: list[Measure]) -> str:
    """Return the median of the ratios measured in pairs, the rates, and the nodes' CPU time per 1,000 requests."""
    ratio = median(one.per_s / two.per_s for one, two in zip(ours, other, strict=True))
    rates = " against ".join(f"{median(one.per_s for one in side):,.0f}" for side in (ours, other))
    cpu = " and ".join(f"{median(one.cpu_s for one in side):.3f}" for side in (ours, other))
    p99 = " and ".join(f"{median(one.p99_ms for one in side):.0f}" for side in (ours, other))
    faults = sum(one.faults for one in (*ours, *other))
    return f"{name:52}{ratio:5.2f} x  ({rates}/s; {cpu} s of CPU for 1,000; p99 {p99} ms; {faults} faults)"


if __name__ == "__main__":
    main()
