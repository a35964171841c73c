"""The service as granian runs it: what is in memory is answered on the event loop, and nobody waits there."""

import http.client
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from sqlalchemy import make_url

from consent.demo.site import KEY
from tests.operating.service import DECISION, Service, installed
from tests.stalling_proxy import quiet_proxy

AMERICAN = "8.8.8.8"
THREADS = 4
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
