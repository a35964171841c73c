"""Find the visitor's address in X-Forwarded-For and Forwarded (RFC 7239), behind trusted proxies.

Entries to the left of the one that the outermost trusted proxy wrote are the visitor's claims and are never read.
"""

from collections.abc import Callable, Sequence

from consent.geo.address import Networks, parse_node
from consent.geo.warnings import CONFLICT, NOT_FORWARDED, UNREADABLE, UntrustedHeaderError

Header = Callable[[str], str | None]
MAX_HEADER_LENGTH = 2048
MAX_ENTRIES = 50
_SPACE = " \t"


def find_visitor(header: Header, trusted: Networks, hops: int | None) -> bytes | None:
    """Return the visitor's packed address: the rightmost one that isn't a trusted proxy, or the one selected by `hops`.

    Returns None if there is no such header, or if all entries are trusted proxies. Raises UntrustedHeaderError for
    headers that can't be trusted. A proxy sets one of the two headers and passes the other through as the visitor sent
    it. Which one isn't known here, so if both are present, they must agree.
    """
    chains = [chain for chain in (_x_forwarded_for(header), _forwarded(header)) if chain]
    if hops is not None and not chains:
        raise UntrustedHeaderError(NOT_FORWARDED)
    visitors = {_by_trust(chain, trusted) if hops is None else _by_hops(chain, trusted, hops) for chain in chains}
    if len(visitors) > 1:
        raise UntrustedHeaderError(CONFLICT)
    return visitors.pop() if visitors else None


def _by_trust(chain: Sequence[str], trusted: Networks) -> bytes | None:
    for entry in reversed(chain):
        packed = parse_node(entry)
        if packed is None:
            raise UntrustedHeaderError(UNREADABLE)
        if packed not in trusted:
            return packed
    return None


def _by_hops(chain: Sequence[str], trusted: Networks, hops: int) -> bytes:
    """Return the entry written by the outermost of `hops` proxies; the others wrote those to its right."""
    if len(chain) < hops:
        raise UntrustedHeaderError(CONFLICT)
    packed = [parse_node(entry) for entry in chain[-hops:]]
    visitor = packed[0]
    if visitor is None or None in packed:
        raise UntrustedHeaderError(UNREADABLE)
    if visitor in trusted:
        raise UntrustedHeaderError(CONFLICT)
    return visitor


def _x_forwarded_for(header: Header) -> list[str]:
    text = header("X-Forwarded-For")
    return _check_count([entry.strip(_SPACE) for entry in _check_length(text).split(",")]) if text else []


def _forwarded(header: Header) -> list[str]:
    """Return the `for` of each element, empty if it has none; an empty list if no element has one."""
    text = header("Forwarded")
    if not text:
        return []
    chain = [_for_value(element) for element in _check_count(_split(_check_length(text), ","))]
    return chain if any(chain) else []


def _for_value(element: str) -> str:
    pairs = [pair.partition("=") for pair in _split(element, ";")]
    values = [value.strip(_SPACE) for name, _, value in pairs if name.strip(_SPACE).lower() == "for"]
    if len(values) > 1:
        raise UntrustedHeaderError(UNREADABLE)
    value = values[0] if values else ""
    if len(value) > 1 and value[0] == value[-1] == '"':
        # No address needs a backslash, so a value with an escape isn't an address, and parse_node rejects it.
        return value[1:-1]
    return value


def _split(text: str, separator: str) -> list[str]:
    """Split at separators outside quoted strings.

    Raises UntrustedHeaderError for an unclosed quote: a visitor's could swallow what our proxy appended.
    """
    parts, start, quoted, escaped = [], 0, False, False
    for index, character in enumerate(text):
        if escaped:
            escaped = False
        elif character == '"':
            quoted = not quoted
        elif character == "\\" and quoted:
            escaped = True
        elif character == separator and not quoted:
            parts.append(text[start:index])
            start = index + 1
    if quoted:
        raise UntrustedHeaderError(UNREADABLE)
    return [*parts, text[start:]]


def _check_length(text: str) -> str:
    if len(text) > MAX_HEADER_LENGTH:
        raise UntrustedHeaderError(UNREADABLE)
    return text


def _check_count(entries: list[str]) -> list[str]:
    if len(entries) > MAX_ENTRIES:
        raise UntrustedHeaderError(UNREADABLE)
    return entries
