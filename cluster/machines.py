"""Five simulated machines of a cluster: loopback addresses, or network namespaces that can be partitioned."""

import contextlib
import ctypes
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from deploy.fill import MACHINES

CLONE_NEWNET = 0x40000000
NETWORK = "10.99.0"
"""The network of the namespaces; it never appears on the host's own network."""


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine: its address, an address that only it uses, and the network namespace of its processes, if any."""

    name: str
    address: str
    local: str
    namespace: str = ""

    @property
    def enter(self) -> list[str]:
        """Return the prefix of commands that run on this machine."""
        return ["ip", "netns", "exec", self.namespace] if self.namespace else []

    def cut_off(self) -> None:
        """Disconnect the machine from the network without closing connections."""
        _ip("-n", self.namespace, "link", "set", "eth0", "down")

    def reconnect(self) -> None:
        """Reconnect the machine to the network."""
        _ip("-n", self.namespace, "link", "set", "eth0", "up")


def on_loopback() -> dict[str, Machine]:
    """Return machines that are addresses in 127.0.0.0/8: each has all ports to itself."""
    # Practically unique to this process, so that two clusters can run side by side.
    net = f"127.{os.getpid() % 200 + 50}.{os.getpid() // 200 % 256}"
    numbers = dict(zip(MACHINES, (11, 12, 13, 21, 22), strict=True))
    return {name: Machine(name, f"{net}.{number}", f"{net}.{number}") for name, number in numbers.items()}


def why_no_namespaces() -> str:
    """Return why network namespaces can't be used here, or "" if they can."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    try:
        _ip("netns", "add", name := f"try-{os.getpid()}")
        _ip("netns", "delete", name)
    except (OSError, subprocess.CalledProcessError) as fault:
        return f"`ip netns add` does not work here ({fault})"
    return ""


@contextlib.contextmanager
def in_namespaces() -> Iterator[dict[str, Machine]]:
    """Yield machines that are network namespaces, on a bridge in another one; no interface leads out of them.

    Meanwhile this thread, with all threads that it starts, is on the first node: only nodes may query the database.
    """
    hub = f"hub-{os.getpid()}"
    numbers = dict(zip(MACHINES, (11, 12, 13, 21, 22), strict=True))
    found = {
        name: Machine(name, f"{NETWORK}.{number}", "127.0.0.1", f"{name}-{os.getpid()}")
        for name, number in numbers.items()
    }
    try:
        _make_hub(hub)
        for machine in found.values():
            _add(machine, hub)
        with _in_namespace(found["node1"].namespace):
            yield found
    finally:
        for name in (hub, *(machine.namespace for machine in found.values())):
            subprocess.run(["ip", "netns", "delete", name], stderr=subprocess.DEVNULL, check=False)


def _make_hub(hub: str) -> None:
    _ip("netns", "add", hub)
    _ip("-n", hub, "link", "set", "lo", "up")
    _ip("-n", hub, "link", "add", "bridge", "type", "bridge")
    _ip("-n", hub, "link", "set", "bridge", "up")


def _add(machine: Machine, hub: str) -> None:
    _ip("netns", "add", machine.namespace)
    _ip("-n", machine.namespace, "link", "set", "lo", "up")
    pair = ("link", "add", machine.name, "type", "veth", "peer", "name", "eth0", "netns", machine.namespace)
    _ip("-n", hub, *pair)
    _ip("-n", hub, "link", "set", machine.name, "master", "bridge", "up")
    _ip("-n", machine.namespace, "address", "add", f"{machine.address}/24", "dev", "eth0")
    _ip("-n", machine.namespace, "link", "set", "eth0", "up")


@contextlib.contextmanager
def _in_namespace(namespace: str) -> Iterator[None]:
    """Move this thread to `namespace` (setns(2)) until the block ends."""
    with Path("/proc/thread-self/ns/net").open("rb") as before, Path(f"/run/netns/{namespace}").open("rb") as there:
        _setns(there.fileno())
        try:
            yield
        finally:
            _setns(before.fileno())


def _setns(descriptor: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(descriptor, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)
