"""Signed receipt claims: build, sign and verify the JWS, whose payload is stored byte for byte.

The claim `pd` is a salted digest of the deletable personal part; once the salt is deleted, the two can't be linked.
"""

import datetime
import hmac
import json
import secrets
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, cast

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from consent.core.documents.claims import ConfigClaims
from consent.core.documents.json_object import JsonObject
from consent.core.documents.visit import PlaceFacts
from consent.core.receipt import CLAIM_PATHS, ReceiptClaims, ReceiptRecord
from consent.signing.canonical_json import canonical, canonical_without_floats
from consent.signing.keys import Jwk, SigningKey, base64url

SCHEMA = "consent-receipt/1"
SECOND_SCHEMA = "consent-receipt/2"
"""The schema of receipts that need claims the first schema lacks; all other receipts use the first."""
TYPE = "consent-receipt+jws"
CONFIG_SCHEMA = "consent-config-entry/1"
CONFIG_TYPE = "consent-config+jws"
ALGORITHM = "Ed25519"
HEADER = {"alg", "kid", "typ"}
SALT_BYTES = 32


class SignatureError(Exception):
    """Raised when a text isn't a receipt signed by one of the keys."""


def build_claims(
    record: ReceiptRecord,
    *,
    site: str,
    requested: Mapping[str, bool | None],
    text: str,
    rules_version: str,
    source: str,
    place_at_write: PlaceFacts,
    delayed: bool,
    conflict_shown: bool,
    pd: str,
    exact_age: bool = False,
) -> ReceiptClaims:
    """Return a receipt's claims (design, section 8): those stored in its columns and those stored nowhere else.

    `requested` maps groups to the visitor's choice, whereas the record holds what took effect. `text` identifies all
    strings shown. `source` says how the place that determined the rule shown was found, `place_at_write` is the place
    found when the choice arrived, and `pd` is the digest of the personal part. `exact_age` means that the age band was
    derived from an age in full years, which the claims don't contain.
    """
    claims: dict[str, Any] = {
        "schema": SCHEMA,
        "site": site,
        "requested": dict(requested),
        "effective": {},
        "text": text,
        "rules_version": rules_version,
        "place": {"source": source},
        "place_at_write": place_at_write,
        "delayed": delayed,
        "signals": {"exact_age": True} if exact_age else {},
        "conflict_shown": conflict_shown,
        "pd": pd,
    }
    for name, path in CLAIM_PATHS.items():
        (claims if len(path) == 1 else claims[path[0]])[name] = getattr(record, name)
    claims["time"] = utc(record.time)
    claims["expires"] = None if record.expires is None else utc(record.expires)
    claims["vendors"] = record.vendor_answers
    return cast(ReceiptClaims, {name: claims[name] for name in ReceiptClaims.__annotations__ if name in claims})


def new_salt() -> bytes:
    """Return a random salt for one receipt, 32 bytes."""
    return secrets.token_bytes(SALT_BYTES)


def personal_digest(salt: bytes, personal: JsonObject) -> str:
    """Return the claim `pd`: HMAC-SHA-256 over the canonical JSON of the personal part, as 64 hex digits."""
    return canonical_digest(salt, canonical(personal))


def canonical_digest(salt: bytes, text: bytes) -> str:
    """Return the claim `pd` of a personal part whose canonical JSON is `text`."""
    return hmac.digest(salt, text, "sha256").hex()


def visitor_of(secret_key: bytes, secret: str) -> str:
    """Return the stored id of the browser whose cookie holds `secret`: 32 hex digits."""
    return hmac.digest(secret_key, b"visitor\0" + secret.encode(), "sha256").hex()[:32]


def build_config_entry(
    *, site: str, config: str, version: int, time: int, by: str, rules_sha256: str, banner_sha256: str
) -> ConfigClaims:
    """Return the claims of the log entry for a published config.

    `config` is its name, `by` the opaque id of the user who published it, and the two hashes are those stated in the
    config.
    """
    return {
        "schema": CONFIG_SCHEMA,
        "site": site,
        "config": config,
        "version": version,
        "time": utc(time),
        "by": by,
        "rules_sha256": rules_sha256,
        "banner_sha256": banner_sha256,
    }


class Frame:
    """Canonical bytes shared by statements that differ only in id, time and `pd`."""

    def __init__(self, claims: JsonObject) -> None:
        """Take the other claims from `claims`."""
        marks = {name: secrets.token_hex(16) for name in ("id", "pd", "time")}
        text = canonical_without_floats({**claims, **marks})
        self._before, text = text.split(marks["id"].encode())
        self._id_to_pd, text = text.split(marks["pd"].encode())
        self._pd_to_time, self._suffix = text.split(marks["time"].encode())

    def payload(self, id: str, time: int, pd: str) -> bytes:
        """Return the canonical bytes of the statement with this id, unix time and `pd`."""
        parts = (
            self._before,
            id.encode(),
            self._id_to_pd,
            pd.encode(),
            self._pd_to_time,
            utc(time).encode(),
            self._suffix,
        )
        return b"".join(parts)


class Signer:
    """Signs statements of one type with one key; builds the JWS header, which they share, once.

    Statements contain no floats. Nobody has to reproduce their bytes, because the payload is verified as signed.
    """

    def __init__(self, key: SigningKey, kind: str = TYPE) -> None:
        self._key = key
        self._head = _header(key, kind)

    def sign(self, claims: JsonObject) -> str:
        """Return the compact JWS of `claims`."""
        return self.sign_payload(canonical_without_floats(claims))

    def sign_payload(self, payload: bytes) -> str:
        """Return the compact JWS over `payload`, which must be canonical JSON."""
        return _compact_jws(self._key, self._head, payload)


def sign(claims: JsonObject, key: SigningKey) -> str:
    """Return the compact JWS of `claims`."""
    return Signer(key).sign(claims)


def sign_payload(key: SigningKey, kind: str, payload: bytes) -> str:
    """Return the compact JWS of type `kind` over `payload`."""
    return _compact_jws(key, _header(key, kind), payload)


def _header(key: SigningKey, kind: str) -> str:
    return base64url(canonical_without_floats({"alg": ALGORITHM, "kid": key.kid, "typ": kind})) + "."


def _compact_jws(key: SigningKey, head: str, payload: bytes) -> str:
    signed = head + base64url(payload)
    return f"{signed}.{base64url(key.sign(signed.encode()))}"


def verify_jws(text: str, jwks: Mapping[str, Sequence[Jwk]]) -> ReceiptClaims:
    """Return the claims of the receipt `text` if one of the keys in `jwks` signed it.

    Algorithm and type are fixed; the header's values are checked against them, never used (ASVS 9.1.2, 9.1.3).

    Raises SignatureError.
    """
    return cast(ReceiptClaims, read_signed(text, jwks, TYPE))  # only receipts are signed with this type


def read_signed(
    text: str, jwks: Mapping[str, Sequence[Jwk]], kind: str, registry: jws.JWSRegistry | None = None
) -> dict[str, Any]:
    """Return the claims of the JWS `text` of type `kind` if one of the keys in `jwks` signed it.

    `registry` limits the sizes of its parts if they differ from a receipt's. Raises SignatureError.
    """
    try:
        signature = jws.extract_compact(text.encode(), registry=registry)
        header = signature.headers()
        if set(header) != HEADER or header["alg"] != ALGORITHM or header["typ"] != kind:
            raise SignatureError(f"the header is not one of {kind}")
        named: list[dict[str, str | list[str]]] = [{**key} for key in jwks["keys"] if key["kid"] == header["kid"]]
        key = KeySet.import_key_set({"keys": named})
        claims = json.loads(jws.deserialize_compact(text, key, algorithms=[ALGORITHM], registry=registry).payload)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise SignatureError("not signed by one of the keys") from error
    if not isinstance(claims, dict):
        raise SignatureError("the payload has no claims")
    return claims


@lru_cache(1024)
def utc(time: int) -> str:
    """Return the unix time `time` as RFC 3339 in UTC, such as 2026-11-24T23:00:00Z."""
    return datetime.datetime.fromtimestamp(time, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
