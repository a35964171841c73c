"""Read a page that was made for another consent tool: its inline scripts, and the elements that wait for the tool."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from justhtml import Element, JustHTML

from consent.sites.moving.setup import Piece

INERT = ("text/plain", "opt-in", "text/template")
MAX_NODES = 50_000
PLAYERS = {
    "youtube_player": "youtube",
    "vimeo_player": "vimeo",
    "dailymotion_player": "dailymotion",
    "googlemapsembed": "googlemapsembed",
}
"""By the class of a tarteaucitron player: its service."""


class MarkedPiece(NamedTuple):
    """An element that waits for the old tool, by the tool's name of the service and of its categories."""

    tool: str
    name: str
    words: tuple[str, ...]
    piece: Piece


class ReadPage(NamedTuple):
    """The code of a page's inline scripts, the addresses of its others, and what is marked in it."""

    code: str
    sources: list[str]
    marked: list[MarkedPiece]


def read_page(html: str) -> ReadPage:
    """Return what stands in `html`; nothing of it is run."""
    code: list[str] = []
    sources: list[str] = []
    marked: list[MarkedPiece] = []
    for element in _elements(JustHTML(html, sanitize=False).root):
        attributes = _attributes(element)
        if found := _marked(element, attributes):
            marked += found
        elif element.name == "script" and "src" in attributes:
            sources.append(attributes["src"])
            code += [f"/* data-cbid {attributes['src']} */"] if "data-cbid" in attributes else []
        elif element.name == "script":
            code.append(_text(element))
    return ReadPage("\n;\n".join(code), sources, marked)


def _elements(root: Any) -> Iterator[Element]:
    waiting, left = [root], MAX_NODES
    while waiting and left:
        node = waiting.pop()
        left -= 1
        if node.name == "template" and "data-purpose" in (node.attrs or {}):
            yield node
            continue
        if not str(node.name).startswith(("#", "!")):
            yield node
        waiting += reversed(
            [child for child in node.children or [] if not str(child.name).startswith(("#t", "#c", "!"))]
        )


def _marked(element: Element, attributes: dict[str, str]) -> list[MarkedPiece]:
    """Return what `element` is for the old tool; nothing where no tool holds it."""
    name = str(element.name)
    if name == "template" and "data-purpose" in attributes:
        children = element.template_content.children or [] if element.template_content else []
        inner = [child for child in children if child.name in ("script", "iframe", "img")]
        purpose = attributes["data-purpose"]
        return [MarkedPiece("orejime", purpose, (), _piece(child, _attributes(child))) for child in inner]
    piece = _piece(element, attributes)
    if "data-cookieblock-src" in attributes or (name == "script" and _waits(attributes, "data-cookieconsent")):
        words = attributes.get("data-cookieconsent", "").replace(",", " ").split()
        ignored = "ignore" in words
        return [] if ignored else [MarkedPiece("cookiebot", " ".join(words), tuple(words), piece)]
    if name == "script" and (_waits(attributes, "data-category") or _waits(attributes, "data-cookiecategory")):
        category = attributes.get("data-category") or attributes.get("data-cookiecategory", "")
        service = attributes.get("data-service", "")
        return [MarkedPiece("vanilla-cookieconsent", service or category, (category,), piece)]
    if _waits(attributes, "data-name") if name == "script" else name in ("iframe", "img") and "data-name" in attributes:
        return [MarkedPiece("klaro", attributes["data-name"], (), piece)]
    player = next((PLAYERS[one] for one in attributes.get("class", "").split() if one in PLAYERS), "")
    return [MarkedPiece("tarteaucitron", player, (), piece)] if player else []


def _waits(attributes: dict[str, str], mark: str) -> bool:
    return mark in attributes and attributes.get("type", "").lower() in INERT


def _piece(element: Element, attributes: dict[str, str]) -> Piece:
    source = attributes.get("data-src") or attributes.get("data-cookieblock-src") or attributes.get("src", "")
    return Piece(str(element.name), source, "" if source else _text(element), attributes)


def _attributes(element: Element) -> dict[str, str]:
    return {name.lower(): value or "" for name, value in (element.attrs or {}).items()}


def _text(element: Element) -> str:
    return "".join(str(child.data or "") for child in element.children or [])
