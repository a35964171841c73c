"""Deadlines for request bodies: a client that never finishes its body holds a worker for seconds, not forever.

WSGI has no timeout for reads, and the servers have none for bodies. An overdue read is ended from outside: its
connection is shut down for reading, so the read returns what has arrived and the worker answers 408.
"""

import io
import logging
import os
import socket
import stat
import struct
import time
from collections.abc import Iterator
from contextlib import suppress
from ipaddress import ip_address
from typing import Any, NamedTuple
from wsgiref.types import WSGIEnvironment

from werkzeug.exceptions import RequestTimeout

from consent.background.thread import BackgroundThread

log = logging.getLogger(__name__)

BODY_SECONDS = 10.0
"""Maximum time for a whole body, from its first read to its last."""
MIN_BYTES_PER_SECOND = 64 * 1024
"""Large bodies, such as a banner's logo, get one extra second per this many bytes of their Content-Length."""
BUSY_SECONDS = 1.0
"""Maximum time for a body while half of the workers are waiting for one."""
TICK_SECONDS = 0.25
SLACK_SECONDS = 0.02
"""Tolerance for the kernel's clock, which ticks every few milliseconds."""
DESCRIPTORS = "/proc/self/fd"
LAST_DATA_SENT, LAST_DATA_RECEIVED = 44, 52
"""Offsets in Linux's `struct tcp_info` of the milliseconds since data was last sent, and last received."""


class _Connection(NamedTuple):
    """A duplicate of a connection's socket, and the seconds since anything was sent on it.

    `is_asking` is true if data has arrived since then.
    """

    socket: socket.socket
    unanswered: float
    is_asking: bool


class Body(io.RawIOBase):
    """A request body whose reads raise RequestTimeout once they have taken too long in total."""

    def __init__(self, timeouts: "BodyTimeouts", environ: WSGIEnvironment) -> None:
        self._timeouts, self._inner = timeouts, environ["wsgi.input"]
        self.address, self.port = environ.get("REMOTE_ADDR") or "", environ.get("SERVER_PORT") or ""
        length = environ.get("CONTENT_LENGTH") or ""
        announced = int(length) if length.isascii() and length.isdigit() else 0
        self.seconds = BODY_SECONDS + announced / MIN_BYTES_PER_SECOND
        self.since, self.is_overdue = 0.0, False

    def readable(self) -> bool:
        """Return True, as for any readable stream."""
        return True

    def read(self, size: int | None = -1) -> bytes:
        """Return `size` bytes, or fewer if the body ends first; without a size, all of it. Raises RequestTimeout."""
        is_all = size is None or size < 0
        self._timeouts.begin(self)
        try:
            data = bytes(self._inner.read() if is_all else self._inner.read(size))
        except OSError:
            if self.is_overdue:
                raise RequestTimeout from None
            raise
        finally:
            self._timeouts.end(self)
        if self.is_overdue and (is_all or len(data) < (size or 0)):
            raise RequestTimeout
        return data

    def readinto(self, buffer: Any) -> int:
        """Read into `buffer`, and return the number of bytes. Raises RequestTimeout."""
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


class BodyTimeouts(BackgroundThread):
    """Watchdog that ends reads of bodies that take too long, in a service with `threads` request threads."""

    def __init__(self, threads: int) -> None:
        super().__init__("body-timeouts", TICK_SECONDS, max_retry_s=BUSY_SECONDS)
        self._threads = threads
        self._reading: set[Body] = set()

    def guard(self, environ: WSGIEnvironment) -> None:
        """Set a deadline for the body of a request, if it has one."""
        if environ.get("CONTENT_LENGTH") or "HTTP_TRANSFER_ENCODING" in environ:
            environ["wsgi.input"] = Body(self, environ)

    def begin(self, body: Body) -> None:
        """Record that a worker is waiting for `body`."""
        body.since = body.since or time.monotonic()
        self._reading.add(body)

    def end(self, body: Body) -> None:
        """Record that no worker is waiting for `body`."""
        self._reading.discard(body)

    def _round(self) -> None:
        self._end_overdue(self._reading.copy())

    def _end_overdue(self, reading: set[Body]) -> None:
        now, is_busy = time.monotonic(), len(reading) * 2 >= self._threads
        overdue = [body for body in reading if now - body.since > (BUSY_SECONDS if is_busy else body.seconds)]
        if not overdue:
            return
        # Even if no socket can be found, reads that end later answer 408.
        for body in overdue:
            body.is_overdue = True
        for (address, port), bodies in _by_client(overdue).items():
            connections = list(_connections_of(address, port))
            for body in sorted(bodies, key=lambda body: body.since):
                _shut_oldest(connections, now - body.since)
            for connection in connections:
                connection.socket.close()
        log.info("closed %d requests whose bodies did not arrive in time", len(overdue))


def _by_client(bodies: list[Body]) -> dict[tuple[str, str], list[Body]]:
    found: dict[tuple[str, str], list[Body]] = {}
    for body in bodies:
        found.setdefault((body.address, body.port), []).append(body)
    return found


def _shut_oldest(connections: list[_Connection], age: float) -> None:
    """Shut down the connection whose request has waited longest, at least `age` seconds, and remove it from the list.

    The server doesn't say which connection a request came from, but workers take requests in order of arrival. If this
    was another connection of the same client, the next round has one fewer to choose from.
    """
    unanswered = [one for one in connections if one.unanswered >= age - SLACK_SECONDS]
    if not unanswered:
        return
    oldest = max(unanswered, key=lambda one: (one.is_asking, one.unanswered))
    connections.remove(oldest)
    with oldest.socket, suppress(OSError):
        oldest.socket.shutdown(socket.SHUT_RD)


def _connections_of(address: str, port: str) -> Iterator[_Connection]:
    """Yield this process's connections from `address` to `port`; the caller closes them."""
    for name in os.listdir(DESCRIPTORS):
        try:
            if not stat.S_ISSOCK(os.stat(f"{DESCRIPTORS}/{name}").st_mode):
                continue
            # Another file may get this descriptor number at any time; the duplicate stays valid.
            found = socket.socket(fileno=os.dup(int(name)))
        except OSError:
            continue
        connection = _connection_of(found, address, port)
        if connection is None:
            found.close()
        else:
            yield connection


def _connection_of(found: socket.socket, address: str, port: str) -> _Connection | None:
    """Return the socket's connection if it is one from `address` to `port`."""
    try:
        if found.family not in (socket.AF_INET, socket.AF_INET6) or str(found.getsockname()[1]) != port:
            return None
        if ip_address(found.getpeername()[0]) != ip_address(address):
            return None
        info = found.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, LAST_DATA_RECEIVED + 4)
    except (OSError, ValueError):
        return None
    sent, received = (struct.unpack_from("=I", info, place)[0] for place in (LAST_DATA_SENT, LAST_DATA_RECEIVED))
    return _Connection(found, sent / 1000, is_asking=received <= sent)
