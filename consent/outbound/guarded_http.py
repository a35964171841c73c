"""Post to addresses that dashboard users enter: https, public addresses only, no redirects, bounded in time and size.

The host is resolved for each connection, which goes to an address that was checked. At most 16 KiB of headers and 16
KiB of body are read from a response, and nothing is decompressed. Proxies, cookies and user info are never used.

HTTP is parsed by h11, which does no I/O: clients that open connections themselves limit neither the total time of a
response nor the addresses that a name resolves to.
"""

import contextlib
import http
import re
import select
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

import h11

from consent.core.translatable import translatable
from consent.outbound.deadline import run_with_deadline
from consent.outbound.public_addresses import Address, AllowList, addresses_of, is_public

TOTAL_SECONDS = 15.0
CONNECT_SECONDS = 5.0
IDLE_SECONDS = 30.0
"""A connection that was idle for longer is not reused."""
MAX_HEADER_BYTES = 16 * 1024
MAX_BODY_BYTES = 16 * 1024
MAX_READ_BYTES = 64 * 1024
"""For one response in total, including interim responses and the framing of its body."""
MAX_IDLE = 16
_HOST = re.compile(r"[a-z0-9._-]{1,253}|[0-9a-f:.]{2,45}")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[ -~]*")
_TARGET = re.compile(r"[!-~]*")


class BadAddressError(ValueError):
    """Raised for an address that may not be posted to; the message is a sentence that says why."""


class Answer(NamedTuple):
    """The response to a post: a status and the beginning of the body, or status 0 and a sentence that says why.

    `retry_after` is the header's value if it is in seconds; `is_refused` is whether nothing was reached.
    """

    status: int
    problem: str
    body: bytes = b""
    retry_after: int | None = None
    is_refused: bool = False


class Target(NamedTuple):
    """The parts of an address; `path` includes the query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def named_host(self) -> str:
        """Return the value of the `Host` header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.scheme == "https" else 80) else f"{host}:{self.port}"


def read_target(url: str, allowed: AllowList) -> Target:
    """Return the parts of `url`. Raises BadAddressError if it may not be posted to, whatever its host resolves to."""
    try:
        parts = urlsplit(url)
        port = parts.port or (80 if parts.scheme == "http" else 443)
    except ValueError:
        raise BadAddressError(translatable("The address cannot be read.")) from None
    if parts.scheme not in ("https", "http"):
        raise BadAddressError(translatable("The address must begin with https://."))
    host = (parts.hostname or "").lower()
    if not _HOST.fullmatch(host):
        raise BadAddressError(
            translatable("The address needs the name of a host, such as https://hooks.example.com/consent.")
        )
    if "@" in parts.netloc:
        raise BadAddressError(translatable("The address must have no user name and password."))
    if parts.fragment or not _TARGET.fullmatch(url):
        raise BadAddressError(translatable("The address must be ASCII without spaces and without a # part."))
    is_named = allowed.admits(host, port)
    if parts.scheme == "http" and not is_named:
        raise BadAddressError(translatable("The address must begin with https://."))
    if port != (80 if parts.scheme == "http" else 443) and port < 1024 and not is_named:
        raise BadAddressError(translatable(f"Port {port} is not one of a web server."))
    if not is_named and _is_internal(host):
        raise BadAddressError(_internal_sentence(host))
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port, path)


def _is_internal(host: str) -> bool:
    """Return whether `host` is localhost or a non-public address in any notation, without resolving names."""
    if host != "localhost" and not host.endswith(".localhost"):
        try:
            socket.getaddrinfo(host, None, flags=socket.AI_NUMERICHOST)
        except (OSError, UnicodeError):
            return False
    return not all(map(is_public, addresses_of(host, 0)))


def _internal_sentence(host: str) -> str:
    return translatable(f"{host} has an address that is not on the public Internet.")


def _unknown_host_sentence(host: str) -> str:
    return translatable(f"The host {host} was not found. Check the address.")


class _Connection:
    """An open connection, and when it was last used."""

    __slots__ = ("raw", "used_at")

    def __init__(self, raw: socket.socket) -> None:
        self.raw, self.used_at = raw, time.monotonic()

    def is_usable(self) -> bool:
        """Return whether the connection is recent and the peer has neither closed it nor written to it."""
        if time.monotonic() - self.used_at > IDLE_SECONDS:
            return False
        poller = select.poll()
        poller.register(self.raw, select.POLLIN)
        return not poller.poll(0)

    def close(self) -> None:
        """Close the connection."""
        with contextlib.suppress(OSError):
            self.raw.close()


class GuardedPoster:
    """Posts to addresses, and keeps connections open for the next post. Thread-safe.

    `allowed` names hosts that may be internal and reached without TLS. `context` checks certificates, by default
    against the machine's trust store.
    """

    def __init__(self, allowed: AllowList, context: ssl.SSLContext | None = None) -> None:
        self._allowed = allowed
        self._context = context or ssl.create_default_context()
        self._idle: dict[tuple[str, str, int], list[_Connection]] = {}
        self._active: set[_Connection] = set()
        self._is_over = False
        self._lock = threading.Lock()

    def send(
        self, url: str, body: bytes, headers: Mapping[str, str], *, method: str = "POST", total_s: float = TOTAL_SECONDS
    ) -> Answer:
        """Send `body` once, and return the response, or why there is none, within `total_s` seconds."""
        try:
            target = read_target(url, self._allowed)
            request = _request(method, target, body, headers)
        except BadAddressError as error:
            return Answer(0, str(error), is_refused=True)
        end = time.monotonic() + total_s
        connection = self._take(target)
        if connection is not None:
            answer = self._exchange(connection, target, request, body, end)
            # The peer may close an idle connection just as the next request is sent.
            if answer is not None:
                return answer
        try:
            left = max(0.1, end - time.monotonic())
            connection = run_with_deadline(left, lambda: self._open(target, end), _Connection.close)
        except BadAddressError as error:
            return Answer(0, str(error), is_refused=True)
        except OSError as error:
            return Answer(0, _failure_sentence(error, target), is_refused=True)
        return self._exchange(connection, target, request, body, end) or Answer(
            0, translatable("It closed the connection without a response."), is_refused=True
        )

    def close(self) -> None:
        """Close all idle connections."""
        with self._lock:
            idle, self._idle = self._idle, {}
        for connections in idle.values():
            for connection in connections:
                connection.close()

    def abort(self) -> None:
        """Abort all requests in progress, for good: their callers get an error."""
        with self._lock:
            self._is_over, active = True, list(self._active)
        self.close()
        for connection in active:
            with contextlib.suppress(OSError):
                connection.raw.shutdown(socket.SHUT_RDWR)

    def _take(self, target: Target) -> _Connection | None:
        while True:
            with self._lock:
                connections = self._idle.get(target[:3])
                connection = connections.pop() if connections else None
            if connection is None or connection.is_usable():
                return connection
            connection.close()

    def _give_back(self, target: Target, connection: _Connection) -> None:
        connection.used_at = time.monotonic()
        with self._lock:
            connections = self._idle.setdefault(target[:3], [])
            if len(connections) < MAX_IDLE and not self._is_over:
                connections.append(connection)
                return
        connection.close()

    def _open(self, target: Target, end: float) -> _Connection:
        limit = min(CONNECT_SECONDS, max(0.1, end - time.monotonic()))
        address = self._address(target)
        raw = socket.create_connection((str(address), target.port), limit)
        try:
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if target.scheme == "https":
                raw = self._context.wrap_socket(raw, server_hostname=target.host)
        except BaseException:
            raw.close()
            raise
        return _Connection(raw)

    def _address(self, target: Target) -> Address:
        """Return the address to connect to, resolved each time, so that a name can't be pointed inside later."""
        try:
            addresses = addresses_of(target.host, target.port)
        except (OSError, UnicodeError, ValueError):
            raise BadAddressError(_unknown_host_sentence(target.host)) from None
        if not self._allowed.admits(target.host, target.port) and not all(map(is_public, addresses)):
            raise BadAddressError(_internal_sentence(target.host))
        if not addresses:
            raise BadAddressError(_unknown_host_sentence(target.host))
        return addresses[0]

    def _exchange(
        self, connection: _Connection, target: Target, request: h11.Request, body: bytes, end: float
    ) -> Answer | None:
        """Return the response, or None if the connection was closed before its first byte."""
        exchange = _Exchange(connection.raw, end)
        with self._lock:
            self._active.add(connection)
        try:
            exchange.send(request, body)
            answer, is_reusable = exchange.answer()
        except OSError as error:
            connection.close()
            if not exchange.has_read and not isinstance(error, TimeoutError):
                return None
            return Answer(0, _failure_sentence(error, target))
        except _UnreadableError as error:
            connection.close()
            return Answer(0, str(error)) if exchange.has_read else None
        except BaseException:
            connection.close()
            raise
        finally:
            with self._lock:
                self._active.discard(connection)
        if is_reusable:
            self._give_back(target, connection)
        else:
            connection.close()
        return answer


class _UnreadableError(Exception):
    """Raised for a response that can't be read; the message is a sentence."""


class _Exchange:
    """One request and its response over a socket, with the deadline `end` however slowly the bytes arrive."""

    def __init__(self, raw: socket.socket, end: float) -> None:
        self._raw, self._end, self._count = raw, end, 0
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEADER_BYTES)

    @property
    def has_read(self) -> bool:
        """Return whether any byte of a response has arrived."""
        return self._count > 0

    def send(self, request: h11.Request, body: bytes) -> None:
        """Send `request` and its `body`."""
        text = self._http.send(request) + self._http.send(h11.Data(data=body)) + self._http.send(h11.EndOfMessage())
        self._raw.settimeout(self._remaining_s())
        self._raw.sendall(text)

    def answer(self) -> tuple[Answer, bool]:
        """Return the response, and whether the connection can be reused. Raises OSError, _UnreadableError."""
        status, retry, body, is_whole = 0, b"", b"", False
        while not is_whole and len(body) < MAX_BODY_BYTES:
            event = self._next_event()
            if isinstance(event, h11.Response):
                status, retry = event.status_code, dict(event.headers).get(b"retry-after", b"")
            elif isinstance(event, h11.Data):
                body += event.data
            is_whole = isinstance(event, h11.EndOfMessage)
        seconds = int(retry) if re.fullmatch(rb"[0-9]{1,6}", retry) else None
        is_reusable = is_whole and self._http.their_state is h11.DONE and not self._http.trailing_data[0]
        return Answer(status, "", body[:MAX_BODY_BYTES], seconds), is_reusable

    def _next_event(self) -> object:
        """Return the next h11 event of the response."""
        try:
            while (event := self._http.next_event()) is h11.NEED_DATA:
                self._http.receive_data(self._read())
        except h11.RemoteProtocolError as error:
            if self._http.trailing_data[1]:
                problem = translatable("It closed the connection in the middle of a response.")
            elif error.error_status_hint == http.HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE:
                problem = _headers_too_long(MAX_HEADER_BYTES)
            else:
                problem = translatable("Its response is not HTTP.")
            raise _UnreadableError(problem) from None
        return event

    def _read(self) -> bytes:
        self._raw.settimeout(self._remaining_s())
        part = self._raw.recv(8192)
        self._count += len(part)
        if self._count > MAX_READ_BYTES:
            raise _UnreadableError(_headers_too_long(MAX_HEADER_BYTES))
        return part

    def _remaining_s(self) -> float:
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


def _headers_too_long(most: int) -> str:
    return translatable(f"It returned more than {most // 1024} KiB of headers.")


def _request(method: str, target: Target, body: bytes, headers: Mapping[str, str]) -> h11.Request:
    for name, value in headers.items():
        if not _TOKEN.fullmatch(name) or not _VALUE.fullmatch(value):
            raise BadAddressError(
                translatable(f"The header {name!r} contains a character that headers must not contain.")
            )
    named = {"Host": target.named_host, "Accept-Encoding": "identity", **headers, "Content-Length": str(len(body))}
    return h11.Request(method=method, target=target.path, headers=list(named.items()))


def _failure_sentence(error: OSError, target: Target) -> str:
    """Return a sentence that says why there is no response."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return translatable(f"Its certificate is not valid: {error.verify_message.rstrip('.')}.")
    if isinstance(error, ssl.SSLError):
        reason = (error.reason or "it breaks off").replace("_", " ").lower()
        return translatable(f"No secure connection: {reason}.")
    if isinstance(error, TimeoutError):
        return translatable("It did not respond in time.")
    if isinstance(error, ConnectionRefusedError):
        return translatable(f"Nothing is listening at {target.host}, port {target.port}.")
    return translatable(f"It cannot be reached ({type(error).__name__}).")
