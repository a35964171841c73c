"""Seal what names a visitor: encrypted with a key that is in no dump of the database."""

import hashlib
import hmac
import secrets
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12
"""NIST SP 800-38D, 5.2.1.1."""


class SealError(ValueError):
    """The text was sealed with another key or for something else, or is damaged."""


class Seal:
    """Seals JSON objects with AES-256-GCM. `secret` is that of all nodes; one use cannot open what is for another."""

    def __init__(self, secret: bytes, use: str) -> None:
        self._cipher = AESGCM(hmac.digest(secret, b"seal/1\0" + use.encode(), hashlib.sha256))

    def close(self, facts: dict[str, Any], site_id: int) -> bytes:
        """Return `facts`, which only this key opens and only for that site."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, orjson.dumps(facts), _site(site_id))

    def open(self, sealed: bytes, site_id: int) -> dict[str, Any]:
        """Return what was sealed. Raises SealError."""
        try:
            text = self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], _site(site_id))
        except (InvalidTag, ValueError):
            raise SealError("It was sealed with another key, or is damaged.") from None
        facts: dict[str, Any] = orjson.loads(text)
        return facts


def _site(site_id: int) -> bytes:
    return str(site_id).encode()
