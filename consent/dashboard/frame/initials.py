"""A vendor's initials and color, which make rows of a list distinguishable at a glance."""

import zlib

HUES = 8
"""Classes `hue-0` to `hue-7` of tags.css."""


def initials_of(name: str) -> str:
    """Return one or two letters of a name: `GA` for Google Analytics, `Ho` for Hotjar."""
    words = [word for word in (part.strip("()[].,'\"") for part in name.split()) if word[:1].isalnum()]
    if len(words) > 1:
        return words[0][0].upper() + words[1][0].upper()
    return words[0][:2].capitalize() if words else "?"


def hue_of(key: str) -> int:
    """Return the color number of `key`, which is always the same."""
    return zlib.crc32(key.encode()) % HUES
