"""Framework-independent HTTP request for endpoints, from the fast path or from Flask."""

import json
from collections.abc import Iterator
from itertools import islice
from math import isinf
from typing import Any
from urllib.parse import parse_qsl
from wsgiref.types import WSGIEnvironment

from werkzeug.exceptions import ClientDisconnected, RequestTimeout

from consent.api.http.response import ApiError
from consent.geo import HEADERS

MAX_BODY = 8 * 1024
MAX_DEPTH = 8
MAX_QUERY = 4096
MAX_COOKIES = 8
"""Maximum number of cookies with one name: a host and each of its parent domains can set one; any more are forged."""
RETRY_SECONDS = 5


class Request:
    """One WSGI request: method, path, headers, query and a body, by default of at most 8 KiB."""

    __slots__ = ("_body", "_query", "environ", "path")

    def __init__(self, environ: WSGIEnvironment) -> None:
        self.environ = environ
        self.path: str = environ["PATH_INFO"]
        self._query: dict[str, str] | None = None
        self._body: bytes | None = None

    @property
    def method(self) -> str:
        """Return the method in upper case."""
        return str(self.environ["REQUEST_METHOD"])

    @property
    def peer(self) -> str:
        """Return the address of the connection's peer."""
        return str(self.environ.get("REMOTE_ADDR") or "")

    @property
    def is_forwarded(self) -> bool:
        """Return whether the request has a header that only proxies send."""
        return not self.environ.keys().isdisjoint(_OF_PROXIES)

    def header(self, name: str) -> str | None:
        """Return the value of the header `name` without surrounding whitespace, or None."""
        value = self.environ.get(_KEYS[name])
        return value.strip() if value is not None else None

    @property
    def query(self) -> dict[str, str]:
        """Return the query parameters. Raises ApiError if one is repeated or the string is too long."""
        if self._query is None:
            text = self.environ.get("QUERY_STRING") or ""
            self._query = _parse_query(text) if text else {}
        return self._query

    def cookie(self, name: str) -> str | None:
        """Return the value of the first cookie `name`, or None."""
        return next(_cookies(self.environ.get("HTTP_COOKIE") or "", name), None)

    def cookies(self, name: str) -> list[str]:
        """Return the values of the cookies `name` in the order sent, up to MAX_COOKIES."""
        return list(islice(_cookies(self.environ.get("HTTP_COOKIE") or "", name), MAX_COOKIES))

    def body(self, most: int = MAX_BODY) -> bytes:
        """Return the body. Raises ApiError 413 beyond `most` bytes, 503 if it is late or incomplete.

        Not 408: pages drop a choice that is refused with a 4xx, but send it again after a 503.
        """
        try:
            if self._body is None:
                self._body = self._read(most)
        except RequestTimeout:
            message = "The request body timed out; nothing was written."
            raise ApiError(503, "body_timeout", message, retry_after=RETRY_SECONDS) from None
        except ClientDisconnected:
            raise _truncated_error() from None
        if len(self._body) > most:
            raise _too_large_error(most)
        return self._body

    def _read(self, most: int) -> bytes:
        length = self.environ.get("CONTENT_LENGTH") or ""
        stream = self.environ["wsgi.input"]
        if not length:
            if "chunked" not in (self.header("Transfer-Encoding") or "").lower():
                return b""
            data = stream.read(most + 1)
        elif not length.isascii() or not length.isdigit():
            raise ApiError(400, "invalid_length", "Content-Length must be a number.")
        elif int(length) > most:
            raise _too_large_error(most)
        else:
            data = stream.read(int(length))
            if len(data) < int(length):
                raise _truncated_error()
        return bytes(data)

    def json(self, most: int = MAX_BODY, deepest: int = MAX_DEPTH) -> dict[str, Any]:
        """Return the body of at most `most` bytes as a JSON object, sent as `application/json` or `text/plain`.

        Raises ApiError for another content type, and for anything but one JSON object without duplicate names, NaN or
        deep nesting.
        """
        return parse_object(self.json_body(most), deepest)

    def json_body(self, most: int = MAX_BODY) -> bytes:
        """Return the body if its content type is JSON. Raises ApiError for another content type."""
        kind = (self.header("Content-Type") or "").partition(";")[0].strip().lower()
        if kind not in ("application/json", "text/plain"):
            raise ApiError(415, "unsupported_content_type", "Send application/json, or the same JSON as text/plain.")
        return self.body(most)


def parse_object(body: bytes, deepest: int = MAX_DEPTH) -> dict[str, Any]:
    """Return the one JSON object in `body`. Raises ApiError 400 for anything else."""
    value = parse_json(body, deepest)
    if not isinstance(value, dict):
        raise ApiError(400, "invalid_json", "The body must be one JSON object.")
    return value


def parse_json(body: bytes, deepest: int = MAX_DEPTH) -> Any:
    """Return the JSON value in `body`. Raises ApiError 400 for duplicate names, deep nesting, NaN or invalid JSON."""
    try:
        value = _decode(body.decode("utf-8"))
        if b"\\u" in body:
            _check_texts(value)
    except RecursionError:
        raise _too_deep_error() from None
    except ValueError as error:
        # The part after a semicolon is Python's advice to programmers.
        reason = str(error).partition(";")[0][:120]
        raise ApiError(400, "invalid_json", f"The body is not valid JSON: {reason}.") from None
    # Most bodies have too few brackets to be nested too deeply.
    if body.count(b"{") + body.count(b"[") > deepest and _depth(value, deepest) > deepest:
        raise _too_deep_error()
    return value


def _cookies(header: str, name: str) -> Iterator[str]:
    """Yield the values of the cookies `name`, without parsing the others: a client may send thousands."""
    start, wanted = 0, f"{name}="
    while (at := header.find(wanted, start)) >= 0:
        pair = header.rfind(";", start, at) + 1 or start
        end = header.find(";", at)
        end = len(header) if end < 0 else end
        if not header[pair:at].strip():
            yield header[at + len(wanted) : end].rstrip()
        start = end + 1


def _truncated_error() -> ApiError:
    # Not 400, as with a late body: the connection may have been cut on our side.
    return ApiError(
        503, "body_truncated", "The request body is incomplete; nothing was written.", retry_after=RETRY_SECONDS
    )


def _too_large_error(most: int) -> ApiError:
    return ApiError(413, "body_too_large", f"The request body is limited to {most} bytes.")


def _too_deep_error() -> ApiError:
    return ApiError(400, "invalid_json", "The body is nested too deeply.")


def _reject_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("duplicate name")
    return found


def _check_texts(value: Any) -> None:
    """Raise ApiError 400 for a text or name whose escapes produce characters that can't be encoded or stored."""
    if isinstance(value, str):
        if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
            raise ApiError(400, "invalid_json", "A string contains U+0000 or an unpaired surrogate.")
    elif isinstance(value, dict | list):
        for part in (*value, *value.values()) if isinstance(value, dict) else value:
            _check_texts(part)


def _reject_constant(text: str) -> Any:
    raise ValueError(f"{text} is not a JSON number")


def _parse_float(text: str) -> float:
    value = float(text)
    if isinf(value):
        raise ValueError(f"{text} is too large")
    return value


def _depth(value: Any, deepest: int, level: int = 1) -> int:
    if level > deepest or not isinstance(value, dict | list):
        return level
    inner = value.values() if isinstance(value, dict) else value
    return max((_depth(one, deepest, level + 1) for one in inner), default=level)


def _parse_query(text: str) -> dict[str, str]:
    if len(text) > MAX_QUERY:
        raise ApiError(400, "invalid_query", "The query string is too long.")
    try:
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=False, max_num_fields=40, errors="strict")
    except ValueError:
        raise ApiError(400, "invalid_query", "The query string is not valid.") from None
    if any("\0" in value for _, value in pairs):
        # PostgreSQL can't store such text, so a search can't match it.
        raise ApiError(400, "invalid_query", "The query string contains U+0000.")
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ApiError(400, "invalid_query", "A query parameter is repeated.")
    return found


def _environ_key(name: str) -> str:
    key = name.upper().replace("-", "_")
    return key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else "HTTP_" + key


class _Keys(dict[str, str]):
    """The environ key of each header in use; all names come from this project's code, so there are few."""

    def __missing__(self, name: str) -> str:
        return self.setdefault(name, _environ_key(name))


_KEYS = _Keys()
_OF_PROXIES = frozenset(_environ_key(name) for name in HEADERS)
_decode = json.JSONDecoder(
    object_pairs_hook=_reject_duplicates, parse_constant=_reject_constant, parse_float=_parse_float
).decode
