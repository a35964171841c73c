"""Read a page that was made for another consent tool: its inline scripts, and the elements that wait for the tool.

A page is read tag by tag, since a deeply nested tree of a megabyte takes seconds to build.
"""

from collections.abc import Iterator
from typing import NamedTuple

from consent.core.translatable import translatable
from consent.sites.moving.setup import ImportFileError, Piece

INERT = ("text/plain", "opt-in", "text/template")
MAX_ELEMENTS = 50_000
MAX_COMMENT_STEPS = 1_000_000_000
"""Maximum of comments times characters: the tokenizer searches the whole rest of the page for the end of each comment."""
PLAYERS = {
    "youtube_player": "youtube",
    "vimeo_player": "vimeo",
    "dailymotion_player": "dailymotion",
    "googlemapsembed": "googlemapsembed",
}
"""The service of a tarteaucitron player, by its class."""


class MarkedPiece(NamedTuple):
    """An element that waits for the old tool, with the tool's names for the service and its categories."""

    tool: str
    name: str
    words: tuple[str, ...]
    piece: Piece


class ReadPage(NamedTuple):
    """The code of a page's inline scripts, the addresses of its other scripts, and its marked elements."""

    code: str
    sources: list[str]
    marked: list[MarkedPiece]


class _Element(NamedTuple):
    """An element with the attributes of its start tag, and a script's code; `purpose` is that of the enclosing template."""

    name: str
    attributes: dict[str, str]
    purpose: str | None
    code: str = ""


def read_page(html: str) -> ReadPage:
    """Return the parts of `html`; none of it is run. Raises ImportFileError if it would take too long to read."""
    if html.count("<!--") * len(html) > MAX_COMMENT_STEPS:
        raise ImportFileError(translatable("The file has too many comments. Upload only the setup."))
    code: list[str] = []
    sources: list[str] = []
    marked: list[MarkedPiece] = []
    for element in _elements(html):
        attributes = element.attributes
        if found := _marked(element):
            marked += found
        elif element.purpose is None and element.name == "script":
            if "src" not in attributes:
                code.append(element.code)
                continue
            sources.append(attributes["src"])
            code += [f"/* data-cbid {attributes['src']} */"] if "data-cbid" in attributes else []
    return ReadPage("\n;\n".join(code), sources, marked)


def _elements(html: str) -> Iterator[_Element]:
    """Yield the elements of a page, except those in a template without a purpose."""
    from justhtml import stream  # slow to import

    templates: list[str | None] = []
    script: _Element | None = None
    count = 0
    for event in stream(html):
        if script is not None:
            yield script._replace(code=event[1]) if event[0] == "text" else script
            script = None
        if event[0] == "start":
            count += 1
            if count > MAX_ELEMENTS:
                raise ImportFileError(
                    translatable(f"The file has more than {MAX_ELEMENTS:,} elements. Upload only the setup.")
                )
            name, given = event[1]
            attributes = {key: value or "" for key, value in given.items()}
            element = _Element(name, attributes, templates[-1] if templates else None)
            if templates and element.purpose is None:
                templates += [None] if name == "template" else []
            elif name == "template":
                templates.append(attributes.get("data-purpose"))
            elif name == "script":
                script = element
            else:
                yield element
        elif event[0] == "end" and event[1] == "template" and templates:
            templates.pop()
    if script is not None:
        yield script


def _marked(element: _Element) -> list[MarkedPiece]:
    """Return what `element` is to the old tool; an empty list if no tool holds it."""
    name, attributes, piece = element.name, element.attributes, _piece(element)
    if element.purpose is not None:
        is_held = name in ("script", "iframe", "img")
        return [MarkedPiece("orejime", element.purpose, (), piece)] if is_held else []
    if "data-cookieblock-src" in attributes or (name == "script" and _is_inert(attributes, "data-cookieconsent")):
        words = attributes.get("data-cookieconsent", "").replace(",", " ").split()
        ignored = "ignore" in words
        return [] if ignored else [MarkedPiece("cookiebot", " ".join(words), tuple(words), piece)]
    if name == "script" and (_is_inert(attributes, "data-category") or _is_inert(attributes, "data-cookiecategory")):
        category = attributes.get("data-category") or attributes.get("data-cookiecategory", "")
        service = attributes.get("data-service", "")
        return [MarkedPiece("vanilla-cookieconsent", service or category, (category,), piece)]
    if (
        _is_inert(attributes, "data-name")
        if name == "script"
        else name in ("iframe", "img") and "data-name" in attributes
    ):
        return [MarkedPiece("klaro", attributes["data-name"], (), piece)]
    player = next((PLAYERS[one] for one in attributes.get("class", "").split() if one in PLAYERS), "")
    return [MarkedPiece("tarteaucitron", player, (), piece)] if player else []


def _is_inert(attributes: dict[str, str], mark: str) -> bool:
    return mark in attributes and attributes.get("type", "").lower() in INERT


def _piece(element: _Element) -> Piece:
    attributes = element.attributes
    source = attributes.get("data-src") or attributes.get("data-cookieblock-src") or attributes.get("src", "")
    return Piece(element.name, source, "" if source else element.code, attributes)
