"""Creates subject tokens for signed-in users, on the site's own server. Needs only the standard library."""

import base64
import hmac
import json
import os
import time


def consent_subject(account_id: str, site: str, realm: str, id_key: bytes, sign_key: str) -> str:
    """Return a token for `account_id`, valid for 5 minutes and for at most one choice that grants something.

    `id_key` is 32 random bytes that you generate and keep secret; `sign_key` is the `csk1_…` key that the service showed
    once.
    """
    _, kid, secret = sign_key.split("_", 2)
    now = int(time.time())
    head = {"alg": "HS256", "kid": kid, "typ": "consent-subject+jwt"}
    claims = {
        "aud": site,
        "sub": _base64url(_mac(id_key, f"consent-subject/1\n{realm}\n{account_id}")),
        "iat": now,
        "exp": now + 300,
        "jti": os.urandom(16).hex(),
    }
    said = ".".join(_base64url(json.dumps(part, separators=(",", ":")).encode()) for part in (head, claims))
    return f"{said}.{_base64url(_mac(base64.urlsafe_b64decode(secret + '='), said))}"


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _mac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
