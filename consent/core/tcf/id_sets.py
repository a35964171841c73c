"""Sets of ids as short texts for cookies, payloads and receipts: ranges, or bits where those are shorter.

An empty text is the empty set, `*` is everything that a list offers, `3_7-12` are ranges, and `~` comes before bits in
base64url characters, whose first bit is for the id 1. banner/vendors/tcf_sets.js is its twin.
"""

import re

from consent.core.tcf.tc_string import ALPHABET, Ids, ranges_of

MAX_ID = 16_383
MAX_SET = 1 + (MAX_ID + 5) // 6
"""Maximum length of a set's text, in characters."""
ALL = "*"
_RANGES = re.compile(r"[1-9][0-9]{0,4}(-[1-9][0-9]{0,4})?(_[1-9][0-9]{0,4}(-[1-9][0-9]{0,4})?)*", re.ASCII)
_BITS = re.compile(r"~[A-Za-z0-9_-]+", re.ASCII)


class IdSetError(ValueError):
    """A text that isn't a set of ids."""


def format_ids(ids: Ids, offered: Ids | None = None) -> str:
    """Return the shortest text of `ids`; `*` if they equal `offered`. Raises IdSetError for ids not in 1 to 16,383."""
    if not ids:
        return ""
    if min(ids) < 1 or max(ids) > MAX_ID:
        raise IdSetError(f"an id is not between 1 and {MAX_ID}")
    if ids == offered:
        return ALL
    runs = "_".join(str(start) if start == end else f"{start}-{end}" for start, end in ranges_of(ids))
    bits = "".join("1" if one in ids else "0" for one in range(1, max(ids) + 1))
    bits += "0" * (-len(bits) % 6)
    letters = "~" + "".join(ALPHABET[int(bits[at : at + 6], 2)] for at in range(0, len(bits), 6))
    return letters if len(letters) < len(runs) else runs


def parse_ids(text: str, offered: Ids) -> Ids:
    """Return the ids in `text` that are `offered`. Raises IdSetError if it is malformed."""
    return offered if text == ALL else read_ids(text) & offered


def read_ids(text: str) -> Ids:
    """Return the ids in `text`, where no offer limits them (`*` isn't valid). Raises IdSetError if it is malformed."""
    if not text:
        return frozenset()
    if len(text) > MAX_SET:
        raise IdSetError("it is longer than any set of ids")
    if _BITS.fullmatch(text):
        bits = "".join(format(ALPHABET.index(letter), "06b") for letter in text[1:])
        return frozenset(at for at, bit in enumerate(bits, 1) if bit == "1" and at <= MAX_ID)
    if not _RANGES.fullmatch(text):
        raise IdSetError("it is not a set of ids")
    found: set[int] = set()
    last = 0
    for part in text.split("_"):
        start, _, end = part.partition("-")
        first, final = int(start), int(end or start)
        if not last < first <= final <= MAX_ID:
            raise IdSetError("its ranges are not in order")
        found.update(range(first, final + 1))
        last = final
    return frozenset(found)
