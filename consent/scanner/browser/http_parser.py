"""Parser of HTTP/1.1 message heads for the egress proxy."""

import asyncio
from dataclasses import dataclass
from urllib.parse import urlsplit

MAX_BODY = 10 * 1024 * 1024
HOP_BY_HOP = {b"connection", b"keep-alive", b"proxy-connection", b"proxy-authorization", b"te", b"upgrade"}
REASONS = {400: "Bad Request", 403: "Forbidden"}


class HttpParseError(Exception):
    """Raised for a message that must not be forwarded."""


@dataclass(frozen=True, slots=True)
class Head:
    """A start line and header lines, without hop-by-hop headers."""

    first: bytes
    lines: tuple[bytes, ...]

    def closing(self) -> bytes:
        """Return the head as bytes, with `Connection: close`."""
        return b"\r\n".join((self.first, *self.lines, b"Connection: close", b"", b""))

    def value(self, name: bytes) -> bytes | None:
        """Return the value of the header `name` (lower case), or None. Raises HttpParseError if it occurs twice."""
        values = [line.partition(b":")[2].strip() for line in self.lines if line.partition(b":")[0].lower() == name]
        if len(values) > 1:
            raise HttpParseError
        return values[0] if values else None


@dataclass(frozen=True, slots=True)
class RequestHead:
    """A browser's request to the proxy."""

    method: str
    host: str
    port: int
    target: str
    head: Head
    length: int

    def for_origin(self) -> bytes:
        """Return the head in the form the origin server expects."""
        first = f"{self.method} {self.target} HTTP/1.1".encode("latin-1")
        return Head(first, self.head.lines).closing()


async def read_head(reader: asyncio.StreamReader) -> Head:
    """Read a head. Raises HttpParseError if it is too long or incomplete."""
    try:
        block = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.LimitOverrunError, asyncio.IncompleteReadError):
        raise HttpParseError from None
    first, *lines = block[:-4].split(b"\r\n")
    return Head(first, tuple(line for line in lines if line.partition(b":")[0].strip().lower() not in HOP_BY_HOP))


async def read_request_head(reader: asyncio.StreamReader) -> RequestHead:
    """Read a proxy request: `CONNECT host:port`, or an absolute http URL. Raises HttpParseError."""
    head = await read_head(reader)
    try:
        method, target, _version = head.first.decode("ascii").split(" ")
        parts = urlsplit(f"//{target}" if method == "CONNECT" else target)
        port = parts.port or 80
    except ValueError:
        raise HttpParseError from None
    if not parts.hostname or (method != "CONNECT" and parts.scheme != "http") or head.value(b"transfer-encoding"):
        raise HttpParseError
    length = head.value(b"content-length") or b"0"
    if not length.isdigit() or int(length[:12]) > MAX_BODY:
        raise HttpParseError
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return RequestHead(method, parts.hostname, port, path, head, int(length))


def answer_head(status: int, sentence: str) -> bytes:
    """Return a complete plain-text response from the proxy itself."""
    body = sentence.encode()
    lines = ("Content-Type: text/plain; charset=utf-8", f"Content-Length: {len(body)}", "Connection: close")
    return "\r\n".join((f"HTTP/1.1 {status} {REASONS[status]}", *lines, "", "")).encode() + body
