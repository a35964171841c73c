"""Bodies compressed once, for answers that many visitors share."""

import gzip
from functools import lru_cache

import brotli

ENCODINGS = ("br", "gzip")
_QUALITY, _BEST = 9, 11
"""Brotli's: the best gives 8 % fewer bytes, but takes so long that a place's first visitor should not wait for it."""


@lru_cache(256)
def best_encoding(accepted: str, known: tuple[str, ...] = ENCODINGS) -> str:
    """Return the first of `known` that an Accept-Encoding header takes (RFC 9110, 12.5.3), else an empty string."""
    offered = {}
    for part in accepted.lower().split(","):
        name, _, weight = part.partition(";")
        offered[name.strip()] = weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return next((name for name in known if offered.get(name, False)), "")


def compress(body: bytes, encoding: str, best: bool = False) -> bytes:
    """Return `body` in `encoding`, the same bytes each time; at `best` as few as can be, however long that takes."""
    if encoding == "br":
        return bytes(brotli.compress(body, quality=_BEST if best else _QUALITY))
    return gzip.compress(body, 9, mtime=0)
