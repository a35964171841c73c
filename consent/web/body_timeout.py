"""Deadline for request bodies: a client that does not finish its body holds a worker for seconds, not for ever.

WSGI has no time-out for reads, and the servers below it have none for bodies. A read that is overdue is ended from
outside: its connection is shut for reading, so the read returns what there is and the worker answers 408.
"""

import io
import logging
import os
import socket
import stat
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from ipaddress import ip_address
from typing import Any, NamedTuple
from wsgiref.types import WSGIEnvironment

from werkzeug.exceptions import RequestTimeout

log = logging.getLogger(__name__)

BODY_SECONDS = 10.0
"""So long a whole body may take, from the first read of it to the last."""
MIN_BYTES_PER_SECOND = 64 * 1024
"""Large bodies, such as the logo of a banner, get a second more for so many bytes that they announce."""
BUSY_SECONDS = 1.0
"""So long a body may take while half of the workers wait for one."""
TICK_SECONDS = 0.25
SLACK_SECONDS = 0.02
"""The kernel counts in steps of a few milliseconds."""
DESCRIPTORS = "/proc/self/fd"
LAST_DATA_SENT, LAST_DATA_RECEIVED = 44, 52
"""Where `struct tcp_info` of Linux has the milliseconds since data was sent, and since some came."""


class _Connection(NamedTuple):
    """A duplicate of a connection's socket, and the seconds since anything was sent on it.

    `is_asking` is true where something has come since.
    """

    socket: socket.socket
    unanswered: float
    is_asking: bool


class Body(io.RawIOBase):
    """A request's body whose reads raise RequestTimeout once they have taken too long together."""

    def __init__(self, timeouts: "BodyTimeouts", environ: WSGIEnvironment) -> None:
        self._timeouts, self._inner = timeouts, environ["wsgi.input"]
        self.address, self.port = environ.get("REMOTE_ADDR") or "", environ.get("SERVER_PORT") or ""
        length = environ.get("CONTENT_LENGTH") or ""
        announced = int(length) if length.isascii() and length.isdigit() else 0
        self.seconds = BODY_SECONDS + announced / MIN_BYTES_PER_SECOND
        self.since, self.is_overdue = 0.0, False

    def readable(self) -> bool:
        """Return True, as a stream that can be read does."""
        return True

    def read(self, size: int | None = -1) -> bytes:
        """Return `size` bytes, or fewer where the body ends before; all of it without a size. Raises RequestTimeout."""
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
        """Read into `buffer`, and return how many bytes. Raises RequestTimeout."""
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


class BodyTimeouts:
    """Ends the reads of bodies that take too long, in a service with so many `threads` for requests."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._reading: set[Body] = set()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="body-timeouts", daemon=True)

    def start(self) -> None:
        """Start the thread that looks for overdue reads."""
        self._thread.start()

    def close(self) -> None:
        """End the thread."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(5)

    def guard(self, environ: WSGIEnvironment) -> None:
        """Set a deadline for the body of a request, where it has one."""
        if environ.get("CONTENT_LENGTH") or "HTTP_TRANSFER_ENCODING" in environ:
            environ["wsgi.input"] = Body(self, environ)

    def begin(self, body: Body) -> None:
        """Record that a worker waits for `body`."""
        body.since = body.since or time.monotonic()
        self._reading.add(body)

    def end(self, body: Body) -> None:
        """Record that nobody waits for `body`."""
        self._reading.discard(body)

    def _run(self) -> None:
        while not self._stop.wait(TICK_SECONDS):
            if self._reading:
                self._end_overdue(self._reading.copy())

    def _end_overdue(self, reading: set[Body]) -> None:
        now, is_busy = time.monotonic(), len(reading) * 2 >= self._threads
        overdue = [body for body in reading if now - body.since > (BUSY_SECONDS if is_busy else body.seconds)]
        if not overdue:
            return
        for (address, port), bodies in _by_client(overdue).items():
            connections = list(_connections_of(address, port))
            for body in sorted(bodies, key=lambda body: body.since):
                body.is_overdue = True
                _shut_oldest(connections, now - body.since)
            for connection in connections:
                connection.socket.close()
        log.info("ended %d requests whose bodies did not come in time", len(overdue))


def _by_client(bodies: list[Body]) -> dict[tuple[str, str], list[Body]]:
    found: dict[tuple[str, str], list[Body]] = {}
    for body in bodies:
        found.setdefault((body.address, body.port), []).append(body)
    return found


def _shut_oldest(connections: list[_Connection], age: float) -> None:
    """Shut the connection whose request has waited longest, for `age` seconds at least, and take it out.

    By which connection a request came the server does not say, but workers take requests in the order in which they
    came. Where this was another one of the same client, the next round has one less to choose from.
    """
    unanswered = [one for one in connections if one.unanswered >= age - SLACK_SECONDS]
    if not unanswered:
        return
    oldest = max(unanswered, key=lambda one: (one.is_asking, one.unanswered))
    connections.remove(oldest)
    with oldest.socket, suppress(OSError):
        oldest.socket.shutdown(socket.SHUT_RD)


def _connections_of(address: str, port: str) -> Iterator[_Connection]:
    """Yield the connections from `address` to `port` of this process; the caller closes them."""
    for name in os.listdir(DESCRIPTORS):
        try:
            if not stat.S_ISSOCK(os.stat(f"{DESCRIPTORS}/{name}").st_mode):
                continue
            # The number may be another file's at any time, the duplicate stays what it is.
            found = socket.socket(fileno=os.dup(int(name)))
        except OSError:
            continue
        connection = _connection_of(found, address, port)
        if connection is None:
            found.close()
        else:
            yield connection


def _connection_of(found: socket.socket, address: str, port: str) -> _Connection | None:
    """Return the connection of a socket where that is one from `address` to `port`."""
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
