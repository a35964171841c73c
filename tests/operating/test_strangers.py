"""What strangers do with connections: send nothing, send an endless head, or don't read the response."""

import http.client
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from tests.operating.long_answer import CHUNK, CHUNKS
from tests.operating.service import DECISION, ROOT, Service, free_port, is_waiting
from tests.polling import wait_for

pytestmark = [pytest.mark.attack, pytest.mark.extended]

IDLE = 1500
"""Connections; granian's default limit is 1,024."""
TAKEN_AT_MOST = 16_000_000


def test_idle_connections_block_nobody(service: Service) -> None:
    service.start()
    with _many_files(IDLE + 500), ExitStack() as stack:
        idle = [
            stack.enter_context(closing(socket.create_connection(("127.0.0.1", service.port), timeout=60)))
            for _ in range(IDLE)
        ]
        assert (service.ask(DECISION).status, service.ask("/login").status) == (200, 200)
        assert all(is_waiting(one) for one in idle)


def test_a_head_without_an_end_is_refused_and_names_of_headers_are_not_remembered(service: Service) -> None:
    service.start()
    assert service.ask(DECISION, **{"X_Long": "x" * 60_000}).status == 200
    assert service.ask(DECISION, **{"X_Long": "x" * 200_000}).status == 431
    worker = service.tree()[-1]
    before = _memory_mb(worker)
    for number in range(600):
        assert service.ask(DECISION, **{f"X{number}" + "x" * 60_000: "1"}).status == 200
    assert _memory_mb(worker) - before < 36


def test_a_long_answer_is_made_no_faster_than_the_client_takes_it() -> None:
    port = free_port()
    command = ["-m", "granian", "--interface", "asginl", "--factory", "--port", str(port), "--no-ws"]
    with subprocess.Popen([sys.executable, *command, "tests.operating.long_answer:create"], cwd=ROOT) as server:
        try:
            wait_for(lambda: _made(port) == 0)
            with closing(_asking_at(port, "/")) as connection:
                taken = len(connection.recv(65536))
                wait_for(lambda: _has_stopped(port))
                assert _made(port) < TAKEN_AT_MOST
                while part := connection.recv(1 << 20):
                    taken += len(part)
            assert taken > CHUNKS * len(CHUNK)
            with closing(_asking_at(port, "/")) as connection:
                connection.recv(65536)
            wait_for(lambda: _has_stopped(port))
            assert _made(port) < CHUNKS * len(CHUNK) + TAKEN_AT_MOST
        finally:
            server.terminate()


@contextmanager
def _many_files(count: int) -> Iterator[None]:
    """Allow this process `count` open files."""
    before, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(before, count), most))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (before, most))


def _memory_mb(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) // 1000


def _made(port: int) -> int | None:
    """Return how many bytes of the long responses exist so far, or None if the server isn't up yet."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    with closing(connection):
        try:
            connection.request("GET", "/made")
        except ConnectionRefusedError:
            return None
        return int(connection.getresponse().read())


def _has_stopped(port: int) -> bool:
    before = _made(port)
    time.sleep(0.3)
    return _made(port) == before


def _asking_at(port: int, path: str) -> socket.socket:
    """Request `path` on a connection that receives little at a time and closes after the response."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.settimeout(60)
    connection.connect(("127.0.0.1", port))
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    return connection
