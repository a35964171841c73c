"""The small service for pages and script, optionally over TLS."""

import datetime
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from pathlib import Path

from consent.core.days import day_of
from tests.banner.payload import make_payload
from tests.banner.service import Service, make_handler

_present: list[Service] = []


@contextmanager
def serving(certificate: Path | None = None) -> Iterator[Service]:
    """Serve pages, script and vendors, over TLS if there is a certificate with its key."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), make_handler(lambda: _present[-1]))
    server.daemon_threads = True
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    _present.append(new_service(server.server_port, "https" if certificate else "http"))
    yield _present[-1]
    _present[-1].stopped.set()
    server.shutdown()
    server.server_close()
    thread.join()


def new_service(port: int, scheme: str) -> Service:
    """Return a service that decides for a visitor in Germany today."""
    service = Service(port)
    service.origin, service.vendors = (
        address.replace("http:", f"{scheme}:") for address in (service.origin, service.vendors)
    )
    service.payload = payload_for(service, "DE")
    return service


def payload_for(service: Service, place: str) -> dict[str, object]:
    """Return today's payload for a visitor in `place`: an engine's clock is always the machine's."""
    today = day_of(datetime.datetime.now(datetime.UTC).date())
    return make_payload(service.vendors, place, day=today)
