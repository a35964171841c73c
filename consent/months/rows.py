"""The row of a receipt as its signed text gives it: what a file must hold to fill the table again."""

import binascii
import datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any

import orjson

from consent.proof.canonical import canonical_without_floats
from consent.storage.batches import RECEIPT_COLUMNS
from consent.storage.detached import Detached
from consent.storage.erasures import BLANK

COLUMNS = (*RECEIPT_COLUMNS, "log_index", "erased")
_in_order = itemgetter(*COLUMNS)

Row = tuple[Any, ...]


def row_of(jws: str, known: Detached, leaf: bytes) -> Row:
    """Return the row of a receipt, in the order of `COLUMNS`.

    Raises ValueError, LookupError or TypeError for a text that is no receipt.
    """
    claims = claims_of(jws)
    place, signals, granted = claims["place"], claims["signals"], claims["effective"]
    vendors, expires = claims["vendors"], claims["expires"]
    return (
        *(claims["id"], unix(claims["time"]), known.site_id, claims["origin_checked"], claims["action"]),
        *(claims["method"], place["country"], place["subdivision"], claims["regime"], claims["language"]),
        *(claims["variant"], granted["functional"], granted["analytics"], granted["advertising"]),
        *(signals["gpc"], signals["dnt"], signals["age_band"], claims["layer"]),
        *(None if expires is None else _day(expires), claims["config"]),
        *(canonical_without_floats(vendors).decode() if vendors else "{}", leaf, jws, known.log_index, False),
    )


def claims_of(jws: str) -> dict[str, Any]:
    """Return what the signed text says. Raises ValueError, LookupError or TypeError for a text that is no receipt."""
    payload = jws.split(".")[1]
    claims: dict[str, Any] = orjson.loads(binascii.a2b_base64(payload.replace("-", "+").replace("_", "/") + "=="))
    return claims


def blank_row(known: Detached, leaf: bytes) -> Row:
    """Return the row of a receipt that was erased in full."""
    values = {**BLANK, **known._asdict(), "leaf_hash": leaf}
    return tuple(_in_order(values))


def unix(text: str) -> int:
    """Return the time that a receipt names, in unix seconds."""
    return int(datetime.datetime.fromisoformat(text).timestamp())


_day = lru_cache(4096)(unix)
"""For times that many receipts have alike."""
