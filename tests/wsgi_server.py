"""Serves a test's WSGI app on a local port, in its own thread."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from threading import Thread
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server

LOOK_S = 0.02
"""How often a server checks whether to stop: the default of half a second would delay the end of each test."""


class _Quiet(WSGIRequestHandler):
    """A request handler that doesn't log requests."""

    def log(self, *args: object) -> None:
        """Write nothing."""


def _closed(response: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the response and close it, which Werkzeug doesn't if the connection breaks after the last byte."""
    try:
        for chunk in response:  # noqa: UP028 - `yield from` would close it too
            yield chunk
    finally:
        if hasattr(response, "close"):
            response.close()


def serving(app: Callable[..., Any]) -> AbstractContextManager[int]:
    """Serve the WSGI app on a free port, which it yields; closing waits for requests in progress."""
    return serving_at(app, 0)


@contextmanager
def serving_at(app: Callable[..., Any], port: int) -> Iterator[int]:
    """Serve the WSGI app on `port` (0 picks a free one) in the same way."""
    server = make_server("127.0.0.1", port, lambda *call: _closed(app(*call)), threaded=True, request_handler=_Quiet)
    # Wait for the request threads on close, so that no file stays open.
    server.daemon_threads = False  # type: ignore[attr-defined]
    thread = Thread(target=server.serve_forever, args=(LOOK_S,), daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
