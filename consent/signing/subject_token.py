"""Subject token: a short-lived JWS in which a site's server names the signed-in user by a keyed hash of the account id.

The service never sees the account id, because the id key stays with the site. Algorithm and key come from the service's
record of (site, `kid`), never from the header.
"""

import base64
import binascii
import hmac
import json
import re
import secrets
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

from consent.core.days import DAY_SECONDS
from consent.core.groups import AGE_BANDS
from consent.signing.keys import base64url

TYPE = "consent-subject+jwt"
ALGORITHM = "HS256"
MAX_LENGTH = 1024
MAX_SECONDS = 900
"""Maximum lifetime of a token."""
CLOCK_SECONDS = 60
"""Maximum clock skew between site and service."""
LATE_SECONDS = 31 * DAY_SECONDS
"""How long an expired token can still carry a refusal, so that none from an open page or an offline queue is lost."""
_REQUIRED = {"aud", "sub", "iat", "exp", "jti"}
_CLAIMS = _REQUIRED | {"age_band", "prev"}
_KID = re.compile(r"[0-9a-f]{8}")
_JTI = re.compile(r"[0-9a-f]{32}")


class BadSubjectError(Exception):
    """Raised when a token is damaged, forged, for another site, signed with a retired key, or has invalid claims."""


class SubjectToken(NamedTuple):
    """The user signed in at a site; `late` is the seconds since expiry beyond the allowed clock skew, or 0."""

    sub: str
    jti: str
    exp: int
    kid: str
    age_band: str
    prev: str | None
    late: int


def is_subject(text: object) -> bool:
    """Return whether `text` has the format of `sub`: 43 characters, the base64url of 32 bytes."""
    return isinstance(text, str) and len(text) == 43 and len(_decode_base64url(text) or b"") == 32


def read_subject_token(text: str, site: str, key_of: Callable[[str], bytes | None], now: int) -> SubjectToken:
    """Return the fields of the token `text` for a visitor of `site` at `now`, unix seconds.

    `key_of` returns the key for an active kid, or None. An expired token is returned too, with `late` set.

    Raises BadSubjectError.
    """
    parts = text.split(".")
    if len(text) > MAX_LENGTH or not text.isascii() or len(parts) != 3:
        raise BadSubjectError
    head, payload, mac = parts
    kid = _read_kid(head)
    key = key_of(kid)
    made = hmac.digest(key or bytes(32), f"{head}.{payload}".encode(), "sha256")
    if not hmac.compare_digest(made, _decode_base64url(mac) or b"") or key is None:
        raise BadSubjectError
    return _read_claims(_json_members(payload), site, kid, now)


@lru_cache(256)
def _read_kid(head: str) -> str:
    """Return the kid in the header `head`, which is the same text for all tokens of a key. Raises BadSubjectError."""
    header = _json_members(head)
    kid = header.get("kid")
    if set(header) != {"alg", "kid", "typ"} or header["alg"] != ALGORITHM or header["typ"] != TYPE:
        raise BadSubjectError
    if not isinstance(kid, str) or not _KID.fullmatch(kid):
        raise BadSubjectError
    return kid


def _read_claims(claims: dict[str, Any], site: str, kid: str, now: int) -> SubjectToken:
    names = set(claims)
    if not _REQUIRED <= names <= _CLAIMS or claims["aud"] != site or not is_subject(claims["sub"]):
        raise BadSubjectError
    iat, exp, jti = claims["iat"], claims["exp"], claims["jti"]
    if type(iat) is not int or type(exp) is not int or not 0 < exp - iat <= MAX_SECONDS or iat > now + CLOCK_SECONDS:
        raise BadSubjectError
    if not isinstance(jti, str) or not _JTI.fullmatch(jti):
        raise BadSubjectError
    band, prev = claims.get("age_band", "unknown"), claims.get("prev")
    if not isinstance(band, str) or band not in ("unknown", *AGE_BANDS):
        raise BadSubjectError
    if "prev" in names and (not is_subject(prev) or prev == claims["sub"]):
        raise BadSubjectError
    late = max(0, now - CLOCK_SECONDS - exp)
    return SubjectToken(claims["sub"], jti, exp, kid, band, prev, late)


def _json_members(part: str) -> dict[str, Any]:
    """Return the members of the JSON object in `part`.

    Raises BadSubjectError if it isn't an object or repeats a key.
    """
    try:
        members = _parse_json((_decode_base64url(part) or b"").decode())
    except (ValueError, RecursionError):
        raise BadSubjectError from None
    if not isinstance(members, dict):
        raise BadSubjectError
    return members


def _unique_members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise BadSubjectError
    return members


_parse_json = json.JSONDecoder(object_pairs_hook=_unique_members).decode


def _decode_base64url(text: str) -> bytes | None:
    """Return the decoded bytes, or None unless `text` is canonical base64url without padding."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if base64url(data) == text else None


def new_kid() -> str:
    """Return a new key id: 8 hex digits."""
    return secrets.token_hex(4)


@lru_cache(256)
def signing_key(subject_key: bytes, site_id: int, kid: str) -> bytes:
    """Return the key with which a site's server signs tokens; it is derived, so a database dump doesn't contain it."""
    return hmac.digest(subject_key, f"consent subject sign/1\0{site_id}\0{kid}".encode(), "sha256")


def signing_key_text(kid: str, key: bytes) -> str:
    """Return a signing key in the format shown once to the site: `csk1_<kid>_<base64url of 32 bytes>`."""
    return f"csk1_{kid}_{base64url(key)}"


def lookup_of(subject_key: bytes, realm: str, sub: str) -> bytes:
    """Return the key under which the account of `sub` is stored; it can't be computed without `subject_key`."""
    return hmac.digest(_store_key(subject_key, realm), sub.encode(), "sha256")[:16]


@lru_cache(256)
def _store_key(subject_key: bytes, realm: str) -> bytes:
    return hmac.digest(subject_key, f"consent account store/1\0{realm}".encode(), "sha256")


def erasure_mark(subject_key: bytes, number: str) -> str:
    """Return the mark of account `number` in the erasure list; it doesn't reveal the number."""
    return hmac.digest(subject_key, f"consent account erased/1\0{number}".encode(), "sha256").hex()[:32]


def number_after_erasure(subject_key: bytes, mark: str) -> str:
    """Return the account number that takes over the refusals of an erased account, the same after every restore.

    A later erasure can therefore find that number too. Without the key, neither number can be derived from the other.
    """
    return hmac.digest(subject_key, f"consent account goes on/1\0{mark}".encode(), "sha256").hex()[:32]


def fingerprint_of(subject_key: bytes) -> str:
    """Return a fingerprint by which nodes check that they have the same subject key; it doesn't reveal the key."""
    return hmac.digest(subject_key, b"consent subject check/1", "sha256").hex()[:16]


def subject_of(id_key: bytes, realm: str, account_id: str) -> str:
    """Return the `sub` of an account, computed as the site's server does."""
    return base64url(hmac.digest(id_key, f"consent-subject/1\n{realm}\n{account_id}".encode(), "sha256"))
