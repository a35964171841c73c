"""Post to addresses that users of the dashboard name: https to public addresses, no redirects, bounded in time and size.

The host is looked up for each connection and the connection goes to an address that was checked; of an answer at most
16 KiB of headers and of body are read, and nothing is decompressed. No proxy, cookie or user info is ever used.
"""

import contextlib
import re
import select
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from consent.core.translatable import translatable
from consent.outbound.public_addresses import Address, AllowList, addresses_of, is_public

TOTAL_SECONDS = 15.0
CONNECT_SECONDS = 5.0
IDLE_SECONDS = 30.0
"""A connection that was idle for longer is opened anew."""
MAX_HEADER_BYTES = 16 * 1024
MAX_BODY_BYTES = 16 * 1024
MAX_IDLE = 16
_HOST = re.compile(r"[a-z0-9._-]{1,253}|[0-9a-f:.]{2,45}")
_STATUS = re.compile(rb"HTTP/1\.[01] ([0-9]{3})(?: |\r\n|\r?$)")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[ -~]*")
_TARGET = re.compile(r"[!-~]*")


class BadAddressError(ValueError):
    """No address that may be posted to; the message is a sentence that says why."""


class Answer(NamedTuple):
    """What came of a post: a status and the beginning of the body, or status 0 and a sentence that says why none came.

    `retry_after` is the header of that name in seconds, where it says them; `is_refused` whether nothing was reached.
    """

    status: int
    problem: str
    body: bytes = b""
    retry_after: int | None = None
    is_refused: bool = False


class Target(NamedTuple):
    """An address in parts: `path` has the query too."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def named_host(self) -> str:
        """Return the value of the header `Host`."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.scheme == "https" else 80) else f"{host}:{self.port}"


def read_target(url: str, allowed: AllowList) -> Target:
    """Return the parts of `url`. Raises BadAddressError for one that may not be posted to, whatever its host leads to."""
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
    if not is_named and _is_inside(host):
        raise BadAddressError(_inside(host))
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port, path)


def _is_inside(host: str) -> bool:
    """Return whether `host`, an address in any form or localhost, is known without a look-up as not of the Internet."""
    if host != "localhost" and not host.endswith(".localhost"):
        try:
            socket.getaddrinfo(host, None, flags=socket.AI_NUMERICHOST)
        except (OSError, UnicodeError):
            return False
    return not all(map(is_public, addresses_of(host, 0)))


def _inside(host: str) -> str:
    return translatable(f"{host} has an address that is not of the public Internet.")


class _Connection:
    """An open connection, and since when nobody uses it."""

    __slots__ = ("raw", "used_at")

    def __init__(self, raw: socket.socket) -> None:
        self.raw, self.used_at = raw, time.monotonic()

    def is_usable(self) -> bool:
        """Return whether the other side has neither closed it nor written into it."""
        if time.monotonic() - self.used_at > IDLE_SECONDS:
            return False
        poller = select.poll()
        poller.register(self.raw, select.POLLIN)
        return not poller.poll(0)

    def close(self) -> None:
        """Close it."""
        with contextlib.suppress(OSError):
            self.raw.close()


class GuardedPoster:
    """Posts to the host of one address over connections that are kept for the next post; any number of threads may.

    `allowed` names hosts that may be inside the own network and may be reached without TLS. `context` checks
    certificates, by default against those that this machine trusts.
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
        """Send `body` once, and return the answer or why there is none, within `total_s` seconds."""
        try:
            target = read_target(url, self._allowed)
            request = _request(method, target, body, headers)
        except BadAddressError as error:
            return Answer(0, str(error), is_refused=True)
        end = time.monotonic() + total_s
        connection = self._take(target)
        if connection is not None:
            answer = self._exchange(connection, target, request, end)
            # The other side may close an idle connection at the moment of the next request.
            if answer is not None:
                return answer
        try:
            connection = self._open(target, end)
        except BadAddressError as error:
            return Answer(0, str(error), is_refused=True)
        except OSError as error:
            return Answer(0, _sentence(error, target), is_refused=True)
        return self._exchange(connection, target, request, end) or Answer(
            0, translatable("It closed the connection without an answer."), is_refused=True
        )

    def close(self) -> None:
        """Close the connections that nobody uses."""
        with self._lock:
            idle, self._idle = self._idle, {}
        for connections in idle.values():
            for connection in connections:
                connection.close()

    def abort(self) -> None:
        """Break off what is under way, for good: whoever waits for an answer gets an error."""
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
        """Return the address to connect to; looked up each time, so that a name cannot be made to lead inside later."""
        try:
            addresses = addresses_of(target.host, target.port)
        except (OSError, UnicodeError, ValueError):
            raise BadAddressError(translatable(f"{target.host} has no address.")) from None
        if not self._allowed.admits(target.host, target.port) and not all(map(is_public, addresses)):
            raise BadAddressError(_inside(target.host))
        if not addresses:
            raise BadAddressError(translatable(f"{target.host} has no address."))
        return addresses[0]

    def _exchange(self, connection: _Connection, target: Target, request: bytes, end: float) -> Answer | None:
        """Return the answer, or None where the connection was closed before the first byte of one."""
        reader = _Reader(connection.raw, end)
        with self._lock:
            self._active.add(connection)
        try:
            reader.send(request)
            answer, is_reusable = reader.answer()
        except OSError as error:
            connection.close()
            if not reader.has_read and not isinstance(error, TimeoutError):
                return None
            return Answer(0, _sentence(error, target))
        except _UnreadableError as error:
            connection.close()
            return Answer(0, str(error)) if reader.has_read else None
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
    """What came is no answer; the message is a sentence."""


class _Reader:
    """Reads one answer from a socket until the moment `end`, however slowly its bytes come."""

    def __init__(self, raw: socket.socket, end: float) -> None:
        self._raw, self._end, self._held = raw, end, b""
        self.has_read = False

    def send(self, request: bytes) -> None:
        """Send all of `request`."""
        self._raw.settimeout(self._left())
        self._raw.sendall(request)

    def answer(self) -> tuple[Answer, bool]:
        """Return the answer, and whether the connection can be used again. Raises OSError, _UnreadableError."""
        head = self._until(b"\r\n\r\n")
        status, fields = _head(head)
        while 100 <= status < 200:
            status, fields = _head(self._until(b"\r\n\r\n"))
        body, is_whole = self._body(status, fields)
        is_kept = fields.get("connection", "").lower() != "close" and head.startswith(b"HTTP/1.1")
        retry = fields.get("retry-after", "")
        answer = Answer(status, "", body, int(retry) if re.fullmatch(r"[0-9]{1,6}", retry) else None)
        return answer, is_whole and is_kept and not self._held

    def _body(self, status: int, fields: Mapping[str, str]) -> tuple[bytes, bool]:
        """Return the body up to its limit, and whether that is all of it."""
        if status in (204, 304):
            return b"", True
        if "chunked" in fields.get("transfer-encoding", "").lower():
            return self._chunks()
        length = fields.get("content-length")
        if length is None:
            return self._rest(), False
        if not re.fullmatch(r"[0-9]{1,12}", length):
            raise _UnreadableError(translatable("It answers with something else than HTTP."))
        wanted = min(int(length), MAX_BODY_BYTES)
        return self._exactly(wanted), wanted == int(length)

    def _chunks(self) -> tuple[bytes, bool]:
        body = b""
        while True:
            text = self._until(b"\r\n", 64).split(b";")[0].strip()
            if not re.fullmatch(rb"[0-9a-fA-F]{1,8}", text):
                raise _UnreadableError(translatable("It answers with something else than HTTP."))
            size = int(text, 16)
            if not size:
                return body, self._until(b"\r\n") == b"\r\n"
            if len(body) + size > MAX_BODY_BYTES:
                return body + self._exactly(MAX_BODY_BYTES - len(body)), False
            body += self._exactly(size)
            self._exactly(2)

    def _rest(self) -> bytes:
        body, self._held = self._held, b""
        while len(body) < MAX_BODY_BYTES and (part := self._read()):
            body += part
        return body[:MAX_BODY_BYTES]

    def _until(self, mark: bytes, most: int = MAX_HEADER_BYTES) -> bytes:
        while mark not in self._held:
            if len(self._held) > most:
                raise _UnreadableError(translatable(f"It answers with more than {most // 1024} KiB of headers."))
            part = self._read()
            if not part:
                raise _UnreadableError(translatable("It closed the connection in the middle of an answer."))
            self._held += part
        head, _, self._held = self._held.partition(mark)
        return head + mark

    def _exactly(self, size: int) -> bytes:
        while len(self._held) < size:
            part = self._read()
            if not part:
                raise _UnreadableError(translatable("It closed the connection in the middle of an answer."))
            self._held += part
        body, self._held = self._held[:size], self._held[size:]
        return body

    def _read(self) -> bytes:
        self._raw.settimeout(self._left())
        part = self._raw.recv(8192)
        self.has_read |= bool(part)
        return part

    def _left(self) -> float:
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


def _request(method: str, target: Target, body: bytes, headers: Mapping[str, str]) -> bytes:
    lines = [f"{method} {target.path} HTTP/1.1", f"Host: {target.named_host}", "Accept-Encoding: identity"]
    for name, value in headers.items():
        if not _TOKEN.fullmatch(name) or not _VALUE.fullmatch(value):
            raise BadAddressError(translatable(f"The header {name!r} holds a sign that no header may hold."))
        lines.append(f"{name}: {value}")
    lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("ascii") + b"\r\n\r\n" + body


def _head(text: bytes) -> tuple[int, dict[str, str]]:
    first, _, rest = text.partition(b"\r\n")
    match = _STATUS.match(first)
    if not match:
        raise _UnreadableError(translatable("It answers with something else than HTTP."))
    fields: dict[str, str] = {}
    for line in rest.split(b"\r\n"):
        name, _, value = line.partition(b":")
        fields[name.strip().lower().decode("latin-1")] = value.strip().decode("latin-1")
    return int(match[1]), fields


def _sentence(error: OSError, target: Target) -> str:
    """Return in words why nothing was reached."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return translatable(f"Its certificate is not valid: {error.verify_message.rstrip('.')}.")
    if isinstance(error, ssl.SSLError):
        reason = (error.reason or "it breaks off").replace("_", " ").lower()
        return translatable(f"No secure connection: {reason}.")
    if isinstance(error, TimeoutError):
        return translatable("It did not answer in time.")
    if isinstance(error, ConnectionRefusedError):
        return translatable(f"Nothing listens at {target.host}, port {target.port}.")
    return translatable(f"It cannot be reached ({type(error).__name__}).")
