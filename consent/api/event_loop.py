"""RSGI application: answer what is in memory on the event loop, and run all that may wait in threads.

With a thread for each request, dozens would take turns at the interpreter, and each would wait for all others.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from granian.rsgi import HTTPProtocol, Scope

from consent.api.fast_path import Door, find_endpoint
from consent.api.http.response import Answer
from consent.storage.database.nonblocking import WouldBlockError, nonblocking
from consent.web.wsgi_bridge import BodyReader, environ_of, run_wsgi_app

READING = ("GET", "HEAD", "OPTIONS")


class RsgiApp:
    """The service as granian runs it; what may wait has so many `threads`."""

    def __init__(self, door: Door, threads: int) -> None:
        self._door = door
        self._threads, self._bodies = ThreadPoolExecutor(threads, "requests"), BodyReader(threads)

    async def __rsgi__(self, scope: Scope, protocol: HTTPProtocol) -> None:
        """Answer one request."""
        environ, loop = environ_of(scope), asyncio.get_running_loop()
        endpoint = find_endpoint(environ["PATH_INFO"], environ["REQUEST_METHOD"])
        if endpoint is None or scope.method not in READING:
            await self._bodies.read(environ, protocol)
        if endpoint is None:
            await loop.run_in_executor(self._threads, run_wsgi_app, self._door.forward, environ, protocol)
            return
        answer: Answer | None = None
        if scope.method in READING:
            try:
                with nonblocking():
                    answer = self._door.answer(environ, endpoint)
            except WouldBlockError:
                pass
        if answer is None:
            answer = await loop.run_in_executor(self._threads, self._door.answer, environ, endpoint)
        body = b"" if scope.method == "HEAD" else answer.body
        protocol.response_bytes(answer.status, self._door.headers_of(answer), body)
