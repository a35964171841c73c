"""Initials and color of a vendor, which tell rows of a list apart before they are read."""

import zlib

HUES = 8
"""Classes `hue-0` to `hue-7` of tags.css."""


def initials_of(name: str) -> str:
    """Return one or two letters of a name: `GA` of Google Analytics, `Ho` of Hotjar."""
    words = [word for word in (part.strip("()[].,'\"") for part in name.split()) if word[:1].isalnum()]
    if len(words) > 1:
        return words[0][0].upper() + words[1][0].upper()
    return words[0][:2].capitalize() if words else "?"


def hue_of(key: str) -> int:
    """Return the number of the color of `key`, always the same one."""
    return zlib.crc32(key.encode()) % HUES
