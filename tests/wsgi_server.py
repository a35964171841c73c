"""Serves an app of the tests on a port of this machine, in a thread of its own."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from threading import Thread
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server

LOOK_S = 0.02
"""How often a server looks whether it shall stop: with its own half second a test would wait as long for its end."""


class _Quiet(WSGIRequestHandler):
    """Serves without writing a line for each request."""

    def log(self, *args: object) -> None:
        """Write nothing."""


def serving(app: Callable[..., Any]) -> AbstractContextManager[int]:
    """Serve the WSGI app on a free port, which it gives; closing waits for answers that are under way."""
    return serving_at(app, 0)


@contextmanager
def serving_at(app: Callable[..., Any], port: int) -> Iterator[int]:
    """Serve the WSGI app on `port`, 0 for a free one, in the same way."""
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=_Quiet)
    # So that no file stays open.
    server.daemon_threads = False  # type: ignore[attr-defined]
    thread = Thread(target=server.serve_forever, args=(LOOK_S,), daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
