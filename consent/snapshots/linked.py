"""Links within texts: `[words](https://...)`, taken apart before they come to a page, which then reads no markup."""

import re

_LINK = re.compile(r"\[([^\]]*)\]\((https?://[^\s)]*)\)")
_LIKE_A_LINK = re.compile(r"\[[^\]]*\]\([^)]*\)")
LINKED = ("text", "notice")
"""Texts that can hold links."""


def linked_facts(texts: dict[str, str]) -> dict[str, dict[str, list[list[str]]]]:
    """Return the texts that hold links as lists of pieces, words with an address or without; nothing where none does."""
    found = {key: pieces(texts[key]) for key in LINKED if _LINK.search(texts.get(key, ""))}
    return {"linked": found} if found else {}


def pieces(text: str) -> list[list[str]]:
    """Return `text` in pieces: `[words]`, or `[words, address]` for a link."""
    parts = _LINK.split(text)
    both = zip(parts[0::3], [*zip(parts[1::3], parts[2::3], strict=True), None], strict=True)
    return [piece for plain, link in both for piece in ([plain], list(link) if link else [""]) if piece[0]]


def shown_as_it_stands(key: str, text: str) -> str:
    """Return what looks like a link in the text of this key and is none, or an empty string."""
    found = _LIKE_A_LINK.search(_LINK.sub("", text) if key in LINKED else text)
    return found[0] if found else ""
