"""Linux network namespace that resolves every name to this machine, so no real third party is reached."""

import os
import socketserver
import struct
import subprocess
import sys
import threading
from pathlib import Path

ADDRESS = "11.0.0.1"
"""The address of every name: browsers and servers consider it public, but it exists in this namespace only."""
INSIDE = "BENCH_WEBSITES_INSIDE"
RESOLVER = Path("/etc/resolv.conf")
POLICIES = (Path("/etc/chromium"), Path("/etc/chromium-browser"), Path("/etc/opt/chrome"))
"""The policy folders of Chromium on Debian and Ubuntu, and of Chrome."""


class NoNamespace(Exception):
    """Raised if the machine doesn't allow a namespace; the message says in one sentence what to do."""


def is_inside() -> bool:
    """Return whether this process already runs in the namespace."""
    return INSIDE in os.environ


def run_inside(module: str, arguments: list[str]) -> int:
    """Run `python -m MODULE ARGUMENTS` in a new namespace and return its exit code. Raises NoNamespace."""
    unshare = ["unshare", "--net", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    if not _works([*unshare, "true"]):
        raise NoNamespace("bench-websites takes a network of its own: run it as root, or allow user namespaces.")
    command = [*unshare, sys.executable, "-m", module, *arguments]
    return subprocess.run(command, env=os.environ | {INSIDE: "1"}, check=False).returncode


def _works(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def settle_in(folder: Path, policy: str) -> None:
    """Set up the namespace's address, resolver, and Chromium policy; `folder` is for their files.

    Raises NoNamespace.
    """
    found = next((place for place in POLICIES if place.is_dir()), None)
    if found is None:
        raise NoNamespace(f"Chromium has no folder for policies: one of {', '.join(map(str, POLICIES))} must be there.")
    managed = folder / "chromium" / "policies" / "managed"
    managed.mkdir(parents=True)
    (managed / "bench.json").write_text(policy)
    subprocess.run(["mount", "--bind", str(folder / "chromium"), str(found)], check=True)
    for command in (["ip", "link", "set", "lo", "up"], ["ip", "address", "add", f"{ADDRESS}/32", "dev", "lo"]):
        subprocess.run(command, check=True)
    own = folder / "resolv.conf"
    own.write_text(f"nameserver {ADDRESS}\n")
    subprocess.run(["mount", "--bind", str(own), str(RESOLVER.resolve())], check=True)
    server = socketserver.ThreadingUDPServer((ADDRESS, 53), _Names)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()


class _Names(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        """Answer one DNS question."""
        data, socket = self.request
        socket.sendto(answer(data), self.client_address)


def answer(question: bytes) -> bytes:
    """Return the response to a DNS question (RFC 1035): our address for A records, nothing for other types."""
    end = question.index(0, 12) + 5
    kind = struct.unpack("!H", question[end - 4 : end - 2])[0]
    record = b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 60, 4) + bytes(map(int, ADDRESS.split(".")))
    records = record if kind == 1 else b""
    return question[:2] + struct.pack("!HHHHH", 0x8580, 1, bool(records), 0, 0) + question[12:end] + records
