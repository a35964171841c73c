"""Consent gate for a site's own host, in one standard-library file: WSGI and ASGI middleware, and a forwarder.

    gate = Gate("https://consent.example.com", "shop", token, mounts=["/metrics/*"])
    application = gate.wsgi(application)                                        # or gate.asgi(application)

    python middleware.py --service https://… --site shop --token-file FILE --upstream https://… [--vendor ID]

Each event below a mount waits for the service's ruling (docs/own-host.md). Without one, it is stopped.
"""

import argparse
import asyncio
import http.client
import io
import logging
import threading
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit
from weakref import WeakKeyDictionary
from wsgiref.types import WSGIEnvironment

log = logging.getLogger("consent.gate")
MAX_EVENT = 1 << 20  # bytes; the service judges a larger event without its body
MAX_FORWARDED = 1 << 24  # bytes of a body that the forwarder passes on
MAX_IDLE = 64  # open connections to the service
PASSED_ON = (
    "Content-Type",
    "Sec-GPC",
    "DNT",
    "Referer",
    "Origin",
)  # request headers sent to the service, in addition to its cookies
SPOOFABLE = (
    "forwarded",
    "x-real-ip",
    "x-forwarded-",
    "x-gclb-",
    "x-appengine-",
    "x-gate-",
)  # a vendor would trust these
HOP_BY_HOP = {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "host"}
HEADERS_OF = {"CONTENT_TYPE": "Content-Type", "CONTENT_LENGTH": "Content-Length"}
Wsgi = Callable[..., Iterable[bytes]]
Asgi = Callable[..., Awaitable[None]]


@dataclass
class Event:
    """One request below a mount: `headers` by lower-case name; `body` is None if it is larger than MAX_EVENT."""

    method: str
    uri: str
    headers: dict[str, str]
    address: str
    body: bytes | None
    length: int = 0
    missed: int = 0


@dataclass
class Ruling:
    """What the gate does: answer `status`, `headers` and `body` if `is_stopped`, otherwise pass on `uri` and `body`."""

    is_stopped: bool
    status: int = 204
    body: bytes | None = None
    headers: list[tuple[str, str]] = field(default_factory=list)
    uri: str = ""
    keeps_cookies: bool = False
    added: dict[str, str] = field(default_factory=dict)
    dropped: tuple[str, ...] = ()


class Gate:
    """A gate that asks the service at `service` about each event of the site `site` below `mounts`.

    `token` has scope `decide`. `vendor` is the id of the vendor of all events, if the whole host belongs to one vendor.
    `address_header` is the header in which your proxy passes the visitor's address. An event is stopped if there is no
    answer within `timeout` seconds.
    """

    def __init__(
        self,
        service: str,
        site: str,
        token: str,
        *,
        mounts: Iterable[str] = ("/*",),
        vendor: str = "",
        address_header: str = "",
        timeout: float = 2.0,
    ) -> None:
        parts = urlsplit(service)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise ValueError("service must be a URL such as https://consent.example.com")
        self.mounts, self._site, self._token, self._vendor = tuple(mounts), site, token, vendor
        if not self.mounts or not all(mount.startswith("/") for mount in self.mounts):
            raise ValueError("mounts must be paths such as /metrics/*")
        self._host, self._timeout, self._address_header = parts.netloc, timeout, address_header.lower()
        self._path = f"{parts.path.rstrip('/')}/api/v1/sites/{site}/gate/event"
        self._connection_of = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._idle: deque[http.client.HTTPConnection] = deque(maxlen=MAX_IDLE)
        self._counts: Counter[tuple[str, str, str]] = Counter()
        self._lock, self._missed, self._is_down = threading.Lock(), 0, False
        self._is_https = parts.scheme == "https"
        self._streams: WeakKeyDictionary[asyncio.AbstractEventLoop, list[Any]] = WeakKeyDictionary()

    def covers(self, path: str) -> bool:
        """Return whether `path`, decoded and without its query, is at or below a mount."""
        return any(
            path == mount.removesuffix("/*") or (mount.endswith("/*") and path.startswith(mount[:-1]))
            for mount in self.mounts
        )

    def judge(self, event: Event) -> Ruling:
        """Return what to do with `event`; it is stopped if the service gives no valid answer."""
        try:
            headers = self._headers(event)
            return self._record_ruling(event, *self._send(event.body or b"", headers))
        except (OSError, http.client.HTTPException, ValueError) as error:
            return self._record_failure(error)

    async def judge_async(self, event: Event) -> Ruling:
        """Return what `judge` does, without blocking a thread."""
        try:
            headers = self._headers(event)
            async with asyncio.timeout(self._timeout):
                answer = await self._send_async(event.body or b"", headers)
            return self._record_ruling(event, *answer)
        except (OSError, EOFError, asyncio.LimitOverrunError, http.client.HTTPException, ValueError) as error:
            return self._record_failure(error)

    def _record_ruling(self, event: Event, status: int, facts: http.client.HTTPMessage, body: bytes) -> Ruling:
        ruling = _ruling(status, facts, body, event)
        with self._lock:
            # The service has now counted the missed events it was told about.
            self._missed -= min(self._missed, event.missed)
            was_down, self._is_down = self._is_down, False
            self._counts[facts.get("X-Gate-Vendor", ""), facts.get("X-Gate", ""), facts.get("X-Gate-Reason", "")] += 1
        if was_down:
            log.warning("The consent service responds again")
        return ruling

    def _record_failure(self, error: Exception) -> Ruling:
        with self._lock:
            self._missed, was_down, self._is_down = self._missed + 1, self._is_down, True
            self._counts["", "stop", "gate_unavailable"] += 1
        if not was_down:
            log.error("The consent service does not respond (%s); blocking all events", error)
        return Ruling(True)

    def metrics(self) -> str:
        """Return the counts of events by vendor, outcome and reason, in the Prometheus text format."""
        with self._lock:
            counts = sorted(self._counts.items())
        name, site = "consent_gate_events_total", self._site
        lines = [
            f'{name}{{site="{site}",vendor="{vendor}",outcome="{outcome}",reason="{reason}"}} {count}'
            for (vendor, outcome, reason), count in counts
        ]
        return "\n".join(["# TYPE consent_gate_events_total counter", *lines, ""])

    def wsgi(self, app: Wsgi) -> Wsgi:
        """Return `app` behind the gate."""

        def gated(environ: WSGIEnvironment, start_response: Callable[..., Any]) -> Iterable[bytes]:
            if not self.covers(_decoded(environ)):
                return app(environ, start_response)
            ruling = self.judge(_event_from_environ(environ, self._address_header))
            if ruling.is_stopped:
                start_response(f"{ruling.status} {http.client.responses[ruling.status]}", ruling.headers)
                return [ruling.body or b""]
            return app(_changed_environ(environ, ruling), _without_set_cookie(start_response, ruling))

        return gated

    def asgi(self, app: Asgi) -> Asgi:
        """Return `app` behind the gate."""

        async def gated(scope: dict[str, Any], receive: Callable[..., Any], send: Callable[..., Any]) -> None:
            if scope["type"] == "websocket" and self.covers(scope["path"]):
                await send({"type": "websocket.close", "code": 1008})  # WebSocket messages can't be judged
                return
            if scope["type"] != "http" or not self.covers(scope["path"]):
                await app(scope, receive, send)
                return
            body, is_whole = await _read_body(receive)
            event = _event_from_scope(scope, body if is_whole else None, self._address_header, len(body))
            ruling = await self.judge_async(event)
            if ruling.is_stopped:
                await _answer(send, ruling)
                return
            remaining = ruling.body if ruling.body is not None else body
            await app(_changed_scope(scope, ruling), _replay(remaining, is_whole, receive), _sender(send, ruling))

        return gated

    def _headers(self, event: Event) -> dict[str, str]:
        event.missed = self._missed
        headers = {name: event.headers[name.lower()] for name in PASSED_ON if name.lower() in event.headers}
        headers |= {"Authorization": f"Bearer {self._token}", "X-Gate-Method": event.method, "X-Gate-Uri": event.uri}
        headers |= {"X-Gate-Strip": "1", "X-Visitor-Address": event.address, "Cookie": self._consent_cookies(event)}
        headers |= {"X-Gate-Missed": str(event.missed or ""), "X-Gate-Vendor": self._vendor}
        headers["X-Gate-Length"] = "" if event.body else str(event.length)
        return {name: value for name, value in headers.items() if value}

    def _send(self, body: bytes, headers: dict[str, str]) -> tuple[int, http.client.HTTPMessage, bytes]:
        """Send on an open connection, and retry on a new one if the service has closed it in the meantime."""
        with suppress(IndexError):
            connection = self._idle.pop()
            with suppress(ConnectionError, http.client.BadStatusLine):
                return self._send_on(connection, body, headers)
        return self._send_on(self._connection_of(self._host, timeout=self._timeout), body, headers)

    def _send_on(
        self, connection: http.client.HTTPConnection, body: bytes, headers: dict[str, str]
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        try:
            connection.request("POST", self._path, body, headers)
            answer = connection.getresponse()
            received = answer.read()
        except BaseException:
            connection.close()
            raise
        self._idle.append(connection)
        return answer.status, answer.headers, received

    async def _send_async(self, body: bytes, headers: dict[str, str]) -> tuple[int, http.client.HTTPMessage, bytes]:
        """Do what `_send` does, on the streams of this event loop."""
        lines = [f"{name}: {value}" for name, value in headers.items()]
        if any("\r" in line or "\n" in line for line in lines):
            raise ValueError("a header with a line break")
        head = [f"POST {self._path} HTTP/1.1", f"Host: {self._host}", f"Content-Length: {len(body)}", *lines, "", ""]
        request = "\r\n".join(head).encode("latin-1") + body
        idle = self._streams.setdefault(asyncio.get_running_loop(), [])
        with suppress(IndexError):
            reader, writer = idle.pop()
            with suppress(ConnectionError, EOFError):
                return await self._send_stream(idle, reader, writer, request)
        name, _, port = self._host.rpartition(":") if ":" in self._host.rpartition("]")[2] else (self._host, "", "")
        address = name.strip("[]"), int(port or (443 if self._is_https else 80))
        return await self._send_stream(
            idle, *await asyncio.open_connection(*address, ssl=self._is_https or None), request
        )

    async def _send_stream(
        self, idle: list[Any], reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        try:
            writer.write(request)
            await writer.drain()
            status, facts, received = await _read_answer(reader)
        except BaseException:
            writer.close()
            raise
        if facts.get("Connection", "").lower() == "close" or len(idle) >= MAX_IDLE:
            writer.close()
        else:
            idle.append((reader, writer))
        return status, facts, received

    def _consent_cookies(self, event: Event) -> str:
        """Return only the consent service's cookies: the others are none of its business."""
        pairs = (pair.strip() for pair in event.headers.get("cookie", "").split(";"))
        names = (f"consent_{self._site}", f"consent_{self._site}_id")
        return "; ".join(pair for pair in pairs if pair.partition("=")[0] in names)


class Forwarder:
    """A WSGI app that forwards each request to `upstream`, such as the address of a server-side Tag Manager."""

    def __init__(self, upstream: str, site: str, *, address_header: str = "", timeout: float = 30.0) -> None:
        parts = urlsplit(upstream)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise ValueError("upstream must be a URL such as https://gtm.example.net")
        self._host, self._path, self._timeout, self._id = (
            parts.netloc,
            parts.path.rstrip("/"),
            timeout,
            f"consent_{site}_id",
        )
        self._connection_of = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._address_header = address_header.lower()

    def __call__(self, environ: WSGIEnvironment, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer as the upstream does, or with 204 if it can't be reached: libraries would retry after a 5xx."""
        text = environ.get("CONTENT_LENGTH") or "0"
        length = int(text) if text.isascii() and text.isdigit() else MAX_FORWARDED + 1
        if length > MAX_FORWARDED:
            start_response("413 Content Too Large", [("Cache-Control", "no-store")])
            return [b""]
        body = environ["wsgi.input"].read(length) if length else None
        connection = self._connection_of(self._host, timeout=self._timeout)
        try:
            connection.request(environ["REQUEST_METHOD"], self._path + _uri(environ), body, self._headers(environ))
            answer = connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException) as error:
            log.error("The upstream does not respond: %s", error)
            start_response("204 No Content", [("Cache-Control", "no-store")])
            return [b""]
        finally:
            connection.close()
        headers = [
            (name, value) for name, value in answer.getheaders() if name.lower() not in (*HOP_BY_HOP, "content-length")
        ]
        start_response(f"{answer.status} {answer.reason}", [*headers, ("Content-Length", str(len(text)))])
        return [text]

    def _headers(self, environ: Mapping[str, Any]) -> dict[str, str]:
        headers = {
            name: value
            for name, value in _headers_of(environ).items()
            if name not in (*HOP_BY_HOP, self._address_header)
        }
        if cookies := headers.pop("cookie", ""):
            # Only the consent service may see the secret that links a visitor's receipts.
            pairs = [one.strip() for one in cookies.split(";") if one.strip().partition("=")[0] != self._id]
            headers |= {"cookie": "; ".join(pairs)} if pairs else {}
        if environ.get("consent.gate.is_granted"):
            headers["X-Forwarded-For"] = environ["consent.gate.address"]
        return headers | {
            "X-Forwarded-Host": environ.get("HTTP_HOST", ""),
            "X-Forwarded-Proto": environ["wsgi.url_scheme"],
        }


async def _read_answer(reader: asyncio.StreamReader) -> tuple[int, http.client.HTTPMessage, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    first, _, rest = head.partition(b"\r\n")
    status, facts = int(first.split()[1]), http.client.parse_headers(io.BytesIO(rest))
    if status == 204:
        return status, facts, b""
    if facts.get("Transfer-Encoding", "").lower() != "chunked":
        return status, facts, await reader.readexactly(int(facts.get("Content-Length", "0")))
    body = b""
    while size := int((await reader.readline()).partition(b";")[0], 16):
        body += (await reader.readexactly(size + 2))[:-2]
    await reader.readuntil(b"\r\n")
    return status, facts, body


def _ruling(status: int, facts: http.client.HTTPMessage, body: bytes, event: Event) -> Ruling:
    outcome = facts.get("X-Gate")
    if status == 403 and outcome == "stop":
        return _stopped(facts, event)
    if (status, outcome) not in ((204, "pass"), (204, "strip"), (200, "strip")):
        raise ValueError(f"it returned {status}")
    uri = facts.get("X-Gate-Uri", "")
    if not uri.startswith("/"):
        raise ValueError("it returned no URI")
    prefix = "x-gate-set-"
    added = {name.lower().removeprefix(prefix): text for name, text in facts.items() if name.lower().startswith(prefix)}
    dropped = tuple(name.strip() for name in facts.get("X-Gate-Drop", "").split(",") if name.strip())
    changed = body if status == 200 else None
    return Ruling(False, 0, changed, [], uri, facts.get("X-Gate-Cookies") == "keep", added, dropped)


def _stopped(facts: http.client.HTTPMessage, event: Event) -> Ruling:
    origin = facts.get("X-Gate-Origin")
    headers = [("Cache-Control", "no-store")]
    if origin:
        headers += [
            ("Access-Control-Allow-Origin", origin),
            ("Access-Control-Allow-Credentials", "true"),
            ("Vary", "Origin"),
        ]
        if event.method == "OPTIONS":
            wanted = event.headers.get("access-control-request-headers", "content-type")
            headers += [("Access-Control-Allow-Methods", "GET, POST"), ("Access-Control-Allow-Headers", wanted)]
    status, body = int(facts.get("X-Gate-Status", "204")), facts.get("X-Gate-Body", "").encode()
    if status == 200:
        headers += [("Content-Type", facts.get("X-Gate-Type", "text/plain")), ("Content-Length", str(len(body)))]
    return Ruling(True, status, body if status == 200 else b"", headers)


def _is_kept(name: str, ruling: Ruling) -> bool:
    """Return whether a visitor's header, by its lower-case name, is passed on to the app behind the gate."""
    if name.startswith(SPOOFABLE) or name in ruling.dropped:
        return False
    return ruling.keeps_cookies or name not in ("cookie", "cookie2")


def _headers_of(environ: Mapping[str, Any]) -> dict[str, str]:
    named = {key[5:].replace("_", "-").lower(): value for key, value in environ.items() if key.startswith("HTTP_")}
    return named | {name.lower(): environ[key] for key, name in HEADERS_OF.items() if environ.get(key)}


def _decoded(environ: Mapping[str, Any]) -> str:
    path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    return str(path.encode("latin-1", "replace").decode("utf-8", "replace"))


def _uri(environ: Mapping[str, Any]) -> str:
    path = quote(
        (environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")).encode("latin-1"), safe="/%:@!$&'()*+,;=-._~"
    )
    return path + (f"?{environ['QUERY_STRING']}" if environ.get("QUERY_STRING") else "")


def _event_from_environ(environ: WSGIEnvironment, address_header: str) -> Event:
    length, stream = environ.get("CONTENT_LENGTH") or "", environ["wsgi.input"]
    if length:
        size = int(length) if length.isascii() and length.isdigit() else MAX_EVENT + 1
        body = stream.read(size) if size <= MAX_EVENT else None
    elif environ.get("wsgi.input_terminated"):
        body = stream.read(MAX_EVENT + 1)  # chunked: the server marks the end of the input
        size = len(body)
        if size > MAX_EVENT:
            environ["wsgi.input"], body = _Chained(body, stream), None
    else:
        body, size = b"", 0
    if body is not None:
        environ["wsgi.input"] = io.BytesIO(body)
    headers = _headers_of(environ)
    address = headers.get(address_header, "") if address_header else environ.get("REMOTE_ADDR", "")
    environ["consent.gate.address"] = address
    return Event(environ["REQUEST_METHOD"], _uri(environ), headers, address, body, size)


class _Chained(io.RawIOBase):
    """The part of a stream that was already read, followed by the rest."""

    def __init__(self, first: bytes, rest: Any) -> None:
        self._first, self._rest = io.BytesIO(first), rest

    def read(self, size: int = -1) -> bytes:
        """Return at most `size` bytes."""
        return self._first.read(size) or bytes(self._rest.read(size))


def _changed_environ(environ: WSGIEnvironment, ruling: Ruling) -> WSGIEnvironment:
    kept = {
        key: value
        for key, value in environ.items()
        if not key.startswith("HTTP_") or _is_kept(key[5:].replace("_", "-").lower(), ruling)
    }
    kept |= {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in ruling.added.items()}
    kept |= {"QUERY_STRING": ruling.uri.partition("?")[2], "consent.gate.is_granted": ruling.keeps_cookies}
    for name in ("REQUEST_URI", "RAW_URI"):
        kept.pop(name, None)
    if ruling.body is not None:
        kept.pop("HTTP_CONTENT_ENCODING", None)
        kept |= {"wsgi.input": io.BytesIO(ruling.body), "CONTENT_LENGTH": str(len(ruling.body))}
    return kept


def _without_set_cookie(start_response: Callable[..., Any], ruling: Ruling) -> Callable[..., Any]:
    def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
        return start_response(status, [one for one in headers if one[0].lower() != "set-cookie"], *rest)

    return start_response if ruling.keeps_cookies else start


async def _read_body(receive: Callable[..., Any]) -> tuple[bytes, bool]:
    """Return the body, or the beginning of one that is too large, and whether it is complete."""
    body, more = b"", True
    while more and len(body) <= MAX_EVENT:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body, not more and len(body) <= MAX_EVENT


def _event_from_scope(scope: dict[str, Any], body: bytes | None, address_header: str, length: int) -> Event:
    headers: dict[str, str] = {}
    for raw, value in scope["headers"]:
        name, text = raw.decode("latin-1").lower(), value.decode("latin-1")
        headers[name] = f"{headers[name]}{'; ' if name == 'cookie' else ','}{text}" if name in headers else text
    path = (scope.get("raw_path") or quote(scope["path"]).encode()).decode("latin-1")
    query = scope["query_string"].decode("latin-1")
    client = (scope.get("client") or ("", 0))[0]
    address = headers.get(address_header, "") if address_header else client
    return Event(scope["method"], path + (f"?{query}" if query else ""), headers, address, body, length)


def _changed_scope(scope: dict[str, Any], ruling: Ruling) -> dict[str, object]:
    without = ("content-length", "content-encoding") if ruling.body is not None else ()
    kept = [
        (name, value)
        for name, value in scope["headers"]
        if _is_kept(name.decode("latin-1").lower(), ruling) and name.decode("latin-1").lower() not in without
    ]
    kept += [(name.lower().encode(), value.encode()) for name, value in ruling.added.items()]
    if ruling.body is not None:
        kept.append((b"content-length", str(len(ruling.body)).encode()))
    return {**scope, "headers": kept, "query_string": ruling.uri.partition("?")[2].encode()}


def _replay(body: bytes, is_whole: bool, receive: Callable[..., Any]) -> Callable[..., Any]:
    """Return a `receive` that replays the body, then passes on the server's messages."""
    waiting = [{"type": "http.request", "body": body, "more_body": not is_whole}]

    async def replay() -> Any:
        return waiting.pop() if waiting else await receive()

    return replay


def _sender(send: Callable[..., Any], ruling: Ruling) -> Callable[..., Any]:
    async def filtered(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            headers = [one for one in message.get("headers", []) if one[0].lower() != b"set-cookie"]
            message = {**message, "headers": headers}
        await send(message)

    return send if ruling.keeps_cookies else filtered


async def _answer(send: Callable[..., Any], ruling: Ruling) -> None:
    headers = [(name.lower().encode(), value.encode()) for name, value in ruling.headers]
    await send({"type": "http.response.start", "status": ruling.status, "headers": headers})
    await send({"type": "http.response.body", "body": ruling.body or b""})


class _Handler(BaseHTTPRequestHandler):
    """The handler of one connection, which runs the forwarder behind its gate."""

    protocol_version = "HTTP/1.1"
    timeout = 75
    gate: Gate
    app: Wsgi

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(6, 1, 1)  # TCP_NODELAY: a response of two writes must not wait for the peer's ACK

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing about visitors."""

    def _serve(self) -> None:
        path, _, query = self.path.partition("?")
        if path == "/__gate/metrics" and self.client_address[0] in ("127.0.0.1", "::1"):
            self._send("200 OK", [("Content-Type", "text/plain; version=0.0.4")], self.gate.metrics().encode())
            return
        environ, started = self._environ(path, query), list[Any]()
        parts = self.app(environ, lambda status, headers, *rest: started.extend((status, headers)))
        body = b"".join(parts)
        # Any part of the body left unread would be parsed as the next request.
        length = environ.get("CONTENT_LENGTH") or "0"
        self.close_connection |= not (length.isascii() and length.isdigit()) or int(length) > MAX_EVENT
        self._send(started[0], started[1], body)

    do_GET = do_POST = do_PUT = do_OPTIONS = do_HEAD = _serve

    def _environ(self, path: str, query: str) -> WSGIEnvironment:
        # X_Real_IP would get the same key as X-Real-IP, so a visitor could send it alongside the proxy's header.
        sent = [name for name in self.headers if "_" not in name]
        names = {name.upper().replace("-", "_"): ", ".join(self.headers.get_all(name, [])) for name in sent}
        if cookies := self.headers.get_all("Cookie"):
            names["COOKIE"] = "; ".join(cookies)
        if "TRANSFER_ENCODING" in names:
            self.close_connection = True  # a chunked body isn't read: the request is treated as having none
        environ: WSGIEnvironment = {f"HTTP_{name}": value for name, value in names.items() if name not in HEADERS_OF}
        environ |= {name: names[name] for name in HEADERS_OF if name in names}
        stream = self.rfile if names.get("CONTENT_LENGTH") else io.BytesIO()
        environ |= {"REQUEST_METHOD": self.command, "PATH_INFO": path, "QUERY_STRING": query, "SCRIPT_NAME": ""}
        return environ | {"REMOTE_ADDR": self.client_address[0], "wsgi.url_scheme": "https", "wsgi.input": stream}

    def _send(self, status: str, headers: list[tuple[str, str]], body: bytes) -> None:
        code, _, phrase = status.partition(" ")
        self.send_response_only(int(code), phrase)
        for name, value in headers:
            if name.lower() != "content-length":
                self.send_header(name, value)
        if code not in ("204", "304"):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD" and body:
            self.wfile.write(body)


class _Server(ThreadingHTTPServer):
    request_queue_size = 512


def main() -> None:
    """Run the forwarder until it is interrupted."""
    parser = argparse.ArgumentParser(description="Consent gate before a vendor, such as a server-side Tag Manager.")
    parser.add_argument("--service", required=True, help="URL of the consent service")
    parser.add_argument("--site", required=True, help="key of the site")
    parser.add_argument(
        "--token-file", required=True, type=Path, help="file that contains an API token of scope decide"
    )
    parser.add_argument("--upstream", required=True, help="URL to which events are forwarded")
    parser.add_argument("--vendor", default="", help="id of the vendor, if the whole host belongs to one vendor")
    parser.add_argument(
        "--address-header", default="", help="header in which your proxy passes the visitor's IP address"
    )
    parser.add_argument("--listen", default="127.0.0.1:9300", help="address and port to listen on")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    token = options.token_file.read_text("utf-8").strip()
    try:
        gate = Gate(options.service, options.site, token, vendor=options.vendor, address_header=options.address_header)
        forwarder = Forwarder(options.upstream, options.site)
    except ValueError as error:
        parser.error(str(error))
    host, _, port = options.listen.rpartition(":")
    handler = type("Handler", (_Handler,), {"gate": gate, "app": staticmethod(gate.wsgi(forwarder))})
    with _Server((host.strip("[]"), int(port)), handler) as server, suppress(KeyboardInterrupt):
        log.info("The gate for %s is listening on %s", options.site, options.listen)
        server.serve_forever()


if __name__ == "__main__":
    main()
