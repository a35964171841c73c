"""Small HTTP client for one local server, with keep-alive connections."""

import http.client
import queue
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 10.0
MAX_IDLE_CONNECTIONS = 16
"""How many idle connections are kept open."""


class UnavailableError(Exception):
    """Raised when the server can't be reached or drops the connection."""


@dataclass(frozen=True, slots=True)
class Reply:
    """The server's response, with its headers in order."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class Upstream:
    """Client of the server at `base_url`, such as `http://127.0.0.1:8000`; thread-safe."""

    def __init__(self, base_url: str, timeout_s: float = TIMEOUT_SECONDS) -> None:
        parts = urlsplit(base_url)
        self._host, self._port, self._prefix = parts.hostname or "", parts.port, parts.path.rstrip("/")
        self._secure = parts.scheme == "https"
        self._timeout_s = timeout_s
        self._idle: queue.LifoQueue[http.client.HTTPConnection] = queue.LifoQueue(MAX_IDLE_CONNECTIONS)

    def request(self, method: str, target: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Reply:
        """Send one request and return the whole response.

        Raises UnavailableError if the server can't be reached or drops the connection.
        """
        fresh = False
        while True:
            try:
                connection = self._idle.get_nowait()
            except queue.Empty:
                connection, fresh = self._connect(), True
            try:
                return self._exchange(connection, method, target, headers or {}, body)
            except (OSError, http.client.HTTPException) as error:
                connection.close()
                # The server may have closed an idle connection in the meantime; retry on another one.
                if fresh or isinstance(error, TimeoutError):
                    raise UnavailableError(str(error) or type(error).__name__) from error

    def close(self) -> None:
        """Close the idle connections."""
        while True:
            try:
                self._idle.get_nowait().close()
            except queue.Empty:
                return

    def _connect(self) -> http.client.HTTPConnection:
        kind = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
        return kind(self._host, self._port, timeout=self._timeout_s)

    def _exchange(
        self,
        connection: http.client.HTTPConnection,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes,
    ) -> Reply:
        connection.request(method, self._prefix + target, body or None, dict(headers))
        response = connection.getresponse()
        reply = Reply(response.status, response.getheaders(), response.read())
        if response.will_close:
            connection.close()
        else:
            self._release(connection)
        return reply

    def _release(self, connection: http.client.HTTPConnection) -> None:
        try:
            self._idle.put_nowait(connection)
        except queue.Full:
            connection.close()
