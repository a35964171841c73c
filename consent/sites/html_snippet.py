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
"""By element the attributes that are kept; `src` and `data-*` are kept of each."""
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
"""Attributes that change nothing of what a tag does, and are left out."""
LOCAL = re.compile(r"([a-z0-9-]+\.)*localhost|127\.0\.0\.1")


class PasteError(ValueError):
    """Code that cannot be a tag; the message is a sentence for whoever pasted it."""


class Pasted(NamedTuple):
    """The nodes, as a config holds them, and what was left out, in words."""

    nodes: list[Node]
    left_out: list[str]


def read_pasted(text: str) -> Pasted:
    """Return the nodes of `text`, an address of a script or HTML. Raises PasteError."""
    text = text.strip()
    if len(text) > MAX_LETTERS:
        raise PasteError(
            translatable(f"This is longer than {MAX_LETTERS:,} letters: serve it as a file and paste its address.")
        )
    if re.fullmatch(r"(https?:)?//\S+", text, re.IGNORECASE):
        return Pasted([_node("script", _address(text), "", {"async": ""})], [])
    left_out: list[str] = []
    nodes = list(_nodes(text, left_out))
    if not nodes:
        raise PasteError(translatable("There is no script, image or frame in this."))
    if len(nodes) > MAX_NODES:
        raise PasteError(translatable(f"There are more than {MAX_NODES} nodes in this: make it several tags."))
    return Pasted(nodes, list(dict.fromkeys(left_out)))


def as_html(nodes: list[Node]) -> str:
    """Return `nodes` as the HTML that `read_pasted` reads them from."""
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
        raise PasteError(translatable(f"A script of the type {kind[:40]} is no code that a browser runs."))
    if not source and not text.strip():
        raise PasteError(translatable("There is a script with neither an address nor code."))
    if source and text.strip():
        raise PasteError(
            translatable("There is a script with both an address and code: browsers run the address alone.")
        )


def _allowed_attributes(name: str, attributes: dict[str, str], left_out: list[str]) -> dict[str, str]:
    allowed = {}
    for key, value in attributes.items():
        if key.startswith("on"):
            raise PasteError(translatable(f"The attribute {key[:40]} is code within the page: paste it as a script."))
        if key in OUTER[name] or re.fullmatch(r"data-[a-z0-9-]{1,50}", key):
            if len(value) > 500:
                raise PasteError(translatable(f"The attribute {key} is longer than 500 letters."))
            allowed[key] = value
        elif key in IDLE:
            left_out.append(f"{key} of <{name}>")
        else:
            raise PasteError(f"The attribute {key[:40]} of <{name}> is not one that a tag can have.")
    return allowed


def _address(text: str) -> str:
    """Return `text` as an address of https; of http only where that is this machine."""
    text = f"https:{text}" if text.startswith("//") else text
    try:
        parts = urlsplit(text)
        host, _ = (parts.hostname or "").lower(), parts.port
    except ValueError:
        raise PasteError(translatable(f"{text[:80]} is no address.")) from None
    if re.search(r"[\s\"'<>\\]", text) or not host or parts.username or len(text) > 500:
        raise PasteError(
            translatable(f"{text[:80]} is no address that can be loaded: it begins with https:// and a host.")
        )
    if parts.scheme != "https" and not (parts.scheme == "http" and LOCAL.fullmatch(host)):
        raise PasteError(translatable(f"{text[:80]} is not asked for over https."))
    return parts.scheme + text[len(parts.scheme) :]


def _node(element: str, src: str, text: str, attributes: dict[str, str]) -> Node:
    return {"element": element, "src": src, "text": text, "attributes": attributes}


def _html(node: Node) -> str:
    given = {"src": node["src"]} if node["src"] else {}
    attributes = "".join(
        f' {key}="{escape(value)}"' if value else f" {key}" for key, value in (given | node["attributes"]).items()
    )
    start = f"<{node['element']}{attributes}>"
    # A script's text is not escaped: it was read as it stands.
    return start if node["element"] == "img" else f"{start}{node['text']}</{node['element']}>"
