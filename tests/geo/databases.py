"""Geo databases of other types: the shipped one with its type renamed."""

from pathlib import Path

from consent.geo import SHIPPED_DATABASE

MARKER = b"\xab\xcd\xefMaxMind.com"
SHIPPED_TYPE = b"DBIP-City-Lite-Country-Region"


def retyped(path: Path, database_type: str) -> Path:
    """Write the shipped database to `path` with `database_type` as its type, shorter than 29 characters."""
    data = SHIPPED_DATABASE.read_bytes()
    start = data.rindex(MARKER)
    # In this format a string starts with 0x40 + length or, from length 29 on as in the shipped one, 0x5d and length -
    # 29.
    known = b"\x5d" + bytes([len(SHIPPED_TYPE) - 29]) + SHIPPED_TYPE
    wanted = bytes([0x40 + len(database_type)]) + database_type.encode()
    assert data.count(known, start) == 1
    path.write_bytes(data[:start] + data[start:].replace(known, wanted))
    return path
