"""Canonical JSON (RFC 8785): deterministic bytes for hashes and signatures."""

import hashlib
from typing import Any

import orjson
import rfc8785


def canonical(value: Any) -> bytes:
    """Return `value` as canonical JSON.

    Raises rfc8785.CanonicalizationError, a ValueError, for anything JSON can't represent: NaN, integers beyond 2^53,
    keys that aren't strings.
    """
    return rfc8785.dumps(value)


def canonical_without_floats(value: Any) -> bytes:
    """Return the same bytes as `canonical`, 100 times faster, for a value without floats or integers beyond 2^53.

    Its keys must be ASCII: RFC 8785 sorts keys by UTF-16 code units. A test compares the two functions. Raises
    orjson.JSONEncodeError, a TypeError, for anything JSON can't represent.
    """
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def sha256_name(data: bytes) -> str:
    """Return `sha256:` and the hex SHA-256 of `data`, the name of a config or an artifact."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"
