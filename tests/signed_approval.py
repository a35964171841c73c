"""An approval as a device signs it: a software P-256 key, and the bytes of WebAuthn Level 2, sections 6.1 and 7.2."""

import hashlib
import json

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import bytes_to_base64url

from consent.publishing.passkey_approvals import SignedApproval, challenge_of, make_statement

HOST = "consent.example"


def signed_approval(site: str, version: int, config: str, now: int) -> SignedApproval:
    """Return an approval of the config named `sha256:…`, signed by a new passkey."""
    key = ec.generate_private_key(ec.SECP256R1())
    point = key.public_key().public_numbers()
    cose = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")})
    statement = make_statement(site, version, config, "a" * 32, "b" * 32, now)
    challenge = bytes_to_base64url(challenge_of(statement))
    client = json.dumps({"type": "webauthn.get", "challenge": challenge, "origin": f"https://{HOST}"}).encode()
    is_present = bytes([0x05, 0, 0, 0, 1])  # user present and verified; signature counter 1
    data = hashlib.sha256(HOST.encode()).digest() + is_present
    signature = key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
    parts = {"clientDataJSON": client, "authenticatorData": data, "signature": signature}
    return {
        "statement": statement,
        "origin": f"https://{HOST}",
        "host": HOST,
        "passkey": {"name": "phone", "public_key": bytes_to_base64url(cose)},
        "credential": {
            "id": "AAAA",
            "rawId": "AAAA",
            "type": "public-key",
            "response": {name: bytes_to_base64url(part) for name, part in parts.items()},
        },
    }
