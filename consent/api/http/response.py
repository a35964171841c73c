"""Framework-independent HTTP response, and the one JSON shape of every error."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from consent.web.compression import best_encoding, compress
from consent.web.wsgi_bridge import encode_headers

JSON = "application/json; charset=utf-8"
_NO_BODY = (204, 304)
HSTS = ("Strict-Transport-Security", "max-age=31536000")
"""Sent over https: browsers then use https for a year."""
NO_STORE = ("Cache-Control", "no-store")
"""Sent with what is personal, secret or true only now: neither browsers nor proxies keep it."""
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode
_MIN_COMPRESSED_BYTES = 400
"""Size in bytes below which compression costs more than it saves."""


class ApiError(Exception):
    """A refused request; nothing was written."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        fields: Mapping[str, object] | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.fields, self.retry_after = (
            status,
            code,
            message,
            errors_by_field(fields or {}),
            retry_after,
        )

    def body(self) -> dict[str, object]:
        """Return the JSON shape of this error."""
        return {"error": {"code": self.code, "message": self.message, "fields": self.fields}}


@dataclass(slots=True)
class Answer:
    """Status, headers and complete body of a response; it may be cached for many requests and isn't modified."""

    status: int = 200
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    _sized: list[tuple[str, str]] | None = None
    _encoded: list[tuple[bytes, bytes]] | None = None

    def headers_with_length(self) -> list[tuple[str, str]]:
        """Return the headers, with a Content-Length if the status allows a body."""
        if self._sized is None:
            length = [] if self.status in _NO_BODY else [("Content-Length", str(len(self.body)))]
            self._sized = [*self.headers, *length]
        return self._sized

    def encoded(self) -> list[tuple[bytes, bytes]]:
        """Return the same headers as bytes (RFC 9110, 5.5)."""
        if self._encoded is None:
            self._encoded = encode_headers(self.headers_with_length())
        return self._encoded


def matches_etag(sent: str | None, etag: str) -> bool:
    """Return whether an If-None-Match names `etag`: alone, in a list, as a strong one, or by `*` (RFC 9110, 13.1.2)."""
    if sent is None or sent == "*":
        return sent is not None
    # Searched with its quotes, `etag` can't match part of a longer tag; the character before it is a separator.
    at = sent.find(etag.removeprefix("W/"))
    return at == 0 or (at > 0 and sent[at - 1] in " ,/")


def errors_by_field(found: Mapping[Any, Any], prefix: str = "") -> dict[str, list[str]]:
    """Return a check's errors, in whatever shape, as a list of sentences for each field by its dotted name."""
    fields: dict[str, list[str]] = {}
    for name, texts in found.items():
        # marshmallow reports the whole object as `_schema`, and the key and value of a dict entry separately.
        is_aside = prefix and (name == "_schema" or found.keys() <= {"key", "value"})
        path = prefix if is_aside else f"{prefix}.{name}".removeprefix(".")
        inner = (
            errors_by_field(texts, path)
            if isinstance(texts, Mapping)
            else {path: [texts] if isinstance(texts, str) else texts}
        )
        for one, sentences in inner.items():
            fields[one] = [*fields.get(one, []), *sentences]
    return fields


def to_json(value: Any) -> bytes:
    """Return `value` as compact UTF-8 JSON."""
    return _encode(value).encode()


def json_answer(
    value: Any, status: int = 200, headers: list[tuple[str, str]] | None = None, accepted: str = ""
) -> Answer:
    """Return `value` as a JSON answer, compressed if the client accepts it and it saves enough."""
    return json_bytes(to_json(value), status, headers, accepted)


def json_bytes(
    body: bytes, status: int = 200, headers: list[tuple[str, str]] | None = None, accepted: str = ""
) -> Answer:
    """Return `body`, which is already JSON, as `json_answer` would."""
    all_headers = [("Content-Type", JSON), ("X-Content-Type-Options", "nosniff"), *(headers or [])]
    if accepted and len(body) > _MIN_COMPRESSED_BYTES and (encoding := best_encoding(accepted)):
        body = compress(body, encoding)
        all_headers.append(("Content-Encoding", encoding))
    return Answer(status, all_headers, body)


def error_answer(error: ApiError, headers: list[tuple[str, str]] | None = None) -> Answer:
    """Return `error` in the one JSON shape."""
    extra = [("Retry-After", str(error.retry_after))] if error.retry_after is not None else []
    if error.status == 401:
        extra.append(("WWW-Authenticate", "Bearer"))
    return json_answer(error.body(), error.status, [NO_STORE, *extra, *(headers or [])])
