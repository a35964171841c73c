"""The row of a receipt as its signed text gives it: what a file must hold to fill the table again."""

import base64
import datetime
from functools import lru_cache
from typing import Any

import orjson

from consent.core.groups import OPTIONAL
from consent.proof.canonical import canonical_without_floats
from consent.storage.batches import RECEIPT_COLUMNS
from consent.storage.detached import Detached
from consent.storage.erasures import BLANK

COLUMNS = (*RECEIPT_COLUMNS, "log_index", "erased")
_SAME = ("id", "origin_checked", "action", "method", "regime", "language", "variant", "layer", "config")

Row = tuple[Any, ...]


def row_of(jws: str, known: Detached, leaf: bytes) -> Row:
    """Return the row of a receipt, in the order of `COLUMNS`.

    Raises ValueError, LookupError or TypeError for a text that is no receipt.
    """
    claims = claims_of(jws)
    values: dict[str, Any] = {name: claims[name] for name in _SAME}
    place, signals, effective = claims["place"], claims["signals"], claims["effective"]
    values |= {group: effective[group] for group in OPTIONAL}
    values |= {"country": place["country"], "subdivision": place["subdivision"]}
    values |= {name: signals[name] for name in ("gpc", "dnt", "age_band")}
    values["time"] = unix(claims["time"])
    values["expires"] = None if claims["expires"] is None else unix(claims["expires"])
    values["vendors"] = canonical_without_floats(claims["vendors"]).decode()
    values |= {"site_id": known.site_id, "leaf_hash": leaf, "jws": jws, "log_index": known.log_index, "erased": False}
    return tuple([values[name] for name in COLUMNS])


def claims_of(jws: str) -> dict[str, Any]:
    """Return what the signed text says. Raises ValueError, LookupError or TypeError for a text that is no receipt."""
    payload = jws.split(".")[1]
    claims: dict[str, Any] = orjson.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims


def blank_row(known: Detached, leaf: bytes) -> Row:
    """Return the row of a receipt that was erased in full."""
    values = {**BLANK, **known._asdict(), "leaf_hash": leaf}
    return tuple([values[name] for name in COLUMNS])


@lru_cache(4096)
def unix(text: str) -> int:
    """Return the time that a receipt names, in unix seconds."""
    return int(datetime.datetime.fromisoformat(text).timestamp())
