"""Write and read TC strings: a core, the disclosed vendors and the publisher's purposes, as base64url-encoded bits.

Format: IAB Tech Lab, Consent String and Vendor List Formats v2.3 (10b489e, CC BY 3.0). Each segment is padded to 24
bits. Strings that are read may come from anyone: their length is bounded, and ranges stay ranges until they are known
to be few.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

MAX_LENGTH = 20_000
"""Maximum length of a string that is read, in characters: 966 vendors take some 2,550."""
MAX_PURPOSE, MAX_FEATURE = 24, 12
VERSION = 2
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
DECISECONDS = 864_000
"""Deciseconds in a day."""
NOT_ALLOWED, REQUIRE_CONSENT, REQUIRE_INTEREST = range(3)
"""Types of publisher restrictions."""
_DISCLOSED, _ALLOWED, _PUBLISHER = 1, 2, 3
_VALUES = {letter: format(value, "06b") for value, letter in enumerate(ALPHABET)}
_RUN_BITS, _SINGLE_BITS = 33, 17

Ids = frozenset[int]
Ranges = tuple[tuple[int, int], ...]


class TcStringError(ValueError):
    """A text that isn't a TC string, or values that don't fit into one."""


@dataclass(frozen=True, slots=True)
class Restriction:
    """What a publisher allows `vendors` (id ranges) for `purpose`: 0 nothing, 1 by consent, 2 by interest."""

    purpose: int
    type: int
    vendors: Ranges


@dataclass(frozen=True, slots=True)
class Publisher:
    """The publisher's own purposes: those of the list, and `custom_count` others."""

    purposes: Ids = frozenset()
    interests: Ids = frozenset()
    custom_count: int = 0
    custom_purposes: Ids = frozenset()
    custom_interests: Ids = frozenset()


@dataclass(frozen=True, slots=True)
class TcString:
    """The content of a TC string; `created` and `updated` are deciseconds since 1970, sets have the ids whose bit is 1.

    `disclosed` is None if the string has no such segment, as is possible before version 2.3; so is `publisher`.
    """

    created: int
    updated: int
    cmp_id: int
    cmp_version: int
    screen: int
    language: str
    list_version: int
    policy_version: int
    country: str
    is_service_specific: bool = True
    has_own_texts: bool = False
    purpose_one_treatment: bool = False
    features: Ids = frozenset()
    purposes: Ids = frozenset()
    interests: Ids = frozenset()
    vendors: Ids = frozenset()
    vendor_interests: Ids = frozenset()
    restrictions: tuple[Restriction, ...] = ()
    disclosed: Ids | None = frozenset()
    publisher: Publisher | None = field(default_factory=Publisher)


def ranges_of(ids: Iterable[int]) -> Ranges:
    """Return `ids` as ascending, inclusive ranges."""
    runs: list[tuple[int, int]] = []
    for one in sorted(set(ids)):
        if runs and runs[-1][1] == one - 1:
            runs[-1] = (runs[-1][0], one)
        else:
            runs.append((one, one))
    return tuple(runs)


def encode(content: TcString) -> str:
    """Return the TC string of `content`. Raises TcStringError for a value that doesn't fit its field."""
    segments = [_core_bits(content)]
    if content.disclosed is not None:
        segments.append(_number(_DISCLOSED, 3) + _vendor_bits(content.disclosed))
    if content.publisher is not None:
        segments.append(_number(_PUBLISHER, 3) + _publisher_bits(content.publisher))
    return ".".join(map(_to_base64url, segments))


def _core_bits(content: TcString) -> str:
    return "".join(
        [
            *(_number(VERSION, 6), _number(content.created, 36), _number(content.updated, 36)),
            *(_number(content.cmp_id, 12), _number(content.cmp_version, 12), _number(content.screen, 6)),
            *(_code(content.language), _number(content.list_version, 12), _number(content.policy_version, 6)),
            *(_number(content.is_service_specific, 1), _number(content.has_own_texts, 1)),
            *(_flags(content.features, MAX_FEATURE), _flags(content.purposes, MAX_PURPOSE)),
            *(_flags(content.interests, MAX_PURPOSE), _number(content.purpose_one_treatment, 1)),
            *(_code(content.country), _vendor_bits(content.vendors), _vendor_bits(content.vendor_interests)),
            *(_number(len(content.restrictions), 12), *map(_restriction_bits, content.restrictions)),
        ]
    )


def _restriction_bits(restriction: Restriction) -> str:
    head = _number(restriction.purpose, 6) + _number(restriction.type, 2)
    return head + _range_bits(restriction.vendors)


def _publisher_bits(publisher: Publisher) -> str:
    count = publisher.custom_count
    return "".join(
        [
            *(_flags(publisher.purposes, MAX_PURPOSE), _flags(publisher.interests, MAX_PURPOSE), _number(count, 6)),
            *(_flags(publisher.custom_purposes, count), _flags(publisher.custom_interests, count)),
        ]
    )


def _vendor_bits(ids: Collection[int]) -> str:
    """Return a vendor section in the shorter of its two forms, or as single bits if both are equally long."""
    highest, ranges = max(ids, default=0), ranges_of(ids)
    head = _number(highest, 16)
    length = 12 + sum(_RUN_BITS if end > start else _SINGLE_BITS for start, end in ranges)
    return head + "1" + _range_bits(ranges) if length < highest else head + "0" + _flags(ids, highest)


def _range_bits(ranges: Ranges) -> str:
    parts = [_number(len(ranges), 12)]
    for start, end in ranges:
        parts.append("1" + _number(start, 16) + _number(end, 16) if end > start else "0" + _number(start, 16))
    return "".join(parts)


def _flags(ids: Collection[int], count: int) -> str:
    if any(not 0 < one <= count for one in ids):
        raise TcStringError(f"an id is not between 1 and {count}")
    bits = bytearray(b"0" * count)
    for one in ids:
        bits[one - 1] = 49
    return bits.decode()


def _number(value: int, count: int) -> str:
    if not 0 <= value < 1 << count:
        raise TcStringError(f"{value} does not fit {count} bits")
    return format(value, f"0{count}b")


def _code(letters: str) -> str:
    if len(letters) != 2 or not all("A" <= one <= "Z" for one in letters):
        raise TcStringError(f"{letters!r} is not a code of two capital letters")
    return "".join(_number(ord(one) - 65, 6) for one in letters)


def _to_base64url(bits: str) -> str:
    padded = bits + "0" * (-len(bits) % 24)
    return "".join(ALPHABET[int(padded[at : at + 6], 2)] for at in range(0, len(padded), 6))


class _Reader:
    """Reads bits in order; raises TcStringError past the last one."""

    def __init__(self, text: str) -> None:
        try:
            self._bits = "".join(_VALUES[letter] for letter in text)
        except KeyError:
            raise TcStringError("it has other letters than base64url") from None
        self._at = 0

    def number(self, count: int) -> int:
        return int(self._take(count) or "0", 2)

    def is_set(self) -> bool:
        return self._take(1) == "1"

    def code(self) -> str:
        values = self.number(6), self.number(6)
        if max(values) > 25:
            raise TcStringError("a language or country is not of two letters")
        return "".join(chr(65 + one) for one in values)

    def flags(self, count: int) -> Ids:
        return frozenset(at for at, bit in enumerate(self._take(count), 1) if bit == "1")

    def vendors(self) -> Ids:
        highest = self.number(16)
        if not self.is_set():
            return self.flags(highest)
        ids: set[int] = set()
        for start, end in self.ranges():
            if end > highest:
                raise TcStringError("a range of vendors passes the highest id")
            ids.update(range(start, end + 1))
        return frozenset(ids)

    def ranges(self) -> Ranges:
        """Return ranges that ascend without overlap, so that together they have no more ids than exist."""
        found: list[tuple[int, int]] = []
        for _ in range(self.number(12)):
            is_run = self.is_set()
            start = self.number(16)
            end = self.number(16) if is_run else start
            if start < 1 or end < start or (found and start <= found[-1][1]):
                raise TcStringError("ranges of vendors are not in order")
            found.append((start, end))
        return tuple(found)

    def _take(self, count: int) -> str:
        if self._at + count > len(self._bits):
            raise TcStringError("it is cut")
        bits = self._bits[self._at : self._at + count]
        self._at += count
        return bits


def decode(text: str) -> TcString:
    """Return the content of the TC string `text`.

    Raises TcStringError if it isn't one, has another version, is truncated, or is longer than `MAX_LENGTH`.
    """
    if len(text) > MAX_LENGTH:
        raise TcStringError(f"it is longer than {MAX_LENGTH} letters")
    core, *others = text.split(".")
    if len(others) > 3:
        raise TcStringError("it has more segments than there are kinds")
    segments: dict[int, _Reader] = {}
    for other in others:
        reader = _Reader(other)
        kind = reader.number(3)
        if kind in segments or kind not in (_DISCLOSED, _ALLOWED, _PUBLISHER):
            raise TcStringError(f"a segment of the type {kind} is not known, or there twice")
        segments[kind] = reader
    if _ALLOWED in segments:
        segments[_ALLOWED].vendors()  # from the days of global scope: read only to reject a damaged one
    disclosed, publisher = segments.get(_DISCLOSED), segments.get(_PUBLISHER)
    return _core(
        _Reader(core),
        disclosed.vendors() if disclosed else None,
        _publisher(publisher) if publisher else None,
    )


def _core(reader: _Reader, disclosed: Ids | None, publisher: Publisher | None) -> TcString:
    if (version := reader.number(6)) != VERSION:
        raise TcStringError(f"it has version {version}, which is not known here")
    # Fields are read in the order of the arguments.
    return TcString(
        created=reader.number(36),
        updated=reader.number(36),
        cmp_id=reader.number(12),
        cmp_version=reader.number(12),
        screen=reader.number(6),
        language=reader.code(),
        list_version=reader.number(12),
        policy_version=reader.number(6),
        is_service_specific=reader.is_set(),
        has_own_texts=reader.is_set(),
        features=reader.flags(MAX_FEATURE),
        purposes=reader.flags(MAX_PURPOSE),
        interests=reader.flags(MAX_PURPOSE),
        purpose_one_treatment=reader.is_set(),
        country=reader.code(),
        vendors=reader.vendors(),
        vendor_interests=reader.vendors(),
        restrictions=tuple(_restriction(reader) for _ in range(reader.number(12))),
        disclosed=disclosed,
        publisher=publisher,
    )


def _restriction(reader: _Reader) -> Restriction:
    return Restriction(reader.number(6), reader.number(2), reader.ranges())


def _publisher(reader: _Reader) -> Publisher:
    purposes, interests = reader.flags(MAX_PURPOSE), reader.flags(MAX_PURPOSE)
    count = reader.number(6)
    return Publisher(purposes, interests, count, reader.flags(count), reader.flags(count))
