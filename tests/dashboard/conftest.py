"""A desk of its own for each test, on a copy of a world that is made once."""

from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.dashboard.cast import Desk, build_world, desks


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the database that every test copies."""
    folder = tmp_path_factory.mktemp("desk") / "world"
    build_world(folder)
    return folder


@pytest.fixture
def desk(world: Path, tmp_path: Path) -> Iterator[Desk]:
    """Open the desk."""
    yield from desks(world, tmp_path)


@pytest.fixture
def served(desk: Desk) -> Iterator[str]:
    """Serve the desk on a port of this machine: its address."""
    server = make_server("127.0.0.1", 0, desk.app, threaded=True, request_handler=Quiet)
    # Closing waits for answers that are under way, so that no file stays open.
    server.daemon_threads = False  # type: ignore[attr-defined]
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


class Quiet(WSGIRequestHandler):
    """Serves without writing a line for each request."""

    def log(self, *args: object) -> None:
        """Write nothing."""
