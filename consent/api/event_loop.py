"""ASGI application: answer from memory on the event loop, and run anything that may block in threads.

With a thread per request, dozens would compete for the interpreter, and each would wait for all the others.
"""

import asyncio
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial

from consent.api.fast_path import Endpoint, WsgiApp, find_endpoint
from consent.api.http.request import Request
from consent.api.http.response import Answer
from consent.storage.database.nonblocking import WouldBlockError, nonblocking
from consent.web.wsgi_bridge import BodyReader, Receive, Scope, Send, answer_in_thread, environ_of, send_whole

READING = ("GET", "HEAD", "OPTIONS")


class AsgiApp:
    """The service as granian runs it; `threads` threads run what may block."""

    def __init__(self, wsgi_app: WsgiApp, threads: int) -> None:
        self._wsgi_app = wsgi_app
        self._threads, self._bodies = ThreadPoolExecutor(threads, "requests"), BodyReader(threads)
        self._wakeups = _Wakeups()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        environ, loop, method = environ_of(scope), asyncio.get_running_loop(), scope["method"]
        endpoint = find_endpoint(environ["PATH_INFO"], method)
        if endpoint is None or method not in READING:
            await self._bodies.read(environ, receive)
        if endpoint is None:
            await answer_in_thread(self._wsgi_app.forward, environ, send, self._threads)
            return
        # One object for both attempts: a body can be read once.
        request = Request(environ)
        try:
            answer = self._read(request, endpoint) if method in READING else await self._write(request, endpoint)
        except WouldBlockError:
            answer = None
        if answer is None:
            answer = await loop.run_in_executor(self._threads, self._wsgi_app.answer, request, endpoint)
        body = b"" if method == "HEAD" else answer.body
        await send_whole(send, answer.status, self._wsgi_app.encoded_headers_of(answer), body)

    def _read(self, request: Request, endpoint: Endpoint) -> Answer:
        with nonblocking():
            return self._wsgi_app.answer(request, endpoint)

    async def _write(self, request: Request, endpoint: Endpoint) -> Answer | None:
        """Return the answer to a write once it is durable, or None if the write wasn't begun."""
        loop = asyncio.get_running_loop()
        ended: asyncio.Future[bool] = loop.create_future()
        with nonblocking():
            write = self._wsgi_app.begin(request, endpoint, partial(self._wakeups.end, ended))
        if write is None or isinstance(write, Answer):
            return write
        timer = loop.call_later(write.timeout, _set_if_pending, ended, False)
        try:
            in_time = await ended
        finally:
            timer.cancel()
        with nonblocking():
            return self._wsgi_app.end(request, endpoint, write, in_time=in_time)


class _Wakeups:
    """Futures completed by another thread, set in batches: each call to the event loop is a system call."""

    def __init__(self) -> None:
        self._ended: deque[asyncio.Future[bool]] = deque()
        self._is_called = False

    def end(self, future: "asyncio.Future[bool]") -> None:
        """Set `future` soon, from another thread."""
        self._ended.append(future)
        if not self._is_called:
            self._is_called = True
            # Once the loop is closed, nobody is waiting.
            with suppress(RuntimeError):
                future.get_loop().call_soon_threadsafe(self._set_all)

    def _set_all(self) -> None:
        self._is_called = False
        while self._ended:
            _set_if_pending(self._ended.popleft(), True)


def _set_if_pending(future: "asyncio.Future[bool]", value: bool) -> None:
    if not future.done():
        future.set_result(value)
