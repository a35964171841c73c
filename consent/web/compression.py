"""Negotiate and cache compressed response bodies that many visitors share."""

import gzip
from functools import lru_cache

import brotli

ENCODINGS = ("br", "gzip")
MAX_HEADER = 1000
_QUALITY, _BEST = 5, 11
"""Brotli's: 9 gives half a percent fewer bytes than 5 and takes a quarter longer; the best gives 8 % fewer, but takes so
long that a place's first visitor should not wait for it."""
_SMALL, _SMALL_QUALITY = 4096, 2
"""Of a body of so many bytes, such as a decision, 2 gives a hundred bytes more than 5, in a third of the time: it goes into
one packet either way."""
_SMALL_WINDOW, _LARGE_WINDOW = 16, 22
"""Bits (RFC 7932, 9.1). With more than 16 the compressor clears tables of megabytes before it reads the first byte."""


def best_encoding(accepted: str, known: tuple[str, ...] = ENCODINGS) -> str:
    """Return the first of `known` that an Accept-Encoding header takes (RFC 9110, 12.5.3), else an empty string.

    One that is longer than any browser's takes nothing.
    """
    return _best_encoding(accepted, known) if len(accepted) <= MAX_HEADER else ""


@lru_cache(256)
def _best_encoding(accepted: str, known: tuple[str, ...]) -> str:
    offered = {}
    for part in accepted.lower().split(","):
        name, _, weight = part.partition(";")
        offered[name.strip()] = weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return next((name for name in known if offered.get(name, False)), "")


def compress(body: bytes, encoding: str, best: bool = False) -> bytes:
    """Return `body` in `encoding`, the same bytes each time; at `best` as few as can be, however long that takes."""
    if encoding == "br":
        quality = _SMALL_QUALITY if len(body) <= _SMALL else _QUALITY
        return bytes(brotli.compress(body, quality=_BEST if best else quality, lgwin=_window(len(body))))
    return gzip.compress(body, 9, mtime=0)


def decompress(body: bytes, encoding: str) -> bytes:
    """Return what was compressed to `body` in `encoding`; as it is for an empty string."""
    if not encoding:
        return body
    return bytes(brotli.decompress(body)) if encoding == "br" else gzip.decompress(body)


def _window(size: int) -> int:
    """Return the bits of the least window that spans `size` bytes, among those that the compressor sets up at once."""
    return min(max(size.bit_length(), _SMALL_WINDOW), _LARGE_WINDOW)
