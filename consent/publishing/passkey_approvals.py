"""Publish approvals signed by a passkey: what is signed, and how a signed approval is checked (WebAuthn, Level 2)."""

import hashlib
import json
import secrets
from typing import TypedDict

from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    options_to_json,
    verify_authentication_response,
)
from webauthn.helpers import bytes_to_base64url
from webauthn.helpers.exceptions import InvalidAuthenticationResponse, InvalidJSONStructure
from webauthn.helpers.structs import PublicKeyCredentialDescriptor

from consent.signing.canonical_json import canonical
from consent.storage.receipts.serializers import to_time


class Statement(TypedDict):
    """What an approver signs: who approves which config of which site. Users are named by their opaque ids.

    `asked_by` is empty if the approver publishes alone. `nonce` has 32 hex digits, so that no signature can be reused.
    """

    type: str
    site: str
    version: int
    config: str
    asked_by: str
    approved_by: str
    time: str
    nonce: str


class SigningPasskey(TypedDict):
    """The passkey that signed: its name at the time, and its public key (COSE, base64url)."""

    name: str
    public_key: str


class SignedApproval(TypedDict):
    """A statement with the browser's answer (`credential`, WebAuthn JSON) and everything needed to check it."""

    statement: Statement
    origin: str
    host: str
    passkey: SigningPasskey
    credential: dict[str, object]


class InvalidApprovalError(Exception):
    """The signature isn't from this passkey for this statement."""


def make_statement(site: str, version: int, config: str, asked_by: str, approved_by: str, now: int) -> Statement:
    """Return the statement to sign for the config named `sha256:…`; `now` is in Unix seconds."""
    return {
        "type": "consent publish approval",
        "site": site,
        "version": version,
        "config": config,
        "asked_by": asked_by,
        "approved_by": approved_by,
        "time": to_time(now),
        "nonce": secrets.token_hex(16),
    }


def challenge_of(statement: Statement) -> bytes:
    """Return the challenge that a passkey signs: the SHA-256 of the statement as canonical JSON."""
    return hashlib.sha256(canonical(statement)).digest()


def browser_options(statement: Statement, host: str, credential_ids: list[bytes]) -> str:
    """Return the options for `navigator.credentials.get` as JSON."""
    allowed = [PublicKeyCredentialDescriptor(id=one) for one in credential_ids]
    options = generate_authentication_options(
        rp_id=host, challenge=challenge_of(statement), allow_credentials=allowed, timeout=120_000
    )
    return options_to_json(options)


def credential_id_of(credential: str) -> bytes:
    """Return the id of the passkey in a browser's answer. Raises InvalidApprovalError."""
    try:
        return base64url_to_bytes(json.loads(credential)["rawId"])
    except (ValueError, TypeError, KeyError):
        raise InvalidApprovalError("this is not a passkey response") from None


def sign_approval(
    statement: Statement, credential: str, origin: str, host: str, passkey: SigningPasskey
) -> SignedApproval:
    """Return the statement with the browser's answer, after checking it. Raises InvalidApprovalError."""
    signed: SignedApproval = {
        "statement": statement,
        "origin": origin,
        "host": host,
        "passkey": passkey,
        "credential": json.loads(credential),
    }
    check_approval_signature(signed)
    return signed


def check_approval_signature(signed: SignedApproval) -> None:
    """Check a signed approval on its own, even years later. Raises InvalidApprovalError."""
    try:
        verify_authentication_response(
            credential=signed["credential"],
            expected_challenge=challenge_of(signed["statement"]),
            expected_rp_id=signed["host"],
            expected_origin=signed["origin"],
            credential_public_key=base64url_to_bytes(signed["passkey"]["public_key"]),
            credential_current_sign_count=0,
        )
    except (InvalidAuthenticationResponse, InvalidJSONStructure, ValueError, TypeError, KeyError) as error:
        raise InvalidApprovalError(str(error)) from None


def public_key_text(public_key: bytes) -> str:
    """Return a passkey's public key in the form used in signed approvals."""
    return bytes_to_base64url(public_key)
