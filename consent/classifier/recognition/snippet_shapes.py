"""Patterns of the catalog's tags: script URLs, attributes and inline snippets."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from consent.classifier.registrable_domain import owned_domain
from consent.classifier.tag_template import HOST, PLACE, matches
from consent.classifier.vendor import Parameter, TagTemplate, Vendor

MAX_VALUES = 20


@dataclass(frozen=True)
class Shape:
    """A template's URL: patterns for host and path, and the query parameters by their name in the query.

    `domain` is the registrable domain of the host.
    """

    vendor: Vendor
    template: TagTemplate
    domain: str
    host: re.Pattern[str]
    path: re.Pattern[str]
    query: dict[str, Parameter]
    bare: Parameter | None
    """The parameter that makes up the whole query, as in `hm.js?{site_id}`."""

    def values(self, address: str) -> dict[str, str] | None:
        """Return the parameter values in `address`, or None if it doesn't match."""
        parts = _split(address)
        host = self.host.fullmatch(parts.hostname or "")
        match = self.path.fullmatch(unquote(parts.path))
        if host is None or match is None:
            return None
        query = parts.query
        pairs = dict(parse_qsl(query))
        by_parameter = {one.id: pairs[name] for name, one in self.query.items() if pairs.get(name)}
        if self.bare and query:
            by_parameter[self.bare.id] = unquote(query)
        values = host.groupdict() | match.groupdict() | by_parameter
        fits = all(matches(one, values[one.id]) for one in self.template.parameters if one.id in values)
        return values if fits else None


@dataclass(frozen=True)
class Snippet:
    """A vendor's inline code: any of `codes` identifies it, and `given` holds patterns for its parameters' values."""

    vendor: Vendor
    template: TagTemplate | None
    codes: list[re.Pattern[str]]
    given: dict[str, re.Pattern[str]] = field(default_factory=dict)
    address: re.Pattern[str] | None = None

    @property
    def product(self) -> tuple[str, str]:
        """Return the vendor's id, and its product if it has several."""
        return self.vendor.id, self.template.product if self.template else ""

    def matches(self, text: str) -> bool:
        """Return whether readable code, or a URL, is this vendor's."""
        return any(code.search(text) for code in self.codes)

    def address_in(self, text: str) -> str:
        """Return the URL that the code loads from a host chosen by the site, or ""."""
        match = self.address.search(text) if self.address else None
        return f"https://{match[1].partition('//')[2]}" if match else ""


def host_of(address: str) -> str:
    """Return the host of `address`, or ""."""
    return _split(address).hostname or ""


def shapes_of(vendors: Iterable[Vendor]) -> Iterator[Shape]:
    """Yield the shape of each template whose URL is at one of its vendor's domains."""
    for vendor in vendors:
        for template in vendor.tags:
            if template.load["src"] and not any(one.kind == HOST for one in template.parameters):
                yield _shape(vendor, template)


def snippets_of(vendors: Iterable[Vendor]) -> Iterator[Snippet]:
    """Yield the snippets described in the files of `vendors`."""
    for vendor in vendors:
        for one in vendor.document.get("snippets", ()):
            only = vendor.tags[0] if len(vendor.tags) == 1 else None
            yield Snippet(
                vendor,
                vendor.tag(one["tag"]) if "tag" in one else only,
                [re.compile(code) for code in one["code"]],
                {name: re.compile(pattern) for name, pattern in one.get("values", {}).items()},
                re.compile(one["address"]) if "address" in one else None,
            )


def values_in_attributes(template: TagTemplate, attributes: Mapping[str, str]) -> dict[str, str]:
    """Return the parameters found in an element's own attributes, such as `data-website-id`."""
    values: dict[str, str] = {}
    for name, value in template.load["attributes"].items():
        match = _pattern(value, template).search(attributes.get(name, ""))
        values |= match.groupdict() if match else {}
    return values


def values_in_code(
    parameter: Parameter, snippets: Sequence[Snippet], template: TagTemplate, texts: Iterable[str]
) -> list[str]:
    """Return the distinct values of `parameter` in the first of `texts` that has any."""
    patterns = [snippet.given[parameter.id] for snippet in snippets if parameter.id in snippet.given]
    patterns += _call_patterns(parameter, template.load["calls"])
    for text in texts:
        values = [value for pattern in patterns for value in pattern.findall(text)[:MAX_VALUES]]
        if fitting := list(dict.fromkeys(value for value in values if matches(parameter, value))):
            return fitting
    return []


def _split(address: str) -> SplitResult:
    try:
        return urlsplit(address)
    except ValueError:
        return SplitResult("", "", "", "", "")


def _shape(vendor: Vendor, template: TagTemplate) -> Shape:
    parts = urlsplit(str(template.load["src"]))
    host = parts.hostname or ""
    by_id = {parameter.id: parameter for parameter in template.parameters}
    pairs = [pair.partition("=") for pair in parts.query.split("&") if pair]
    query = {name: by_id[place[1]] for name, _, value in pairs if (place := PLACE.fullmatch(value))}
    bare = next((by_id[place[1]] for name, sign, _ in pairs if not sign and (place := PLACE.fullmatch(name))), None)
    domain = owned_domain(host.rpartition("}")[2].lstrip("-."))
    return Shape(vendor, template, domain, _pattern(host, template), _pattern(parts.path, template), query, bare)


def _pattern(text: str, template: TagTemplate) -> re.Pattern[str]:
    """Return `text` as a pattern with a named group for each `{parameter}`."""
    patterns = {parameter.id: parameter.pattern for parameter in template.parameters}
    pieces = PLACE.split(text)
    literal = [re.escape(piece) for piece in pieces[::2]]
    groups = [f"(?P<{name}>{patterns[name]})" for name in pieces[1::2]]
    return re.compile("".join(part for pair in zip(literal, [*groups, ""], strict=True) for part in pair))


def _call_patterns(parameter: Parameter, calls: Iterable[Mapping[str, Any]]) -> Iterator[re.Pattern[str]]:
    """Yield patterns for a template's calls whose first arguments are strings, followed by the parameter."""
    place = f"{{{parameter.id}}}"
    for call in calls:
        words = [argument for argument in call["args"] if isinstance(argument, str)]
        if place in words and words.index(place) == call["args"].index(place):
            yield _call_pattern(call["call"], tuple(words[: words.index(place)]))


@cache
def _call_pattern(function: str, words: tuple[str, ...]) -> re.Pattern[str]:
    before = "".join(rf"[\"']{re.escape(word)}[\"']\s*,\s*" for word in words)
    return re.compile(rf"(?<![\w$.]){re.escape(function)}\(\s*{before}[\"']?([A-Za-z0-9._/-]{{1,100}})")
