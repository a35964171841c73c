"""Requests with an ambiguous end: what is hidden in one is never answered as its own request, not even behind nginx."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.operating.nginx import NoNginx, running_nginx
from tests.operating.service import DECISION, installed

pytestmark = [pytest.mark.attack, pytest.mark.long]
HOST = "consent.example.com"
HIDDEN = "GET /healthz HTTP/1.1\r\nHost: consent.example.com\r\n\r\n"
CHUNKED = f"{len(HIDDEN):x}\r\n{HIDDEN}\r\n0\r\n\r\n"
FRAMES = {
    "two lengths": (["Content-Length: 0", f"Content-Length: {len(HIDDEN)}"], HIDDEN),
    "lengths in a list": ([f"Content-Length: 0, {len(HIDDEN)}"], HIDDEN),
    "a signed length": ([f"Content-Length: +{len(HIDDEN)}"], HIDDEN),
    "a space before the colon": ([f"Content-Length : {len(HIDDEN)}"], HIDDEN),
    "a length in hex": ([f"Content-Length: 0x{len(HIDDEN):x}"], HIDDEN),
    "chunks, then a length": (["Transfer-Encoding: chunked", "Content-Length: 4"], CHUNKED),
    "a length, then chunks": (["Content-Length: 4", "Transfer-Encoding: chunked"], CHUNKED),
    "an unknown coding": (["Transfer-Encoding: xchunked"], CHUNKED),
    "chunks that are not last": (["Transfer-Encoding: chunked, identity"], CHUNKED),
    "a folded line": (["Transfer-Encoding:", " chunked", "Content-Length: 4"], CHUNKED),
    "a tab": (["Transfer-Encoding:\x0bchunked", "Content-Length: 4"], CHUNKED),
    "a sign in the name": (["Transfer-Encoding\x00: chunked", "Content-Length: 4"], CHUNKED),
}


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, int]]:
    """Run the service with nginx in front, and yield both ports."""
    folder: Path = tmp_path_factory.mktemp("smuggling")
    with installed(folder, CONSENT_TRUSTED_PROXIES="127.0.0.1/32") as service:
        service.start()
        try:
            with running_nginx(folder / "nginx", service) as port:
                yield {"service": service.port, "nginx": port}
        except NoNginx as missing:
            pytest.fail(str(missing), pytrace=False)


@pytest.mark.parametrize("door", ["service", "nginx"])
@pytest.mark.parametrize("name", FRAMES)
def test_a_smuggled_request_gets_no_response(doors: dict[str, int], door: str, name: str) -> None:
    lines, body = FRAMES[name]
    head = [f"POST {DECISION.replace('decision', 'events')} HTTP/1.1", f"Host: {HOST}", *lines, "", ""]
    with socket.create_connection(("127.0.0.1", doors[door]), 60) as connection:
        connection.sendall("\r\n".join(head).encode("latin-1") + body.encode())
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while part := connection.recv(65536):
            answer += part
    assert answer.count(b"HTTP/1.1 ") <= 1, answer
    assert b"HTTP/1.1 200" not in answer
