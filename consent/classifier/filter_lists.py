"""Filter lists added by an operator: parse content blocker rules and hosts files as data."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from consent.classifier.registrable_domain import HOST, MAX_URL_LENGTH, clean_host, parents
from consent.core.groups import OPTIONAL

MAX_BYTES = 2**25
MAX_RULE_LENGTH = 1000
PIECE = 4
"""Minimum number of consecutive characters in a rule, since shorter ones match anything."""
ON_THIS_MACHINE = re.compile(r"(?:0\.0\.0\.0|127\.0\.0\.1|::1?)[ \t]+([^\s#]+)")
WHOLE_HOST = re.compile(r"\|\|([a-z0-9_.-]+)\^?")
OPTIONS = re.compile(r"\$(~?[a-z0-9_-]+(?:=[^,]*)?(?:,~?[a-z0-9_-]+(?:=[^,]*)?)*)$")
OF_ANY_REQUEST = {
    *("script", "image", "stylesheet", "css", "object", "xmlhttprequest", "xhr", "subdocument", "frame"),
    *("ping", "beacon", "websocket", "webrtc", "font", "media", "other", "all"),
    *("third-party", "3p", "important", "match-case"),
}
"""Options that don't affect what a URL is for; a rule with any other option is skipped."""
NOT_OF_ADDRESSES = re.compile(r'[\s<>"\ufffd]|#[@?$%]*#|^[!\[#]|^@@$|^(?:@@)?/.*/(?:\$|$)')
"""Comments, element hiding rules, regular expressions, and anything that isn't a rule."""
SEPARATOR = r"(?:[^a-z0-9_.%-]|\Z)"


class FilterListError(ValueError):
    """Raised when a file isn't a filter list; the message is one sentence."""


class Rule(NamedTuple):
    """A URL pattern: `parts` follow each other with anything in between; `start` and `end` say where it is anchored."""

    parts: tuple[str, ...]
    start: str
    """`|` for the start of the URL, `||` for the start of its host or of a parent domain, "" for anywhere."""
    end: bool

    def matches(self, address: str) -> bool:
        """Return whether `address`, in lower case and with its scheme, matches the rule."""
        first, *remainder = self.parts
        if not self.start:
            place = _search(first, address, 0, self.end and not remainder)
            return place is not None and self._rest_matches(remainder, address, place)
        for begin in (0,) if self.start == "|" else _domain_starts(address):
            match = _part_pattern(first, self.end and not remainder).match(address, begin)
            if match and self._rest_matches(remainder, address, match.end()):
                return True
        return False

    def _rest_matches(self, remainder: list[str], address: str, place: int) -> bool:
        """Return whether the `remainder` follows; the first match of each part is as good as any later one."""
        for number, part in enumerate(remainder, start=1):
            match = _search(part, address, place, self.end and number == len(remainder))
            if match is None:
                return False
            place = match
        return True


@dataclass
class Rules:
    """Rules by host, or by an n-gram contained in every URL they match."""

    hosts: set[str] = field(default_factory=set)
    by_piece: dict[str, list[Rule]] = field(default_factory=dict)
    number: int = 0

    def add(self, text: str) -> None:
        """Add the rule `text`, unless it would match almost everything."""
        if host := WHOLE_HOST.fullmatch(text):
            if "." in host[1].strip(".") and HOST.fullmatch(host[1]):
                self.hosts.add(host[1].strip("."))
                self.number += 1
            return
        start = "||" if text.startswith("||") else "|" if text.startswith("|") else ""
        end = text.endswith("|")
        body = text[len(start) : len(text) - end]
        parts = tuple(filter(None, body.split("*")))
        pieces = [piece for part in parts for piece in _ngrams(part)]
        if pieces:
            # The rarest n-gram so far: `.com` and `http` are in almost every URL.
            rarest = min(pieces, key=lambda piece: len(self.by_piece.get(piece, ())))
            bound = "" if body.startswith("*") else start
            self.by_piece.setdefault(rarest, []).append(Rule(parts, bound, end and not body.endswith("*")))
            self.number += 1

    def has(self, address: str, host: str) -> bool:
        """Return whether a rule matches `address`, a URL at `host`."""
        if not self.hosts.isdisjoint(parents(host)):
            return True
        pieces = {address[place : place + PIECE] for place in range(len(address) - PIECE + 1)}
        return any(rule.matches(address) for piece in pieces & self.by_piece.keys() for rule in self.by_piece[piece])


@dataclass(frozen=True)
class FilterList:
    """Rules for URLs whose requests serve `group`; the list's exceptions exempt URLs from it."""

    name: str
    group: str
    rules: Rules
    exceptions: Rules

    def has(self, address: str) -> bool:
        """Return whether the list matches `address`."""
        address, host = address.strip()[:MAX_URL_LENGTH].lower(), clean_host(address)
        if not host:
            return False
        address = address if "://" in address else f"https://{address.removeprefix('//')}"
        return self.rules.has(address, host) and not self.exceptions.has(address, host)


def read_lists(texts: Iterable[str]) -> tuple[FilterList, ...]:
    """Return the lists given as `GROUP=FILE`. Raises FilterListError."""
    return tuple(map(read_list, texts))


def usable_lists(texts: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the `texts` whose lists can be read, and a sentence for each of the others."""
    usable, errors = [], []
    for text in texts:
        try:
            read_list(text)
        except FilterListError as error:
            errors.append(f"Filter list: {error}")
        else:
            usable.append(text)
    return tuple(usable), tuple(errors)


@cache
def read_list(text: str) -> FilterList:
    """Return the list that `text` refers to, such as `analytics=ads.txt`, read once per process.

    A list can't make anything essential. Raises FilterListError.
    """
    group, sign, file = text.partition("=")
    if not (sign and file and group in OPTIONAL):
        raise FilterListError(f"{text!r} is not GROUP=FILE with one of {', '.join(OPTIONAL)}.")
    path = Path(file)
    try:
        with path.open("rb") as opened:
            content = opened.read(MAX_BYTES + 1)
    except OSError as error:
        raise FilterListError(f"{path} cannot be read: {error.strerror}.") from None
    if len(content) > MAX_BYTES:
        raise FilterListError(f"{path.name} is larger than {MAX_BYTES // 2**20} MB.")
    if b"\0" in content:
        raise FilterListError(f"{path.name} is not text.")
    filter_list = FilterList(path.name, group, Rules(), Rules())
    for line in content.decode("utf-8-sig", "replace").splitlines():
        _add_line(filter_list, line.strip())
    if not filter_list.rules.number:
        raise FilterListError(f"{path.name} has no rule for an address, as filter lists and hosts files have them.")
    return filter_list


def _add_line(filters: FilterList, line: str) -> None:
    """Add a line if it is a rule for URLs that applies on any page."""
    if host := ON_THIS_MACHINE.match(line):
        line = f"||{host[1]}^"
    if not line or len(line) > MAX_RULE_LENGTH or not line.isprintable() or NOT_OF_ADDRESSES.search(line):
        return
    text = line.lower()
    options = OPTIONS.search(text)
    if options:
        text = text[: options.start()]
        if not all(map(_is_of_any_request, options[1].split(","))):
            return
    rules, text = (filters.exceptions, text[2:]) if text.startswith("@@") else (filters.rules, text)
    rules.add(text)


def _is_of_any_request(option: str) -> bool:
    name, _, value = option.partition("=")
    if name in ("domain", "from"):
        return all(page.startswith("~") for page in value.split("|"))
    return name.removeprefix("~") in OF_ANY_REQUEST and name not in ("~third-party", "~3p")


def _ngrams(part: str) -> Iterator[str]:
    for run in part.split("^"):
        yield from (run[place : place + PIECE] for place in range(len(run) - PIECE + 1))


def _domain_starts(address: str) -> Iterator[int]:
    place = address.index("://") + 3
    end = next((at for at in range(place, len(address)) if address[at] in "/?#"), len(address))
    while 0 < place < end:
        yield place
        place = address.find(".", place, end) + 1


def _search(part: str, address: str, place: int, is_last: bool) -> int | None:
    match = _part_pattern(part, is_last).search(address, place)
    return match.end() if match else None


@lru_cache(maxsize=4096)
def _part_pattern(part: str, is_last: bool) -> re.Pattern[str]:
    """Return a pattern for a part: only literals and separators, so that matching takes linear time."""
    return re.compile(SEPARATOR.join(map(re.escape, part.split("^"))) + (r"\Z" if is_last else ""))
