"""A bridge from ASGI requests to WSGI apps: the environ, the whole body, and the app's response."""

import asyncio
import errno
import io
import logging
import os
import select
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from concurrent.futures import Executor
from contextlib import nullcontext
from functools import lru_cache, partial
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import unquote_to_bytes
from wsgiref.types import WSGIEnvironment

from werkzeug.exceptions import ClientDisconnected, HTTPException, RequestTimeout

from consent.web.body_timeout import BODY_SECONDS, BUSY_SECONDS, MIN_BYTES_PER_SECOND

log = logging.getLogger(__name__)

MAX_BODY_BYTES = 5 * 1024 * 1024
"""Maximum number of body bytes that are read; each app accepts less and refuses longer bodies."""
MAX_WHOLE_BYTES = 2 * 1024 * 1024
"""Responses that declare at most this length are sent whole, so that no thread waits for clients to read them, least of
all for unknown ones."""
OPEN_SECONDS, OPEN_TICK_SECONDS = 5.0, 0.002
"""Maximum time a thread waits for the client to start reading a long response, and how often it checks."""
STALL_SECONDS = 300
"""Maximum time for which a client may read nothing of a long response."""
MAX_SHORT_BYTES = 64 * 1024
MAX_LONG_BODIES = 12
"""Maximum number of bodies longer than `MAX_SHORT_BYTES` that are read at once."""
MAX_CACHED_NAMES, MAX_CACHED_LENGTH = 1024, 64
WSGI = Callable[..., Iterable[bytes]]
Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]
Headers = list[tuple[str, str]]
EncodedHeaders = list[tuple[bytes, bytes]]
_BASE_ENVIRON: WSGIEnvironment = {
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

    Each byte of the path, query and headers becomes one character (Latin-1), whatever its real encoding. Headers whose
    names contain an underscore are left out: WSGI can't tell `X_Forwarded_For` from `X-Forwarded-For`. Repeated headers
    are joined with a comma, cookies with a semicolon.
    """
    server, client, path = scope["server"], scope["client"], scope["path"]
    environ = _BASE_ENVIRON | {
        "REQUEST_METHOD": scope["method"],
        "PATH_INFO": path if path.isascii() else unquote_to_bytes(scope["raw_path"]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "REMOTE_ADDR": client[0],
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "wsgi.url_scheme": scope["scheme"],
    }
    for name, value in scope["headers"]:
        key = _known_key(name) if len(name) <= MAX_CACHED_LENGTH else _key(name)
        if key in environ:
            environ[key] += (";" if key == "HTTP_COOKIE" else ",") + value.decode("latin-1")
        elif key:
            environ[key] = value.decode("latin-1")
    if not environ.get("HTTP_HOST"):
        environ.pop("HTTP_HOST", None)  # granian adds an empty one
    return environ


def _key(header: bytes) -> str:
    if b"_" in header:
        return ""
    key = header.decode("latin-1").upper().replace("-", "_")
    return key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else "HTTP_" + key


_known_key = lru_cache(MAX_CACHED_NAMES)(_key)


class _FailedBody(io.RawIOBase):
    """A body that came too late or was cut off: each read raises `error`."""

    def __init__(self, error: type[HTTPException]) -> None:
        self._error = error

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        raise self._error


class BodyReader:
    """Reader of bodies on the event loop, so that none of the `threads` waits for a slow client."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._since: dict[asyncio.Timeout, float] = {}
        self._long = asyncio.Semaphore(min(threads, MAX_LONG_BODIES))

    async def read(self, environ: WSGIEnvironment, receive: Receive) -> None:
        """Read the body of a request into its `environ`, truncated to MAX_BODY_BYTES.

        The app's read raises RequestTimeout if the body came too late, ClientDisconnected if it is incomplete.
        """
        length = environ.get("CONTENT_LENGTH") or ""
        if length == "0" or not (length or "HTTP_TRANSFER_ENCODING" in environ):
            return
        announced = min(int(length), MAX_BODY_BYTES) if length.isascii() and length.isdigit() else MAX_BODY_BYTES
        async with self._long if announced > MAX_SHORT_BYTES else nullcontext():
            environ["wsgi.input"] = await self._read(receive, announced if length else None)

    async def _read(self, receive: Receive, length: int | None) -> io.IOBase:
        body, is_whole = io.BytesIO(), False
        try:
            async with asyncio.timeout(BODY_SECONDS + (length or 0) / MIN_BYTES_PER_SECOND) as timeout:
                self._begin(timeout)
                while not is_whole and body.tell() < MAX_BODY_BYTES:
                    message = await receive()
                    if message["type"] != "http.request":
                        return io.BufferedReader(_FailedBody(ClientDisconnected))
                    body.write(message["body"][: MAX_BODY_BYTES - body.tell()])
                    # If the length is known, don't wait for the end marker: that costs another turn of the event loop.
                    is_whole = not message["more_body"] or body.tell() == length
        except TimeoutError:
            return io.BufferedReader(_FailedBody(RequestTimeout))
        finally:
            self._since.pop(timeout, None)
        body.seek(0)
        return body

    def _begin(self, timeout: asyncio.Timeout) -> None:
        """Register a body; while many are incomplete, or all slots for long ones are taken, each has less time."""
        was_busy = len(self._since) * 2 >= self._threads
        self._since[timeout] = asyncio.get_running_loop().time()
        is_busy = len(self._since) * 2 >= self._threads or self._long.locked()
        for one in () if not is_busy else (timeout,) if was_busy else self._since:
            if not one.expired():
                one.reschedule(self._since[one] + BUSY_SECONDS)


async def answer_in_thread(app: WSGI, environ: WSGIEnvironment, send: Send, threads: Executor) -> None:
    """Run a WSGI app in one of `threads`, and send its response as it comes, no faster than the client reads it."""
    loop = asyncio.get_running_loop()

    def begin(head: _Head, path: str) -> None:
        asyncio.run_coroutine_threadsafe(_send_file(send, head.status, head.headers, path), loop).result()

    whole = await loop.run_in_executor(threads, _run, app, environ, begin)
    if whole is not None:
        status, headers, body = whole
        await send_whole(send, status, encode_headers(headers), body)


async def send_whole(send: Send, status: int, headers: EncodedHeaders, body: bytes) -> None:
    """Send a response whose body is complete."""
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _send_file(send: Send, status: int, headers: Headers, path: str) -> None:
    await send({"type": "http.response.start", "status": status, "headers": encode_headers(headers)})
    await send({"type": "http.response.pathsend", "path": path})


def encode_headers(headers: Headers) -> EncodedHeaders:
    """Return WSGI headers in ASGI form."""
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]


def _run(
    app: WSGI, environ: WSGIEnvironment, begin: "Callable[[_Head, str], None]"
) -> tuple[int, Headers, bytes] | None:
    """Return the app's response if it is short, or None once it has been sent; `begin` sends the head of a long one."""
    head = _Head()
    chunks = app(environ, head)
    try:
        if environ["REQUEST_METHOD"] == "HEAD":
            return head.status, head.headers, b""
        if head.is_short:
            return head.status, head.headers, b"".join(chunks)
        _stream(chunks, partial(begin, head))
    except _ClientGoneError:
        pass  # the client has gone
    except Exception as error:
        log.error("a response was cut short: %s", type(error).__name__)
    finally:
        close = getattr(chunks, "close", None)
        if close is not None:
            close()
    return None


class _ClientGoneError(Exception):
    """The client no longer reads the response."""


def _stream(chunks: Iterable[bytes], begin: Callable[[str], None]) -> None:
    """Send `chunks` through a pipe that granian reads as a file: it would buffer anything else in memory without limit.

    `begin` makes granian read the pipe at the given path.
    """
    with TemporaryDirectory(prefix="answer-") as folder:
        path = f"{folder}/pipe"
        os.mkfifo(path, 0o600)
        begin(path)
        pipe = _open_pipe(path)
    try:
        for chunk in chunks:
            rest = memoryview(chunk)
            while rest:
                rest = rest[_write(pipe, rest) :]
    finally:
        os.close(pipe)


def _open_pipe(path: str) -> int:
    """Return the write end of a pipe once it has a reader. Raises _ClientGoneError if none appears."""
    until = time.monotonic() + OPEN_SECONDS
    while time.monotonic() < until:
        try:
            return os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            if error.errno != errno.ENXIO:
                raise
            time.sleep(OPEN_TICK_SECONDS)
    raise _ClientGoneError


def _write(pipe: int, data: memoryview) -> int:
    """Write as much as fits, and return the number of bytes. Raises _ClientGoneError if the reader has gone."""
    waiting = select.poll()
    waiting.register(pipe, select.POLLOUT)
    if not waiting.poll(STALL_SECONDS * 1000):
        raise _ClientGoneError
    try:
        return os.write(pipe, data)
    except BrokenPipeError:
        raise _ClientGoneError from None


class _Head:
    """Status and headers of a response, as `start_response` receives them."""

    def __init__(self) -> None:
        self.status = 500
        self.headers: Headers = []

    def __call__(self, status: str, headers: Headers, exc_info: object = None) -> None:
        self.status, self.headers = int(status[:3]), headers

    @property
    def is_short(self) -> bool:
        """Return whether the response has no body or declares a short one."""
        if self.status in (204, 304):
            return True
        length = next((value for name, value in self.headers if name.lower() == "content-length"), "")
        return length.isdigit() and int(length) <= MAX_WHOLE_BYTES
