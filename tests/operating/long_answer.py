"""An application that granian runs like the service: its response exceeds any buffer, and it reports its progress."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from wsgiref.types import WSGIEnvironment

from consent.web.wsgi_bridge import Receive, Scope, Send, answer_in_thread, environ_of

CHUNK = b"x" * 65536
CHUNKS = 1024


class LongAnswer:
    """Answers `/made` with the number of bytes made so far, and everything else with `CHUNKS` times `CHUNK`."""

    def __init__(self) -> None:
        self._made = 0
        self._threads = ThreadPoolExecutor(4)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request in a thread."""
        await answer_in_thread(self._answer, environ_of(scope), send, self._threads)

    def _answer(self, environ: WSGIEnvironment, start_response: Callable[..., Any]) -> Iterator[bytes]:
        if environ["PATH_INFO"] == "/made":
            body = str(self._made).encode()
            start_response("200 OK", [("Content-Length", str(len(body)))])
            return iter([body])
        start_response("200 OK", [("Content-Type", "text/plain")])
        return self._chunks()

    def _chunks(self) -> Iterator[bytes]:
        for _ in range(CHUNKS):
            self._made += len(CHUNK)
            yield CHUNK


def create() -> LongAnswer:
    """Create the application for granian."""
    return LongAnswer()
