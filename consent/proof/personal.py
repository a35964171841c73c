"""The ties between a receipt and its deletable part, which nobody can follow once the salt is gone."""

import hmac
import secrets
from typing import Any

from consent.proof.canonical import canonical

SALT_BYTES = 32


def new_salt() -> bytes:
    """Return the salt of one receipt: 32 random bytes."""
    return secrets.token_bytes(SALT_BYTES)


def personal_digest(salt: bytes, personal: dict[str, Any]) -> str:
    """Return the claim `pd`: HMAC-SHA-256 over the canonical JSON of the personal part, as 64 hex digits."""
    return canonical_digest(salt, canonical(personal))


def canonical_digest(salt: bytes, text: bytes) -> str:
    """Return the claim `pd` of a personal part whose canonical JSON is `text`."""
    return hmac.digest(salt, text, "sha256").hex()


def visitor_of(secret_key: bytes, secret: str) -> str:
    """Return what the store calls the browser whose cookie holds `secret`: 32 hex digits."""
    return hmac.digest(secret_key, b"visitor\0" + secret.encode(), "sha256").hex()[:32]
