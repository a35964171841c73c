"""A page as the server sent it, as far as it loads something: scripts, frames, images, policies, in their order."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

LOADING = ("script", "iframe", "img")
UNSEEN = ("noscript", "template", "textarea")
"""What stands in these loads nothing in a browser that runs scripts."""
RUNS = ("", "module", "text/javascript", "application/javascript")
MOST_PARTS = 5000
MOST_TEXT = 200_000


@dataclass(slots=True)
class Part:
    """One element that loads or runs something. `src` is an absolute address or empty, `text` the code within."""

    tag: str
    src: str
    attributes: dict[str, str]
    in_head: bool
    text: str = ""

    @property
    def waits(self) -> bool:
        """Tell whether it is marked, or of a type that no browser runs."""
        if self.tag == "script":
            return self.attributes.get("type", "").strip().lower() not in RUNS
        return "data-consent" in self.attributes


@dataclass(slots=True)
class PageParts:
    """`policies` are those of meta elements; `has_links_place` tells of a place for the links that laws ask for."""

    parts: list[Part] = field(default_factory=list)
    policies: list[str] = field(default_factory=list)
    has_links_place: bool = False


def read_parts(url: str, html: str) -> PageParts:
    """Return what the page at `url` loads."""
    reader = _Reader(url)
    reader.feed(html)
    reader.close()
    return reader.found


class _Reader(HTMLParser):
    """Reads start tags one by one; a page that is broken is read as far as it goes."""

    def __init__(self, url: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found = PageParts()
        self._base, self._in_head, self._unseen = url, True, 0
        self._open: Part | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag in UNSEEN:
            self._unseen += 1
        if tag == "body":
            self._in_head = False
        if self._unseen:
            return
        if "data-choices-link" in attributes:
            self.found.has_links_place = True
        if tag == "base" and attributes.get("href"):
            self._base = urljoin(self._base, attributes["href"])
        if tag == "meta" and attributes.get("http-equiv", "").lower() == "content-security-policy":
            self.found.policies.append(attributes.get("content", ""))
        if tag in LOADING and len(self.found.parts) < MOST_PARTS:
            part = Part(tag, self._address(attributes.get("src", "")), attributes, self._in_head)
            self.found.parts.append(part)
            self._open = part if tag == "script" else None

    def handle_endtag(self, tag: str) -> None:
        if tag in UNSEEN:
            self._unseen = max(self._unseen - 1, 0)
        if tag == "head":
            self._in_head = False
        if tag == "script":
            self._open = None

    def handle_data(self, data: str) -> None:
        if self._open and len(self._open.text) < MOST_TEXT:
            self._open.text += data

    def _address(self, src: str) -> str:
        try:
            return urljoin(self._base, src.strip()) if src.strip() else ""
        except ValueError:
            return ""
