"""Hand-over code: carries a choice from one host to another, authenticated with a MAC and valid for up to two minutes.

It travels in the URL fragment, which browsers don't send to servers.
"""

import base64
import hashlib
import hmac
import secrets
from typing import NamedTuple
from urllib.parse import quote, unquote

MAX_LENGTH = 1400
NONCE_BYTES = 16
_VERSION = "h1"
_MAC_BYTES = 16
_NUMBER_LENGTH = 22
_FIELDS = 7
_DIGITS = 12
"""Maximum number of digits in a timestamp."""


class Code(NamedTuple):
    """The fields of a code: `source` and `target` are hosts, with the port unless it is 443; `expires` is unix seconds.

    `nonce` is empty if `choice`, in the format of the consent cookie, grants nothing.
    """

    source: str
    target: str
    expires: int
    nonce: str
    choice: str


def new_nonce(secret_key: bytes, network: bytes) -> str:
    """Return 128 random bits and a MAC that binds them to `network`, both as base64url."""
    number = _base64url(secrets.token_bytes(NONCE_BYTES))
    return number + _network_mac(secret_key, number, network)


def is_of_network(secret_key: bytes, nonce: str, network: bytes) -> bool:
    """Return whether `nonce` was issued to `network`."""
    number, mark = nonce[:_NUMBER_LENGTH], nonce[_NUMBER_LENGTH:]
    return hmac.compare_digest(mark.encode(), _network_mac(secret_key, number, network).encode())


def expiry(now: float) -> int:
    """Return the expiry of a code issued at `now`: a full minute, 60 to 119 s ahead."""
    return -(-(int(now) + 60) // 60) * 60


def make_code(secret_key: bytes, group: str, code: Code) -> str:
    """Return `h1.<the fields in plain text>.<MAC>`; `group` identifies the sites that share choices."""
    payload = ".".join([_VERSION, *(quote(str(value), safe=":").replace(".", "%2E") for value in code)])
    return f"{payload}.{_mac(secret_key, group, payload)}"


def parse_code(text: str) -> Code | None:
    """Return the fields of a code without checking its MAC, or None if `text` isn't a code."""
    parts = text.split(".")
    if len(text) > MAX_LENGTH or not text.isascii() or len(parts) != _FIELDS or parts[0] != _VERSION:
        return None
    source, target, expires, nonce, choice = map(unquote, parts[1:-1])
    if not expires.isdigit() or len(expires) > _DIGITS:
        return None
    return Code(source, target, int(expires), nonce, choice)


def is_authentic(secret_key: bytes, group: str, text: str) -> bool:
    """Return whether this service issued the code `text` for sites of `group`."""
    payload, _, mac = text.rpartition(".")
    return hmac.compare_digest(mac, _mac(secret_key, group, payload))


def _network_mac(secret_key: bytes, number: str, network: bytes) -> str:
    key = hmac.digest(secret_key, b"consent handover network/1", hashlib.sha256)
    return _base64url(hmac.digest(key, number.encode() + network, hashlib.sha256)[:_MAC_BYTES])


def _mac(secret_key: bytes, group: str, payload: str) -> str:
    key = hmac.digest(secret_key, f"consent handover/1\0{group}".encode(), hashlib.sha256)
    return _base64url(hmac.digest(key, payload.encode(), hashlib.sha256)[:_MAC_BYTES])


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
