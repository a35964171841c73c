"""Fixtures for the script's tests: one server for all, one service for each."""

import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer

import pytest
from playwright.sync_api import BrowserContext, Error, Page

from consent.core.days import date_of
from tests.banner.payload import DAY
from tests.banner.service import Service, make_handler

_present: list[Service] = []


@pytest.fixture(scope="session")
def server() -> Iterator[ThreadingHTTPServer]:
    """Run the server on a free port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), make_handler(lambda: _present[-1]))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def service(server: ThreadingHTTPServer) -> Iterator[Service]:
    """Return a new service that has received nothing yet."""
    service = Service(server.server_port)
    _present.append(service)
    yield service
    service.stopped.set()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """Open a page on the day of the made-up payload, and fail if the page reports an uncaught error."""
    context.clock.set_fixed_time(f"{date_of(DAY).isoformat()}T12:00:00Z")
    page = context.new_page()
    errors: list[Error] = []
    page.on("pageerror", lambda error: errors.append(error))
    yield page
    assert errors == []
