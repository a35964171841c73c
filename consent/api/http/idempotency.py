"""Idempotency-Key: a repeated write gets the answer of the first (draft-ietf-httpapi-idempotency-key-header-07)."""

import contextlib
import functools
import hashlib
import re
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from consent.api.http.context import ApiContext
from consent.api.http.request import MAX_BODY, Request
from consent.api.http.response import NO_STORE, Answer, ApiError, json_bytes
from consent.api.http.site import find_owned
from consent.privacy.seal import Seal
from consent.storage.operations import idempotency_keys as store
from consent.storage.operations.idempotency_keys import Claimed

HEADER = "Idempotency-Key"
_KEY = re.compile(r"[\x20-\x7e]{1,255}")
_STRING = re.compile(r'"((?:[^"\\]|\\["\\])*)"')
"""A String of RFC 8941, 3.3.3, as the draft requires; most clients send the key without quotes."""
RETRY_SECONDS = 2
_EVERY_SITE = 0

PARAMETER = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "Unique key of this write, such as a random UUID: a repeated request with the same key takes "
    "effect once within 24 hours.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": r"^[\x20-\x7e]+$"},
    "example": '"8e03978e-40d5-43e8-bc93-6894a57f9324"',
}
ERRORS = (400, 409, 413, 422)
"""The errors a route may return because of the header."""


@dataclass(slots=True)
class IdempotentWrite:
    """A write with an idempotency key, whose answer is stored in the transaction of its effect; or one without a key.

    `items` are the results noted by an earlier attempt at the same request that was interrupted.
    """

    key_hash: bytes = b""
    holder: str = ""
    now: Callable[[], float] = time.time
    seal: Seal | None = None
    items: list[Any] = field(default_factory=list)

    def keep(self, connection: Connection, answer: Answer) -> Answer:
        """Store and return the answer. Raises ApiError, which rolls back, if another request has taken the key."""
        if self.seal:
            body = self.seal.close({"body": answer.body.decode()}, _EVERY_SITE)
            etag = dict(answer.headers).get("ETag")
            if not store.keep(connection, self.key_hash, self.holder, answer.status, body, etag):
                raise _running_error()
        return answer

    def note(self, connection: Connection, items: Sequence[object]) -> None:
        """Store progress in each transaction of a multi-transaction write. Raises ApiError as `keep` does."""
        if self.seal:
            body = self.seal.close({"items": items}, _EVERY_SITE)
            if not store.note(connection, self.key_hash, self.holder, body, int(self.now())):
                raise _running_error()

    def release(self, context: ApiContext) -> None:
        """Release the key after a failure; if the database is down, it is freed when the claim expires."""
        if self.seal:
            with contextlib.suppress(SQLAlchemyError), context.engine.begin() as connection:
                store.release(connection, self.key_hash, self.holder)


def idempotent(scope: str, max_body: int = MAX_BODY) -> Callable[[Callable[..., Answer]], Callable[..., Answer]]:
    """Return a decorator that replays the first answer when a request is repeated.

    Its endpoint gets an `IdempotentWrite` before the path arguments, and must pass each successful answer to its `keep`.
    Scope and site are checked before a replay.
    """

    def decorate(endpoint: Callable[..., Answer]) -> Callable[..., Answer]:
        @functools.wraps(endpoint)
        def answer(context: ApiContext, request: Request, *arguments: str) -> Answer:
            if request.header(HEADER) is None:
                return endpoint(context, request, IdempotentWrite(), *arguments)
            _check_token(context, request, scope, arguments)
            once, claimed = _claim(context, request, _key(request), request.body(max_body))
            if claimed is not None:
                return _replay(claimed, once)
            try:
                return endpoint(context, request, once, *arguments)
            except Exception:
                once.release(context)
                raise

        return answer

    return decorate


def _check_token(context: ApiContext, request: Request, scope: str, arguments: Sequence[str]) -> None:
    """Raise ApiError unless the token has `scope` for the site that comes first in the path, or without one for any."""
    if not arguments:
        context.tokens.check_any(request.header("Authorization") or "", scope)
        return
    with context.engine.connect() as connection:
        find_owned(context, request, connection, arguments[0], scope)


def _key(request: Request) -> str:
    """Return the key, without quotes. Raises ApiError 400 if it is empty, too long or not printable ASCII."""
    text = request.header(HEADER) or ""
    if text.startswith('"'):
        quoted = _STRING.fullmatch(text)
        text = re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else ""
    if not _KEY.fullmatch(text):
        sentence = "A key has 1 to 255 printable ASCII characters."
        raise ApiError(400, "invalid_parameter", "A parameter is invalid.", {HEADER: [sentence]})
    return text


def _claim(context: ApiContext, request: Request, key: str, body: bytes) -> tuple[IdempotentWrite, Claimed | None]:
    """Return the write that may begin, or the stored result of the first one. Raises ApiError 409 or 422."""
    token = (request.header("Authorization") or "").partition(" ")[2].strip()
    token_hash = hashlib.sha256(token.encode()).digest()
    key_hash = _hash(token_hash, request.method.encode(), request.path.encode(), key.encode())
    query, etag = str(request.environ.get("QUERY_STRING") or ""), request.header("If-Match") or ""
    fingerprint = _hash(query.encode(), etag.encode(), body)
    # Answers contain what the token may read: without the token, database access doesn't reveal them.
    seal = Seal(token.encode(), f"answer {key_hash.hex()}")
    once = IdempotentWrite(key_hash, secrets.token_hex(16), context.clock, seal)
    with context.engine.begin() as connection:
        claimed = store.claim(connection, key_hash, fingerprint, once.holder, int(context.clock()))
    if claimed.fingerprint != fingerprint:
        message = "This idempotency key was used for another request; nothing was written."
        raise ApiError(422, "idempotency_key_reused", message)
    if not claimed.is_claimed and claimed.status is None:
        raise _running_error()
    if claimed.is_claimed and claimed.body is not None:
        once.items = seal.open(claimed.body, _EVERY_SITE)["items"]
    return once, None if claimed.is_claimed else claimed


def _replay(claimed: Claimed, once: IdempotentWrite) -> Answer:
    headers = [("ETag", claimed.etag)] if claimed.etag else []
    headers.append(NO_STORE)
    body = once.seal.open(claimed.body or b"", _EVERY_SITE)["body"].encode() if once.seal else b""
    return json_bytes(body, claimed.status or 200, headers) if body else Answer(claimed.status or 204, headers)


def _running_error() -> ApiError:
    message = "The first request with this idempotency key is still running."
    return ApiError(409, "request_running", message, retry_after=RETRY_SECONDS)


def _hash(*parts: bytes) -> bytes:
    """Return a hash of the parts, each prefixed with its length."""
    return hashlib.sha256(b"".join(len(part).to_bytes(8) + part for part in parts)).digest()
