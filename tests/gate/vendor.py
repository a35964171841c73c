"""A vendor endpoint that records every byte, and sets a cookie in its responses as a server-side container does."""

import contextlib
import http.server
import threading
from collections.abc import Iterator


class VendorEnd(http.server.ThreadingHTTPServer):
    """A server that records each request as bytes: request line, headers, body."""

    request_queue_size = 512
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests: list[bytes] = []

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def bytes_seen(self) -> bytes:
        return b"\n".join(self.requests)


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: VendorEnd

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(6, 1, 1)

    def take(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.requests.append(f"{self.requestline}\n{self.headers}".encode("latin-1") + body)
        self.wfile.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\nSet-Cookie: FPID=set-by-vendor\r\n\r\nok"
        )

    do_GET = do_POST = do_OPTIONS = take

    def log_message(self, format: str, *args: object) -> None: ...


@contextlib.contextmanager
def vendor_end() -> Iterator[VendorEnd]:
    """Listen on a free port."""
    server = VendorEnd()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
