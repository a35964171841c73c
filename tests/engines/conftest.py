"""Three engines, one after the other, on one little service; each test is run on each with a fresh profile."""

import datetime
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

from consent.core.days import day_of
from tests.banner.payload import make_payload
from tests.banner.service import Service, make_handler
from tests.engines.authority import make_authority
from tests.engines.chromium import chromium
from tests.engines.engine import Engine, Missing, Visitor
from tests.engines.firefox import firefox
from tests.engines.webkit import webkit

STARTS = {"chromium": chromium, "firefox": firefox, "webkit": webkit}
_present: list[Service] = []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Only `make test-all` has the three engines."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("long")
            item.add_marker("browser")


@pytest.fixture(scope="session", params=STARTS)
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """Run the engine."""
    try:
        with STARTS[request.param](None) as running:
            yield running
    except Missing as missing:
        pytest.fail(str(missing), pytrace=False)


@pytest.fixture
def visitor(engine: Engine) -> Visitor:
    """Give a visitor with a fresh profile."""
    engine.forget()
    return Visitor(engine)


@contextmanager
def serving(certificate: Path | None = None) -> Iterator[Service]:
    """Serve pages, script and vendors, over TLS where there is a certificate with its key."""
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
    """Return what a visitor in `place` gets today: an engine has no other clock than the machine's."""
    today = day_of(datetime.datetime.now(datetime.UTC).date())
    return make_payload(service.vendors, place, day=today)


@pytest.fixture
def service() -> Iterator[Service]:
    with serving() as service:
        yield service


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Make a certificate authority and a certificate of it: the authority's file, and that of certificate and key."""
    return make_authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def secure_service(authority: tuple[Path, Path]) -> Iterator[Service]:
    with serving(authority[1]) as service:
        yield service
