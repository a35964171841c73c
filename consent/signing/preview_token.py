"""Signed, expiring preview link that shows its holder a site's draft on the site itself."""

import base64
import hashlib
import hmac
from typing import NamedTuple

MAX_LENGTH = 200


class Link(NamedTuple):
    """The fields of a link: `ends_at` is unix seconds, `ended` how often the site's links had been revoked before."""

    site: str
    ends_at: int
    ended: int


def make_link(secret_key: bytes, link: Link) -> str:
    """Return the token for `link`: two numbers in plain text and a MAC that also covers the site."""
    payload = f"{link.ends_at}.{link.ended}"
    return f"{payload}.{_mac(secret_key, link.site, payload)}"


def read_link(secret_key: bytes, site: str, token: str, now: float) -> Link | None:
    """Return the fields of a token that this service issued for `site` and that hasn't expired, or None."""
    payload, _, mac = token.rpartition(".")
    if len(token) > MAX_LENGTH or not token.isascii() or not hmac.compare_digest(mac, _mac(secret_key, site, payload)):
        return None
    ends_at, ended = map(int, payload.split("."))
    return Link(site, ends_at, ended) if now < ends_at else None


def _mac(secret_key: bytes, site: str, payload: str) -> str:
    mac = hmac.digest(secret_key, f"preview link\0{site}\0{payload}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()
