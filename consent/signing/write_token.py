"""Write token: the config, rule and language shown to a visitor, authenticated with a MAC.

It lets a late choice be recorded with everything that was shown.
"""

import base64
import hashlib
import hmac
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote, unquote

GOOD_DAYS = 60
MAX_LENGTH = 1024
_VERSION = "w1"
_MAC_BYTES = 16
_MACS = (_MAC_BYTES, hashlib.sha256().digest_size)
"""MAC lengths in bytes: the current one, and the original one, whose tokens stay valid for their 60 days."""


class Fields(NamedTuple):
    """What was shown. `day` is days since 1970-01-01 UTC; `country` and `subdivision` are None if unknown."""

    site: str
    config: str
    country: str | None
    subdivision: str | None
    source: str
    regime: str
    rules_version: str
    language: str
    variant: str
    day: int


def make_token(secret_key: bytes, fields: Fields) -> str:
    """Return `w1.<the fields in plain text>.<MAC>`, the same for everyone who is shown the same on that day.

    The MAC is HMAC-SHA-256-128 (RFC 4868, section 2.3), because every page that asks for consent carries it and the
    script must stay small.
    """
    payload = ".".join([_VERSION, *(_escape(value) for value in fields)])
    return f"{payload}.{_mac(secret_key, payload, _MAC_BYTES)}"


@lru_cache(1024)
def read_token(secret_key: bytes, token: str, today: int) -> Fields | None:
    """Return the fields of a token that this service issued in the 60 days up to the day `today`, or None.

    Results are cached, since visitors with the same place, language and day carry the same token.
    """
    payload, _, mac = token.rpartition(".")
    if len(token) > MAX_LENGTH or not token.isascii():
        return None
    if not any(hmac.compare_digest(mac, _mac(secret_key, payload, length)) for length in _MACS):
        return None
    version, *values = payload.split(".")
    if version != _VERSION or len(values) != len(Fields._fields):
        return None
    site, config, country, subdivision, source, regime, rules, language, variant, day = map(unquote, values)
    place = (country or None, subdivision or None, source)
    fields = Fields(site, config, *place, regime, rules, language, variant, int(day))
    # The day can be one ahead if another node's clock passed midnight first.
    return fields if today - GOOD_DAYS <= fields.day <= today + 1 else None


def _escape(value: str | int | None) -> str:
    # `quote` doesn't escape the period, which separates the fields here.
    return "" if value is None else quote(str(value), safe=":").replace(".", "%2E")


def _mac(secret_key: bytes, payload: str, length: int) -> str:
    mac = hmac.digest(secret_key, b"write token\0" + payload.encode(), hashlib.sha256)[:length]
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()
