"""Encrypt data that identifies a visitor, with a key that isn't in database dumps."""

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
    """The sealed data belongs to another key, use or site, or is damaged."""


class Seal:
    """AES-256-GCM for JSON objects. `secret` is shared by all nodes; each `use` has its own key derived from it."""

    def __init__(self, secret: bytes, use: str) -> None:
        self._cipher = AESGCM(hmac.digest(secret, b"seal/1\0" + use.encode(), hashlib.sha256))

    def close(self, facts: dict[str, Any], site_id: int) -> bytes:
        """Return `facts` encrypted; only this key can open them, and only for the same site."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, orjson.dumps(facts), _associated_data(site_id))

    def open(self, sealed: bytes, site_id: int) -> dict[str, Any]:
        """Return the decrypted object. Raises SealError."""
        try:
            text = self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], _associated_data(site_id))
        except (InvalidTag, ValueError):
            raise SealError("It was sealed with another key, or is damaged.") from None
        facts: dict[str, Any] = orjson.loads(text)
        return facts


def _associated_data(site_id: int) -> bytes:
    return str(site_id).encode()
