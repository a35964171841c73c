"""Stand-ins for all hosts outside this machine: each script and frame logs to the console that it ran."""

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.engines.authority import make_authority

RAN = "console.info({text})"
FRAME = "<!doctype html><title>Frame</title><script>{code}</script>"
INSERTED = "document.head.append(Object.assign(document.createElement('script'), {src: '%s', async: true}))"
CODE = {
    "code.jquery.com": "window.$ = (run) => run()",
    "www.googletagmanager.com/gtm.js": INSERTED % "https://snap.licdn.com/li.lms-analytics/insight.min.js",
}
"""What a host or URL does in addition to logging: a code library, and a container with a tag."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing."""

    def do_GET(self) -> None:
        host, path = self.headers["Host"].partition(":")[0], self.path.partition("?")[0]
        code = RAN.format(text=json.dumps(f"ran {host}")) + ";" + CODE.get(host + path, CODE.get(host, ""))
        is_script = self.headers.get("Sec-Fetch-Dest") != "iframe"
        body = (code if is_script else FRAME.format(code=code)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/javascript" if is_script else "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Access-Control-Allow-Origin", "*")
        self.end_headers()
        self.wfile.write(body)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore errors: browsers abort connections that they opened in advance."""


@contextmanager
def third_parties(folder: Path) -> Iterator[int]:
    """Run the stand-ins over TLS, with an untrusted certificate, and yield the port."""
    server = _Server(("127.0.0.1", 0), _Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(make_authority(folder)[1])
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
