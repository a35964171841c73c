"""The service as granian runs it: what is in memory is answered on the event loop, and nobody waits there."""

import http.client
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import make_url

from consent.demo.site import KEY
from tests.operating.long_answer import CHUNK, CHUNKS
from tests.operating.service import DECISION, ROOT, Service, free_port, installed
from tests.polling import wait_for
from tests.stalling_proxy import quiet_proxy

AMERICAN = "8.8.8.8"
THREADS = 4
IDLE = 1500
"""Connections; granian takes 1,024 by itself."""
TAKEN_AT_MOST = 16_000_000
SCRIPT = f"/b/{KEY}.js"


def test_who_waits_for_the_database_holds_up_no_decision(tmp_path: Path, ready_postgres_database: str) -> None:
    parsed = make_url(ready_postgres_database)
    with quiet_proxy(Path(str(parsed.query["host"])) / ".s.PGSQL.5432") as proxy:
        url = f"postgresql://{parsed.username}@127.0.0.1:{proxy.port}/{parsed.database}"
        with (
            installed(tmp_path, CONSENT_DATABASE_URL=url, CONSENT_THREADS=str(THREADS)) as service,
            ExitStack() as stack,
        ):
            service.start()
            assert (service.ask(DECISION).status, service.ask(SCRIPT).status) == (200, 200)
            proxy.hush()
            waiting = [
                stack.enter_context(closing(_asking(service, DECISION, f"Authorization: Bearer unknown-{number}")))
                for number in range(THREADS * 3)
            ]
            for _ in range(20):
                assert (service.ask(DECISION).status, service.ask(SCRIPT).status) == (200, 200)
            assert all(_is_waiting(one) for one in waiting)
            proxy.speak()


def test_a_name_with_an_underscore_is_no_header_of_a_proxy(service: Service) -> None:
    service.environ["CONSENT_TRUSTED_PROXIES"] = "127.0.0.1/32"
    service.start()
    places = []
    for name in ("X-Forwarded-For", "X_Forwarded_For", "X_FORWARDED-FOR"):
        with closing(http.client.HTTPConnection("127.0.0.1", service.port, timeout=60)) as connection:
            connection.putrequest("GET", DECISION)
            connection.putheader(name, AMERICAN)
            connection.endheaders()
            body = connection.getresponse().read()
            places.append(b'"country":"US"' in body)
    assert places == [True, False, False]


def test_head_says_what_get_sends_and_both_have_the_length(service: Service) -> None:
    service.start()
    for path in (SCRIPT, DECISION, "/healthz", "/login"):
        head, get = service.ask(path, "HEAD"), service.ask(path)
        assert (head.status, head.body) == (get.status, b"") == (200, b"")
        assert int(get.headers["content-length"]) == len(get.body)
        if "content-length" in head.headers:
            assert head.headers["content-length"] == get.headers["content-length"]


@pytest.mark.attack
def test_many_who_upload_slowly_hold_up_nobody(service: Service) -> None:
    service.environ["CONSENT_THREADS"] = str(THREADS)
    service.start()
    with ExitStack() as stack:
        for _ in range(THREADS * 5):
            lines = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1500000"
            stack.enter_context(closing(_asking(service, "/login", lines, method="POST")))
        with ThreadPoolExecutor(8) as several:
            answers = list(several.map(lambda _: (service.ask("/login").status, service.choose().status), range(16)))
    assert answers == [(200, 201)] * 16


@pytest.mark.attack
def test_connections_on_which_nothing_is_sent_hold_up_nobody(service: Service) -> None:
    service.start()
    with many_files(IDLE + 500), ExitStack() as stack:
        idle = [
            stack.enter_context(closing(socket.create_connection(("127.0.0.1", service.port), timeout=60)))
            for _ in range(IDLE)
        ]
        assert (service.ask(DECISION).status, service.ask("/login").status) == (200, 200)
        assert all(_is_waiting(one) for one in idle)


@pytest.mark.attack
def test_a_head_without_an_end_is_refused_and_names_of_headers_are_not_remembered(service: Service) -> None:
    service.start()
    assert service.ask(DECISION, **{"X_Long": "x" * 60_000}).status == 200
    assert service.ask(DECISION, **{"X_Long": "x" * 200_000}).status == 431
    worker = service.tree()[-1]
    before = _memory_mb(worker)
    for number in range(600):
        assert service.ask(DECISION, **{f"X{number}" + "x" * 60_000: "1"}).status == 200
    assert _memory_mb(worker) - before < 36


@pytest.mark.attack
def test_a_long_answer_is_made_no_faster_than_the_client_takes_it() -> None:
    port = free_port()
    command = ["-m", "granian", "--interface", "rsgi", "--factory", "--port", str(port), "--no-ws"]
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
def many_files(count: int) -> Iterator[None]:
    """Let this process have so many files open."""
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
    """Return how many bytes the long answers are so far, None where nobody answers yet."""
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
    """Request `path` on a connection that takes little at a time and ends with the answer."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.settimeout(60)
    connection.connect(("127.0.0.1", port))
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    return connection


def _asking(service: Service, path: str, lines: str, method: str = "GET") -> socket.socket:
    """Open a connection and send the head of a request."""
    connection = socket.create_connection(("127.0.0.1", service.port), timeout=60)
    connection.sendall(f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n\r\n".encode())
    return connection


def _is_waiting(connection: socket.socket) -> bool:
    connection.setblocking(False)
    try:
        connection.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return True
    return False
