"""A vendor's code and color, which make rows of a list distinguishable at a glance."""

import zlib
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import combinations

from consent.classifier.catalog import Catalog
from consent.classifier.vendor_search import popularity, short_names

Names = tuple[tuple[str, str], ...]
HUES = 12
"""Classes `hue-0` to `hue-11` of tags.css."""
MAX_CODE_LENGTH = 4
_SHARED_BY = 4
"""A word with which the names of so many vendors begin, such as Google, does not distinguish them."""
_PLAIN_WORDS = frozenset(
    {
        *("ad", "ads", "analytics", "and", "buttons", "chat", "embed", "embeds", "features", "for", "in", "maps"),
        *(
            "of",
            "other",
            "page",
            "pixel",
            "player",
            "posts",
            "tag",
            "tags",
            "the",
            "videos",
            "widget",
            "widgets",
            "with",
        ),
        "your",
    }
)
"""Words that names of many vendors have after the first one."""


def names_of(catalog: Catalog) -> Names:
    """Return the ids and names of the catalog's vendors."""
    return tuple((vendor.id, vendor.name) for vendor in catalog.vendors)


def code_of(vendor_id: str, name: str, names: Names) -> str:
    """Return a code of up to four letters for a vendor: a well-known one, or letters of its distinctive words.

    The codes of the catalog's vendors, `names`, all differ.
    """
    return _codes(names).get(vendor_id) or next(_candidates(name, frozenset()))


def hue_of(key: str) -> int:
    """Return the color number of `key`, which is always the same."""
    return zlib.crc32(key.encode()) % HUES


@lru_cache(maxsize=8)
def _codes(names: Names) -> dict[str, str]:
    """Return a code for each vendor, well-known and popular ones first; no two are alike, also in lower case."""
    shared = _shared_words(name for _, name in names)
    known = short_names()
    codes = {vendor: known[vendor].code for vendor, _ in names if vendor in known}
    taken = {code.casefold() for code in codes.values()}
    for vendor, name in sorted(names, key=lambda one: (popularity(one[0]), one)):
        if vendor not in codes:
            code = next(one for one in _candidates(name, shared) if one.casefold() not in taken)
            codes[vendor] = code
            taken.add(code.casefold())
    return codes


def _shared_words(names: Iterable[str]) -> frozenset[str]:
    counts: dict[str, int] = {}
    for name in names:
        first = _words(name)[0].casefold()
        counts[first] = counts.get(first, 0) + 1
    return frozenset(word for word, count in counts.items() if count >= _SHARED_BY)


def _words(name: str) -> list[str]:
    words = ["".join(letter for letter in part if letter.isalnum()) for part in name.split()]
    return [word for word in words if word] or ["?"]


def _candidates(name: str, shared: frozenset[str]) -> Iterator[str]:
    """Yield possible codes of a name, best first, and finally numbered ones."""
    words, prefix = _words(name), ""
    if words[0].casefold() in shared and words[1:]:
        prefix, words = words[0][0].upper(), words[1:]
    words = [words[0], *(word for word in words[1:] if word.casefold() not in _PLAIN_WORDS)]
    first, rest = words[0], words[1:]
    if rest:
        yield first[0].upper() + rest[0][0].upper()
        yield "".join(word[0].upper() for word in words[:3])
    yield first[:2].capitalize()
    yield first[:3].capitalize()
    yield prefix + first[:2].capitalize()
    letters = "".join(words)
    for length in (2, 3):
        for chosen in combinations(letters[1:].lower(), length - 1):
            yield letters[0].upper() + "".join(chosen)
    for number in range(1, 1000):
        yield f"{letters[0].upper()}{number}"
