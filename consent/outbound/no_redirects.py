"""Open addresses of the operator's: without following redirects, and with one end for the whole answer.

Where a request goes is the operator's word alone. `timeout` is for connecting, and then for all of the answer together: in
the library it begins anew with each byte.
"""

import io
import socket
import time
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from typing import Any
from urllib.request import HTTPHandler, HTTPRedirectHandler, HTTPSHandler, Request, build_opener


class _Until(io.RawIOBase):
    """The bytes that come from a socket until a moment. Raises TimeoutError behind it."""

    def __init__(self, raw: io.RawIOBase, connection: socket.socket, end: float) -> None:
        self._raw, self._connection, self._end = raw, connection, end

    def readable(self) -> bool:
        """Return True, as a stream that can be read does."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Read into `buffer`, and return how many bytes. Raises TimeoutError."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._connection.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        """Close the connection too."""
        self._raw.close()
        super().close()


class _Response(HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        if (seconds := sock.gettimeout()) is not None:
            self.fp = io.BufferedReader(_Until(self.fp.detach(), sock, time.monotonic() + seconds))


class _Connection(HTTPConnection):
    response_class = _Response


class _SecureConnection(HTTPSConnection):
    response_class = _Response


class _Handler(HTTPHandler):
    def http_open(self, request: Request) -> HTTPResponse:
        """Open an address that is not encrypted."""
        return self.do_open(_Connection, request)


class _SecureHandler(HTTPSHandler):
    def https_open(self, request: Request) -> HTTPResponse:
        """Open an address whose certificate this machine trusts."""
        return self.do_open(_SecureConnection, request)


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """Follow nothing."""


open_without_redirects = build_opener(_NoRedirect, _Handler, _SecureHandler).open
"""Opens a request; an answer of 300 and more raises HTTPError."""
