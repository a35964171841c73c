"""RSGI requests as WSGI has them: the environ, the whole body, and the answer of a WSGI app."""

import asyncio
import errno
import io
import logging
import os
import select
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from functools import lru_cache
from tempfile import TemporaryDirectory
from typing import Any
from wsgiref.types import WSGIEnvironment

from granian.rsgi import HTTPProtocol, ProtocolClosed, Scope
from werkzeug.exceptions import RequestTimeout

from consent.web.body_timeout import BODY_SECONDS, BUSY_SECONDS, MIN_BYTES_PER_SECOND

log = logging.getLogger(__name__)

MAX_BODY_BYTES = 5 * 1024 * 1024
"""Of a body so much is read; each app takes less, and refuses what is longer."""
MAX_WHOLE_BYTES = 2 * 1024 * 1024
"""Answers that say that they are no longer are sent as one: no thread waits until they are taken, of strangers above all."""
OPEN_SECONDS, OPEN_TICK_SECONDS = 5.0, 0.002
"""So long a thread waits until the first of a long answer is taken, and so often it looks."""
STALL_SECONDS = 300
"""So long a client may take nothing of a long answer."""
MAX_SHORT_BYTES = 64 * 1024
MAX_LONG_BODIES = 12
"""So many bodies that are longer than `MAX_SHORT_BYTES` are read at one time."""
MAX_CACHED_NAMES, MAX_CACHED_LENGTH = 1024, 64
WSGI = Callable[..., Iterable[bytes]]
_SAME: WSGIEnvironment = {
    "SCRIPT_NAME": "",
    "SERVER_SOFTWARE": "Granian",
    "wsgi.version": (1, 0),
    "wsgi.errors": sys.stderr,
    "wsgi.input": io.BytesIO(),
    "wsgi.input_terminated": True,
    "wsgi.multithread": True,
    "wsgi.multiprocess": False,
    "wsgi.run_once": False,
}


def environ_of(scope: Scope) -> WSGIEnvironment:
    """Return the environ of a request (PEP 3333), with an empty body.

    Headers whose names have an underscore are left out: WSGI would take `X_Forwarded_For` for `X-Forwarded-For`. A header
    that is there twice is joined by a comma, cookies by a semicolon.
    """
    server, port = _host_and_port(scope.server)
    environ = _SAME | {
        "REQUEST_METHOD": scope.method,
        "PATH_INFO": _latin(scope.path),
        "QUERY_STRING": _latin(scope.query_string),
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "SERVER_NAME": server,
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "wsgi.url_scheme": scope.scheme,
    }
    for name, value in scope.headers.items():
        key = _known_key(name) if len(name) <= MAX_CACHED_LENGTH else _key(name)
        if key in environ:
            environ[key] += (";" if key == "HTTP_COOKIE" else ",") + value
        elif key:
            environ[key] = value
    return environ


def _key(header: str) -> str:
    if "_" in header:
        return ""
    key = header.upper().replace("-", "_")
    return key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else "HTTP_" + key


_known_key = lru_cache(MAX_CACHED_NAMES)(_key)


@lru_cache
def _host_and_port(server: str) -> tuple[str, str]:
    host, _, port = server.rpartition(":")
    return host.strip("[]"), port


def _latin(text: str) -> str:
    return text if text.isascii() else text.encode().decode("latin-1")


class _OverdueBody(io.RawIOBase):
    """A body that did not come in time."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        raise RequestTimeout


class BodyReader:
    """Reads bodies on the event loop, so that none of the `threads` waits for a client that sends slowly."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._since: dict[asyncio.Timeout, float] = {}
        self._long = asyncio.Semaphore(min(threads, MAX_LONG_BODIES))

    async def read(self, environ: WSGIEnvironment, protocol: HTTPProtocol) -> None:
        """Put the body of a request into its `environ`: of one that is too long the beginning, of a broken one what came.

        The app's read raises RequestTimeout where it did not come in time.
        """
        length = environ.get("CONTENT_LENGTH") or ""
        if length == "0" or not (length or "HTTP_TRANSFER_ENCODING" in environ):
            return
        announced = min(int(length), MAX_BODY_BYTES) if length.isascii() and length.isdigit() else MAX_BODY_BYTES
        async with self._long if announced > MAX_SHORT_BYTES else nullcontext():
            environ["wsgi.input"] = await self._read(protocol, announced / MIN_BYTES_PER_SECOND if length else 0)

    async def _read(self, protocol: HTTPProtocol, extra_seconds: float) -> io.IOBase:
        body = io.BytesIO()
        try:
            async with asyncio.timeout(BODY_SECONDS + extra_seconds) as timeout:
                self._begin(timeout)
                async for chunk in protocol:
                    body.write(chunk[: MAX_BODY_BYTES - body.tell()])
                    if body.tell() >= MAX_BODY_BYTES:
                        break
        except TimeoutError:
            return io.BufferedReader(_OverdueBody())
        except ProtocolClosed:
            pass  # the app sees that it is too short
        finally:
            self._since.pop(timeout, None)
        body.seek(0)
        return body

    def _begin(self, timeout: asyncio.Timeout) -> None:
        """Count a body; while many are incomplete, or as many long ones as may be, each has less time."""
        was_busy = len(self._since) * 2 >= self._threads
        self._since[timeout] = asyncio.get_running_loop().time()
        is_busy = len(self._since) * 2 >= self._threads or self._long.locked()
        for one in () if not is_busy else (timeout,) if was_busy else self._since:
            if not one.expired():
                one.reschedule(self._since[one] + BUSY_SECONDS)


def run_wsgi_app(app: WSGI, environ: WSGIEnvironment, protocol: HTTPProtocol) -> None:
    """Run a WSGI app in this thread, and send what it answers as it comes, at the speed at which the client takes it."""
    head = _Head()
    chunks = app(environ, head)
    try:
        if environ["REQUEST_METHOD"] == "HEAD":
            protocol.response_empty(head.status, head.headers)
        elif head.is_short:
            protocol.response_bytes(head.status, head.headers, b"".join(chunks))
        else:
            _send_as_taken(head, chunks, protocol)
    except ProtocolClosed:
        pass  # nobody is there any longer
    except Exception as error:
        log.error("an answer ends before its time: %s", type(error).__name__)
    finally:
        close = getattr(chunks, "close", None)
        if close is not None:
            close()


def _send_as_taken(head: "_Head", chunks: Iterable[bytes], protocol: HTTPProtocol) -> None:
    """Send `chunks` by a pipe that granian reads as a file: what it is given otherwise it keeps in memory, however much."""
    with TemporaryDirectory(prefix="answer-") as folder:
        path = f"{folder}/pipe"
        os.mkfifo(path, 0o600)
        protocol.response_file(head.status, head.headers, path)
        pipe = _open_pipe(path)
    try:
        for chunk in chunks:
            rest = memoryview(chunk)
            while rest:
                rest = rest[_write(pipe, rest) :]
    finally:
        os.close(pipe)


def _open_pipe(path: str) -> int:
    """Return a pipe for writing once somebody reads it. Raises ProtocolClosed where nobody does."""
    until = time.monotonic() + OPEN_SECONDS
    while time.monotonic() < until:
        try:
            return os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            if error.errno != errno.ENXIO:
                raise
            time.sleep(OPEN_TICK_SECONDS)
    raise ProtocolClosed


def _write(pipe: int, data: memoryview) -> int:
    """Write as much as there is room for; return how many bytes. Raises ProtocolClosed where nobody reads any longer."""
    waiting = select.poll()
    waiting.register(pipe, select.POLLOUT)
    if not waiting.poll(STALL_SECONDS * 1000):
        raise ProtocolClosed
    try:
        return os.write(pipe, data)
    except BrokenPipeError:
        raise ProtocolClosed from None


class _Head:
    """Status and headers of an answer, as `start_response` gets them."""

    def __init__(self) -> None:
        self.status = 500
        self.headers: list[tuple[str, str]] = []

    def __call__(self, status: str, headers: list[tuple[str, str]], exc_info: object = None) -> None:
        self.status, self.headers = int(status[:3]), headers

    @property
    def is_short(self) -> bool:
        """Return whether the answer has no body, or says that it is short."""
        if self.status in (204, 304):
            return True
        length = next((value for name, value in self.headers if name.lower() == "content-length"), "")
        return length.isdigit() and int(length) <= MAX_WHOLE_BYTES
