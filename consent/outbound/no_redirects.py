"""Open addresses of the operator's: without following redirects, and with one end for the whole answer.

Where a request goes is the operator's word alone. `timeout` is for all together, from looking the name up to the last byte:
in the library it begins anew with each address and each byte.
"""

import io
import socket
import time
from functools import partial
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from typing import Any
from urllib.request import HTTPHandler, HTTPRedirectHandler, HTTPSHandler, Request, build_opener

from consent.outbound.deadline import within


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
    def __init__(self, sock: socket.socket, *args: Any, end: float, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_Until(self.fp.detach(), sock, end))


class _Connection(HTTPConnection):
    def __init__(self, *args: Any, end: float, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.response_class = partial(_Response, end=end)  # type: ignore[assignment]


class _SecureConnection(HTTPSConnection):
    def __init__(self, *args: Any, end: float, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.response_class = partial(_Response, end=end)  # type: ignore[assignment]


class _Handler(HTTPHandler):
    def __init__(self, end: float) -> None:
        super().__init__()
        self._end = end

    def http_open(self, request: Request) -> HTTPResponse:
        """Open an address that is not encrypted."""
        return self.do_open(partial(_Connection, end=self._end), request)


class _SecureHandler(HTTPSHandler):
    def __init__(self, end: float) -> None:
        super().__init__()
        self._end = end

    def https_open(self, request: Request) -> HTTPResponse:
        """Open an address whose certificate this machine trusts."""
        return self.do_open(partial(_SecureConnection, end=self._end), request)


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """Follow nothing."""


def open_without_redirects(request: Request, *, timeout: float) -> Any:
    """Open `request`, to be read within `timeout` seconds from now. Raises OSError, HTTPError from a status of 300 on."""
    end = time.monotonic() + timeout
    opener = build_opener(_NoRedirect, _Handler(end), _SecureHandler(end))
    return within(timeout, lambda: opener.open(request, timeout=timeout), lambda late: late.close())
