"""Parse pasted HTML like a browser into script, image and frame nodes; reject everything else."""

import re
from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from consent.core.documents.tags import Node
from consent.core.translatable import translatable

if TYPE_CHECKING:
    from justhtml import Element

MAX_LETTERS, MAX_NODES = 50_000, 20
CODE_TYPES = ("", "text/javascript", "application/javascript", "module")
OUTER = {"script": {"async", "crossorigin", "defer", "id", "integrity", "referrerpolicy", "type"}}
OUTER |= {"img": {"alt", "height", "id", "referrerpolicy", "width"}}
OUTER |= {"iframe": {"allow", "height", "id", "loading", "name", "referrerpolicy", "sandbox", "title", "width"}}
"""The attributes that are kept for each element; `src` and `data-*` are always kept."""
IDLE = {
    "border",
    "charset",
    "class",
    "frameborder",
    "language",
    "marginheight",
    "marginwidth",
    "nonce",
    "scrolling",
    "style",
}
"""Attributes that don't affect what a tag does and are left out."""
LOCAL = re.compile(r"([a-z0-9-]+\.)*localhost|127\.0\.0\.1")


class PasteError(ValueError):
    """Code that can't be a tag; the message is a sentence for the user who pasted it."""


class Pasted(NamedTuple):
    """The nodes as a config has them, and what was left out, in words."""

    nodes: list[Node]
    left_out: list[str]


def read_pasted(text: str) -> Pasted:
    """Return the nodes of `text`, a script's address or HTML. Raises PasteError."""
    text = text.strip()
    if len(text) > MAX_LETTERS:
        raise PasteError(
            translatable(f"This is longer than {MAX_LETTERS:,} characters: serve it as a file and paste its address.")
        )
    if re.fullmatch(r"(https?:)?//\S+", text, re.IGNORECASE):
        return Pasted([_node("script", _address(text), "", {"async": ""})], [])
    left_out: list[str] = []
    nodes = list(_nodes(text, left_out))
    if not nodes:
        raise PasteError(translatable("There is no script, image or frame in this."))
    if len(nodes) > MAX_NODES:
        raise PasteError(translatable(f"This has more than {MAX_NODES} nodes: split it into several tags."))
    return Pasted(nodes, list(dict.fromkeys(left_out)))


def as_html(nodes: list[Node]) -> str:
    """Return `nodes` as HTML that `read_pasted` reads back."""
    return "\n".join(_html(node) for node in nodes)


def _nodes(text: str, left_out: list[str]) -> Iterator[Node]:
    from justhtml import JustHTML  # slow to import

    for child in JustHTML(text, fragment=True, sanitize=False).root.children or []:
        name = str(child.name)
        if name == "#text":
            if str(child.data).strip():
                raise PasteError(translatable(f"There is text outside of scripts: “{str(child.data).strip()[:40]}”."))
        elif name == "noscript":
            left_out.append("<noscript>: it is for browsers without scripts, where no tag is loaded at all")
        elif name in OUTER and child.namespace == "html":
            yield _of_element(name, child, left_out)
        elif name != "#comment":
            raise PasteError(f"Only script, img and iframe can be a tag, and this has <{name[:40]}>.")


def _of_element(name: str, element: "Element", left_out: list[str]) -> Node:
    attributes = {key.lower(): value or "" for key, value in (element.attrs or {}).items()}
    text = "".join(str(child.data or "") for child in element.children or []) if name == "script" else ""
    source = attributes.pop("src", "").strip()
    if name == "script":
        _check_script(attributes, source, text)
    elif not source:
        raise PasteError(f"The <{name}> has no src.")
    return _node(
        name,
        _address(source) if source else "",
        "" if source else text,
        _allowed_attributes(name, attributes, left_out),
    )


def _check_script(attributes: dict[str, str], source: str, text: str) -> None:
    kind = attributes.get("type", "").strip().lower()
    if kind not in CODE_TYPES:
        raise PasteError(translatable(f"A script of the type {kind[:40]} is not code that a browser runs."))
    if not source and not text.strip():
        raise PasteError(translatable("There is a script with neither an address nor code."))
    if source and text.strip():
        raise PasteError(
            translatable("A script has both an address and code. Browsers ignore the code, so remove one of the two.")
        )


def _allowed_attributes(name: str, attributes: dict[str, str], left_out: list[str]) -> dict[str, str]:
    allowed = {}
    for key, value in attributes.items():
        if key.startswith("on"):
            raise PasteError(translatable(f"The attribute {key[:40]} is code within the page: paste it as a script."))
        if key in OUTER[name] or re.fullmatch(r"data-[a-z0-9-]{1,50}", key):
            if len(value) > 500:
                raise PasteError(translatable(f"The attribute {key} is longer than 500 characters."))
            allowed[key] = value
        elif key in IDLE:
            left_out.append(f"{key} of <{name}>")
        else:
            raise PasteError(f"The attribute {key[:40]} of <{name}> is not one that a tag can have.")
    return allowed


def _address(text: str) -> str:
    """Return `text` as an https address; http is allowed for this machine only."""
    text = f"https:{text}" if text.startswith("//") else text
    try:
        parts = urlsplit(text)
        host, _ = (parts.hostname or "").lower(), parts.port
    except ValueError:
        raise PasteError(translatable(f"{text[:80]} is not an address.")) from None
    if re.search(r"[\s\"'<>\\]", text) or not host or parts.username or len(text) > 500:
        raise PasteError(
            translatable(
                f"{text[:80]} is not an address that can be loaded. Enter one that begins with https:// and a host."
            )
        )
    if parts.scheme != "https" and not (parts.scheme == "http" and LOCAL.fullmatch(host)):
        raise PasteError(translatable(f"{text[:80]} must use https."))
    return parts.scheme + text[len(parts.scheme) :]


def _node(element: str, src: str, text: str, attributes: dict[str, str]) -> Node:
    return {"element": element, "src": src, "text": text, "attributes": attributes}


def _html(node: Node) -> str:
    given = {"src": node["src"]} if node["src"] else {}
    attributes = "".join(
        f' {key}="{escape(value)}"' if value else f" {key}" for key, value in (given | node["attributes"]).items()
    )
    start = f"<{node['element']}{attributes}>"
    # The text of a script isn't escaped in HTML.
    return start if node["element"] == "img" else f"{start}{node['text']}</{node['element']}>"
