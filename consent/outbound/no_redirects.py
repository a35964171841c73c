"""Open addresses that the operator configured, without following redirects and with a deadline for the whole response.

Only the operator decides where a request goes. `timeout` covers everything from name resolution to the last byte; in
the library it starts again with each address and each read.
"""

import io
import socket
import time
from functools import partial
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from typing import Any
from urllib.request import HTTPHandler, HTTPRedirectHandler, HTTPSHandler, Request, build_opener

from consent.outbound.deadline import run_with_deadline


class _DeadlineReader(io.RawIOBase):
    """The bytes from a socket until a deadline. Raises TimeoutError after it."""

    def __init__(self, raw: io.RawIOBase, connection: socket.socket, end: float) -> None:
        self._raw, self._connection, self._end = raw, connection, end

    def readable(self) -> bool:
        """Return True: the stream is readable."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Read into `buffer`, and return the number of bytes. Raises TimeoutError."""
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
        self.fp = io.BufferedReader(_DeadlineReader(self.fp.detach(), sock, end))


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
        """Open an unencrypted address."""
        return self.do_open(partial(_Connection, end=self._end), request)


class _SecureHandler(HTTPSHandler):
    def __init__(self, end: float) -> None:
        super().__init__()
        self._end = end

    def https_open(self, request: Request) -> HTTPResponse:
        """Open an https address whose certificate this machine trusts."""
        return self.do_open(partial(_SecureConnection, end=self._end), request)


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """Don't follow redirects."""


def open_without_redirects(request: Request, *, timeout: float) -> Any:
    """Open `request` to be read within `timeout` seconds. Raises OSError, and HTTPError for a status of 300 or more."""
    end = time.monotonic() + timeout
    opener = build_opener(_NoRedirect, _Handler(end), _SecureHandler(end))
    return run_with_deadline(timeout, lambda: opener.open(request, timeout=timeout), lambda late: late.close())
