"""Posts to the operator's addresses: redirects aren't followed, wherever they lead."""

import socket
from collections.abc import Iterator
from contextlib import closing, suppress
from threading import Event, Lock, Thread
from typing import Any

import pytest
from flask import Flask, Response, request

from consent.outbound.no_redirects import open_without_redirects
from consent.outbound.webhook import post_json, post_text
from tests.wsgi_server import serving

pytestmark = pytest.mark.attack
REDIRECTS = (301, 302, 303, 307, 308)


@pytest.fixture(scope="module")
def heard() -> list[str]:
    """Return the list of requested paths."""
    return []


@pytest.fixture(scope="module")
def receiver(heard: list[str]) -> Iterator[str]:
    """Run a receiver that redirects whoever posts to it."""
    app, lock = Flask("receiver"), Lock()

    @app.route("/<path:path>", methods=["GET", "POST"])
    def answer(path: str) -> Any:
        with lock:
            heard.append(path)
        status, _, where = path.partition("/")
        return Response(status=int(status), headers={"Location": f"{request.host_url}{where}"})

    with serving(app) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.mark.parametrize("status", REDIRECTS)
def test_no_redirect_is_followed_into_the_own_network(receiver: str, heard: list[str], status: int) -> None:
    heard.clear()
    assert post_json(f"{receiver}/{status}/204/secret", {"kind": "test"}) == f"it returned {status}"
    assert post_text(f"{receiver}/{status}/204/secret", "checkpoint").status == status
    assert heard == [f"{status}/204/secret"] * 2


def test_a_redirect_to_a_file_or_another_scheme_is_an_answer_like_others() -> None:
    app = Flask("receiver")

    @app.post("/<scheme>")
    def answer(scheme: str) -> Any:
        return Response(status=302, headers={"Location": f"{scheme}:///etc/passwd"})

    with serving(app) as port:
        for scheme in ("file", "ftp", "gopher"):
            assert post_json(f"http://127.0.0.1:{port}/{scheme}", {}) == "it returned 302"


@pytest.mark.slow
@pytest.mark.parametrize("begin", [b"", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n"])
def test_a_response_that_arrives_byte_by_byte_ends_with_the_timeout(begin: bytes) -> None:
    """In the library each byte restarts the time-out, which would block the thread and everyone waiting for it."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        dripping = Thread(target=drip, args=(server, begin), daemon=True)
        dripping.start()
        with pytest.raises(TimeoutError), open_without_redirects(address_of(server), timeout=0.5) as answer:
            answer.read()
    dripping.join(20)
    assert not dripping.is_alive()


def address_of(server: socket.socket) -> str:
    return f"http://127.0.0.1:{server.getsockname()[1]}/"


def drip(server: socket.socket, begin: bytes) -> None:
    """Answer with `begin` and then a letter every 50 ms, until the other side is gone, for at most 15 s."""
    connection, _ = server.accept()
    with connection, suppress(OSError):
        connection.recv(4096)
        connection.sendall(begin)
        for _ in range(300):
            connection.sendall(b"H")
            Event().wait(0.05)
