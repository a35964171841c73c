"""What a receipt says, signed: a JWS whose payload stays as it was signed, byte for byte."""

import datetime
import json
import secrets
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from consent.proof.canonical import canonical_without_floats
from consent.proof.keys import SigningKey, base64url

SCHEMA = "consent-receipt/1"
TYPE = "consent-receipt+jws"
CONFIG_SCHEMA = "consent-config-entry/1"
CONFIG_TYPE = "consent-config+jws"
ALGORITHM = "Ed25519"
HEADER = {"alg", "kid", "typ"}

Claims = dict[str, Any]


class BadSignature(Exception):
    """The text is no receipt that one of the keys signed."""


def build_statement(
    *,
    id: str,
    site: str,
    time: int,
    action: str,
    method: str,
    requested: Mapping[str, bool | None],
    effective: Mapping[str, bool | None],
    vendors: Mapping[str, bool],
    config: str,
    text: str,
    language: str,
    variant: str,
    layer: int,
    regime: str,
    rules_version: str,
    place: Mapping[str, str | None],
    place_at_write: Mapping[str, str | None],
    delayed: bool,
    signals: Mapping[str, Any],
    conflict_shown: bool,
    origin_checked: bool,
    expires: int | None,
    pd: str,
) -> Claims:
    """Return the claims of a receipt (design, section 8).

    `time` and `expires` are unix seconds and become RFC 3339 in UTC. `requested` and `effective` map groups to
    what was asked for and what came of it; `place` is the one whose rule applied to what was shown,
    `place_at_write` the one found when the choice arrived. `text` is the name of all strings shown, `pd` the
    digest of the personal part.
    """
    return {
        "schema": SCHEMA,
        "id": id,
        "site": site,
        "time": utc(time),
        "action": action,
        "method": method,
        "requested": dict(requested),
        "effective": dict(effective),
        "vendors": dict(vendors),
        "config": config,
        "text": text,
        "language": language,
        "variant": variant,
        "layer": layer,
        "regime": regime,
        "rules_version": rules_version,
        "place": dict(place),
        "place_at_write": dict(place_at_write),
        "delayed": delayed,
        "signals": dict(signals),
        "conflict_shown": conflict_shown,
        "origin_checked": origin_checked,
        "expires": None if expires is None else utc(expires),
        "pd": pd,
    }


def build_config_entry(
    *, site: str, config: str, version: int, time: int, by: str, rules_sha256: str, banner_sha256: str
) -> Claims:
    """Return the claims by which a published config stands in the log.

    `config` is its name, `by` the opaque id of who published it, the two hashes are those that it names.
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
    """The canonical bytes of statements that differ in nothing but id, time and `pd`, around these three."""

    def __init__(self, claims: Claims) -> None:
        """Take what stands in `claims` besides."""
        marks = {name: secrets.token_hex(16) for name in ("id", "pd", "time")}
        text = canonical_without_floats(claims | marks)
        self._before, text = text.split(marks["id"].encode())
        self._between, text = text.split(marks["pd"].encode())
        self._then, self._after = text.split(marks["time"].encode())

    def payload(self, id: str, time: int, pd: str) -> bytes:
        """Return the canonical bytes of the statement `id` of the unix time `time`."""
        parts = (self._before, id.encode(), self._between, pd.encode(), self._then, utc(time).encode(), self._after)
        return b"".join(parts)


class Signer:
    """Signs statements of one type with one key; the header, the same in each, is made once.

    Statements hold no floats. Nobody has to make their bytes again: the payload is verified as it was signed.
    """

    def __init__(self, key: SigningKey, kind: str = TYPE) -> None:
        self._key = key
        self._head = _header(key, kind)

    def sign(self, claims: Claims) -> str:
        """Return the compact JWS of `claims`."""
        return self.sign_payload(canonical_without_floats(claims))

    def sign_payload(self, payload: bytes) -> str:
        """Return the compact JWS over `payload`, which is canonical."""
        return _signed(self._key, self._head, payload)


def sign(claims: Claims, key: SigningKey) -> str:
    """Return the compact JWS of `claims`."""
    return Signer(key).sign(claims)


def sign_payload(key: SigningKey, kind: str, payload: bytes) -> str:
    """Return the compact JWS of type `kind` over `payload`."""
    return _signed(key, _header(key, kind), payload)


def _header(key: SigningKey, kind: str) -> str:
    return base64url(canonical_without_floats({"alg": ALGORITHM, "kid": key.kid, "typ": kind})) + "."


def _signed(key: SigningKey, head: str, payload: bytes) -> str:
    signed = head + base64url(payload)
    return f"{signed}.{base64url(key.sign(signed.encode()))}"


def verify_jws(text: str, jwks: Mapping[str, Any]) -> Claims:
    """Return the claims of the receipt `text` where one of the keys in `jwks` signed it.

    Algorithm and type are fixed; what the header says of them is checked, not followed (ASVS 9.1.2, 9.1.3).

    Raises BadSignature.
    """
    try:
        found = jws.extract_compact(text.encode())
        header = found.headers()
        if set(header) != HEADER or header["alg"] != ALGORITHM or header["typ"] != TYPE:
            raise BadSignature("the header is not that of a receipt")
        key = KeySet.import_key_set({"keys": [key for key in jwks["keys"] if key["kid"] == header["kid"]]})
        claims = json.loads(jws.deserialize_compact(text, key, algorithms=[ALGORITHM]).payload)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise BadSignature("not signed by one of the keys") from error
    if not isinstance(claims, dict):
        raise BadSignature("the payload holds no claims")
    return claims


@lru_cache(1024)
def utc(time: int) -> str:
    """Return the unix time `time` as RFC 3339 in UTC: 2026-11-24T23:00:00Z."""
    return datetime.datetime.fromtimestamp(time, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
