"""Keys for deliveries, derived from the instance's secret: for signatures, pseudonyms and sealed data."""

import base64
import hmac
import json
import secrets
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from consent.core.days import DAY_SECONDS
from consent.signing.keys import SigningKey, base64url

NONCE_BYTES = 12
WHO, ACCOUNT, SETTINGS = "consent outbox sealed/1", "consent account sealed/1", "consent receiver sealed/1"
PROPOSAL = "consent receiver proposal/1"
"""Uses of sealed data: whom an event is about, an account's `sub`, a receiver's secret settings, a proposed change."""
OVERLAP_SECONDS = DAY_SECONDS
"""How long the previous key still signs after a rotation."""


class DeliveryKeys:
    """All keys of an instance for deliveries, derived from `secret`, which all nodes share and no database dump has.

    Rotating the receipt or log keys doesn't change them.
    """

    def __init__(self, secret: bytes) -> None:
        self._root = hmac.digest(secret, b"consent delivery/1", "sha256")
        self._signing = lru_cache(1024)(self._derive_signing)

    def pseudonym(self, receiver_id: str, subject_no: str) -> str:
        """Return a receiver's pseudonym for a subject; two receivers can't match theirs."""
        key = self._derive("consent delivery pseudonym/1", receiver_id, 1)
        return "p_" + base64url(hmac.digest(key, subject_no.encode(), "sha256")[:16])

    def secret(self, receiver_id: str, number: int) -> bytes:
        """Return the 32-byte secret with which a receiver checks `v1` signatures."""
        return self._derive("consent delivery sign v1/1", receiver_id, number)

    def signing_key(self, receiver_id: str, number: int) -> SigningKey:
        """Return the Ed25519 key for `v1a` signatures to a receiver."""
        return self._signing(receiver_id, number)

    def ack_secret(self, receiver_id: str, number: int) -> bytes:
        """Return the 32-byte secret with which a receiver signs acknowledgments, and nothing else."""
        return self._derive("consent delivery ack/1", receiver_id, number)

    def seal(self, use: str, table: str, row: str, facts: Mapping[str, Any]) -> bytes:
        """Encrypt `facts`, bound to `use`, table and row: `unseal` needs the same three."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._cipher(use).encrypt(nonce, json.dumps(facts).encode(), _associated_data(use, table, row))

    def unseal(self, use: str, table: str, row: str, sealed: bytes | None) -> dict[str, Any]:
        """Return the facts that `seal` encrypted; empty for None, or if it used another key or binding."""
        if sealed is None:
            return {}
        try:
            text = self._cipher(use).decrypt(
                sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], _associated_data(use, table, row)
            )
        except (InvalidTag, ValueError):
            return {}
        facts: dict[str, Any] = json.loads(text)
        return facts

    def _derive(self, label: str, receiver_id: str, number: int) -> bytes:
        return hmac.digest(self._root, f"{label}\0{receiver_id}\0{number}".encode(), "sha256")

    def _derive_signing(self, receiver_id: str, number: int) -> SigningKey:
        return SigningKey(self._derive("consent delivery sign v1a/1", receiver_id, number))

    def _cipher(self, use: str) -> AESGCM:
        return AESGCM(hmac.digest(self._root, use.encode(), "sha256"))


def _associated_data(use: str, table: str, row: str) -> bytes:
    return f"{use}\0{table}\0{row}".encode()


def secret_text(secret: bytes) -> str:
    """Return a shared secret as it is given to receivers: `whsec_` and standard base64 (Standard Webhooks 1.0.0)."""
    return "whsec_" + base64.b64encode(secret).decode()


def public_text(key: SigningKey) -> str:
    """Return a public key as it is given to receivers: `whpk_` and standard base64 (Standard Webhooks 1.0.0)."""
    return "whpk_" + base64.b64encode(key.public).decode()
