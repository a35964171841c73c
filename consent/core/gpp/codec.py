"""Write and read GPP strings: a header followed by sections, each of them bits encoded as base64url characters.

banner/vendors/gpp_codec.js is its twin. Format: IAB Tech Lab, GPP Consent String Specification. Written strings have
the least possible padding; strings that are read may have more, and bits missing at the end of a part are 0.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from consent.core.gpp.sections import Section, known_layouts, written_sections

MAX_LENGTH = 10_000
"""Maximum length of a string that is read, in characters."""
MAX_ID = 1000
"""Highest section id that is read; the highest one defined is 27."""
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
EMPTY = "DBAA"
"""The string without any sections."""
_TYPE, _VERSION, _GPC_SEGMENT = 3, 1, 1

Values = dict[str, int | list[int]]


class GppError(ValueError):
    """A text that isn't a GPP string, or values that don't fit into one."""


class SectionValues(NamedTuple):
    """The content of a section: `values` by field, and whether its GPC segment reports the signal, None without one."""

    prefix: str
    values: Values
    gpc: bool | None = None


class ReadSection(NamedTuple):
    """A section as read; `content` is None if its id or version is unknown here."""

    id: int
    text: str
    content: SectionValues | None


def encode(sections: Iterable[SectionValues]) -> str:
    """Return the GPP string of `sections`, given in any order. Raises GppError."""
    layouts = written_sections()
    by_id: dict[int, str] = {}
    for one in sections:
        section = layouts.get(one.prefix)
        if section is None:
            raise GppError(f"{one.prefix} is not a supported section")
        if section.id in by_id:
            raise GppError(f"{one.prefix} is there twice")
        by_id[section.id] = _encode_section(section, one)
    return "~".join([_header(sorted(by_id)), *(by_id[one] for one in sorted(by_id))])


def _encode_section(section: Section, content: SectionValues) -> str:
    core = _to_base64url("".join(_field_bits(section, content.values)))
    if content.gpc is None or not section.has_gpc:
        return core
    return f"{core}.{_to_base64url(_bits(_GPC_SEGMENT, 2) + _bits(content.gpc, 1))}"


def _field_bits(section: Section, values: Mapping[str, int | list[int]]) -> Iterator[str]:
    if unknown := values.keys() - {field.name for field in section.fields}:
        raise GppError(f"{section.prefix} has no field {min(unknown)}")
    for field in section.fields:
        value = section.version if field.name == "Version" else values.get(field.name, [0] * field.count)
        several = value if isinstance(value, list) else [value]
        if len(several) != field.count or not all(0 <= one < 1 << field.bits for one in several):
            raise GppError(f"{section.prefix}.{field.name} cannot be {value}")
        yield from (_bits(one, field.bits) for one in several)


def _header(ids: list[int]) -> str:
    runs: list[list[int]] = []
    for one in ids:
        if runs and runs[-1][1] == one - 1:
            runs[-1][1] = one
        else:
            runs.append([one, one])
    last, items = 0, ""
    for first, end in runs:
        items += (
            "1" + _fibonacci(first - last) + _fibonacci(end - first) if end > first else "0" + _fibonacci(first - last)
        )
        last = end
    return _to_base64url(_bits(_TYPE, 6) + _bits(_VERSION, 6) + _bits(len(runs), 12) + items)


def _fibonacci(number: int) -> str:
    """Return `number` (at least 1) in Fibonacci coding: a sum of Fibonacci numbers, smallest first, then a final 1."""
    numbers = [1]
    while (following := numbers[-1] + (numbers[-2] if len(numbers) > 1 else 1)) <= number:
        numbers.append(following)
    bits = ""
    for one in reversed(numbers):
        bits = str(int(one <= number)) + bits
        number -= one if one <= number else 0
    return bits + "1"


def _bits(value: int, count: int) -> str:
    return format(value, f"0{count}b")


def _to_base64url(bits: str) -> str:
    padded = bits + "0" * (-len(bits) % 6)
    return "".join(LETTERS[int(padded[at : at + 6], 2)] for at in range(0, len(padded), 6))


class _Reader:
    """Reads bits in order; past the last bit, all are 0."""

    def __init__(self, text: str) -> None:
        if not text or not set(text) <= set(LETTERS):
            raise GppError("a part is empty, or has other letters than base64url")
        self._bits = "".join(_bits(LETTERS.index(letter), 6) for letter in text)
        self._at = 0

    def number(self, count: int) -> int:
        bits = self._bits[self._at : self._at + count]
        self._at += count
        return int(bits.ljust(count, "0"), 2)

    def fibonacci(self) -> int:
        total, before, now = 0, 1, 1
        was_one = False
        while self._at < len(self._bits) and total <= MAX_ID:
            is_one = self.number(1) == 1
            if is_one and was_one:
                return total
            total += now if is_one else 0
            before, now, was_one = now, before + now, is_one
        raise GppError("the list of sections is cut, or names one that is not defined")


def decode(text: str) -> list[ReadSection]:
    """Return the sections of the GPP string `text` by ascending id. Raises GppError if it isn't one."""
    if len(text) > MAX_LENGTH:
        raise GppError(f"it is longer than {MAX_LENGTH} letters")
    header, *parts = text.split("~")
    ids = _read_header(header)
    if len(ids) != len(parts):
        raise GppError(f"it names {len(ids)} sections and has {len(parts)}")
    return [ReadSection(one, part, _read_section(one, part)) for one, part in zip(ids, parts, strict=True)]


def _read_header(text: str) -> list[int]:
    reader = _Reader(text)
    if reader.number(6) != _TYPE:
        raise GppError("it does not begin as a GPP string does")
    if (version := reader.number(6)) != _VERSION:
        raise GppError(f"it has version {version}, which is not known here")
    ids: list[int] = []
    for _ in range(reader.number(12)):
        is_run = reader.number(1)
        first = (ids[-1] if ids else 0) + reader.fibonacci()
        end = first + reader.fibonacci() if is_run else first
        if end > MAX_ID:
            raise GppError("it names a section that is not defined")
        ids.extend(range(first, end + 1))
    return ids


def _read_section(number: int, text: str) -> SectionValues | None:
    if not any(number == known for known, _ in known_layouts()):
        return None
    core, *segments = text.split(".")
    section = known_layouts().get((number, _Reader(core).number(6)))
    if section is None:
        return None
    reader = _Reader(core)
    values: Values = {}
    for field in section.fields:
        several = [reader.number(field.bits) for _ in range(field.count)]
        values[field.name] = several if field.count > 1 else several[0]
    return SectionValues(section.prefix, values, _read_gpc(segments))


def _read_gpc(segments: list[str]) -> bool | None:
    for segment in segments:
        reader = _Reader(segment)
        if reader.number(2) == _GPC_SEGMENT:
            return reader.number(1) == 1
    return None
