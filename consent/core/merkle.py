"""The Merkle tree of RFC 6962: the standard library only, and no other module of this package."""

import hashlib


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf, 32 bytes: RFC 6962 section 2.1."""
    return hashlib.sha256(b"\x00" + data).digest()
