"""Convert a receipt between its database row and its signed claims, to restore the table from a file."""

import binascii
import datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any

import orjson

from consent.core.receipt import STORED_COLUMNS, ReceiptClaims, signed_columns
from consent.signing.canonical_json import canonical_without_floats
from consent.storage.archive.detached_months import Detached
from consent.storage.privacy.erasures import BLANK

COLUMNS = ("id", "time", *(name for name in STORED_COLUMNS if name not in ("id", "time")))
"""The columns of a row in this format, starting with those that order a file's rows."""
_in_order = itemgetter(*COLUMNS)

Row = tuple[Any, ...]


def row_of(jws: str, known: Detached, leaf: bytes) -> Row:
    """Return the row of a receipt, in the order of `COLUMNS`.

    Raises ValueError, LookupError or TypeError if the text isn't a receipt.
    """
    signed = signed_columns(claims_of(jws))
    vendors, expires = signed["vendors"], signed["expires"]
    values = signed | {
        "time": unix(signed["time"]),
        "expires": None if expires is None else _day(expires),
        "vendors": canonical_without_floats(vendors).decode() if vendors else "{}",
        "site_id": known.site_id,
        "leaf_hash": leaf,
        "jws": jws,
        "log_index": known.log_index,
        "erased": False,
    }
    return tuple(_in_order(values))


def claims_of(jws: str) -> ReceiptClaims:
    """Return the claims of a signed text. Raises ValueError, LookupError or TypeError if it isn't a receipt."""
    payload = jws.split(".")[1]
    claims: ReceiptClaims = orjson.loads(binascii.a2b_base64(payload.replace("-", "+").replace("_", "/") + "=="))
    return claims


def blank_row(known: Detached, leaf: bytes) -> Row:
    """Return the row of a fully erased receipt."""
    values = {**BLANK, **known._asdict(), "leaf_hash": leaf}
    return tuple(_in_order(values))


def unix(text: str) -> int:
    """Return an ISO 8601 time from a receipt in unix seconds."""
    return int(datetime.datetime.fromisoformat(text).timestamp())


_day = lru_cache(4096)(unix)
"""Cached `unix`, for times that many receipts share."""
