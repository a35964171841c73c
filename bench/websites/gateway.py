"""TCP and TLS gateway for all hosts of the namespace on ports 443 and 80; `world.py` has the responses."""

import contextlib
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from bench.websites.authority import Authority
from bench.websites.namespace import ADDRESS
from bench.websites.world import SERVICE, Answer, Asked, Request, World

BROKEN = (ConnectionError, ssl.SSLError, TimeoutError)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, world: World, authority: Authority | None) -> None:
        self.world, self.tls = world, _tls(authority) if authority else None
        super().__init__((ADDRESS, port), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log nothing: browsers drop connections at any time."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 120
    server: _Server

    def setup(self) -> None:
        """Speak TLS; in the connection's own thread, since a browser may open one and stay silent."""
        if self.server.tls:
            self.request.settimeout(self.timeout)
            self.request = self.server.tls.wrap_socket(self.request, server_side=True)
        super().setup()

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing."""

    def _handle(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length else b""
        host = self.headers.get("Host", "").partition(":")[0].lower()
        asked = Asked(host, self.path, self.headers.get("Sec-Fetch-Dest", "empty"), self.command)
        with contextlib.suppress(*BROKEN):
            self._send(self.server.world.answer(Request(asked, dict(self.headers.items()), body)))

    do_GET = do_POST = do_HEAD = do_OPTIONS = do_PUT = do_DELETE = _handle

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status != 204:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)


def _tls(authority: Authority) -> ssl.SSLContext:
    def choose(socket: ssl.SSLObject | ssl.SSLSocket, host: str | None, _: ssl.SSLContext) -> None:
        socket.context = authority.context(host or SERVICE)

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.sni_callback = choose
    return context


@contextmanager
def serving(world: World, authority: Authority) -> Iterator[None]:
    """Serve `world` with and without TLS until the block ends."""
    servers = [_Server(443, world, authority), _Server(80, world, None)]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()
