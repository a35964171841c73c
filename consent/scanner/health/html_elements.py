"""Parse a page's HTML into the elements that load something, in document order, and its policies."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

SOURCES = {
    **dict.fromkeys(("script", "iframe", "frame", "img", "embed"), "src"),
    "object": "data",
    "link": "href",
    "style": "",
}
"""Elements that load something, with the attribute that contains the URL."""
WAITING = (
    *("data-cookieblock-src", "data-cmp-src", "data-suppressedsrc", "suppressedsrc", "data-cmplz-src"),
    *("data-borlabs-script-blocker-src", "consent-original-src-_"),
)
"""Attributes in which other consent tools store the URL of a blocked element."""
LATER = ("data-src", "data-lazy-src", "data-rocket-src", "data-litespeed-src", *WAITING)
"""Those, and the attributes in which lazy-loading scripts store it."""
LOADING_LINKS = ("stylesheet", "preload", "modulepreload", "prefetch", "preconnect", "dns-prefetch")
UNSEEN = ("noscript", "textarea", "title")
"""Elements whose content loads nothing in a browser that runs scripts, as that of most templates."""
SHADOW_MODES = ("open", "closed")
"""Values of `shadowrootmode` that turn a template into a shadow tree, whose content loads like any other."""
RUNS = re.compile(
    r"(?:module|(?:text|application)/(?:x-)?(?:java|ecma|j|live)script(?:1\.[0-5])?|"
    # Types with which performance plugins and Partytown defer scripts but still run them.
    r"text/partytown|rocketlazyloadscript|litespeed/javascript|pmdelayedscript|[0-9a-f]{24}-(?:text/javascript|module|))?",
    re.IGNORECASE,
)
MARKS = ("text/plain", "opt-in", "application/consent")
"""Types with which this and other consent tools mark a blocked script."""
MAX_ELEMENTS = 5000
MAX_TEXT_LENGTH = 200_000


@dataclass(slots=True, eq=False)
class Part:
    """An element that loads or runs something. `src` is an absolute URL or empty, `text` the code inside."""

    tag: str
    src: str
    attributes: dict[str, str]
    in_head: bool
    text: str = ""
    in_shadow: bool = False
    """Whether it is in the HTML's shadow tree of an element, which the blocker doesn't see."""

    @property
    def type(self) -> str:
        """Return the type of a script, in lower case."""
        return self.attributes.get("type", "").strip().lower()

    @property
    def rel(self) -> set[str]:
        """Return the relations of a link."""
        return set(self.attributes.get("rel", "").lower().split()) if self.tag == "link" else set()

    @property
    def is_hint(self) -> bool:
        """Return whether it is a resource hint, which neither runs nor shows anything."""
        return self.tag == "link" and "stylesheet" not in self.rel

    @property
    def is_code_ahead(self) -> bool:
        """Return whether it preloads executable code."""
        loads_code = "modulepreload" in self.rel or self.attributes.get("as", "").lower() == "script"
        return self.is_hint and loads_code

    @property
    def is_marked(self) -> bool:
        """Return whether it waits for a consent tool."""
        if self.tag == "script":
            return self.type in MARKS
        has_mark = any(name in self.attributes for name in ("data-consent", "data-cookieconsent", *WAITING))
        return has_mark and not self.attributes.get("src", "").removeprefix("about:blank")

    @property
    def waits(self) -> bool:
        """Return whether it is marked, or of a type that browsers don't run."""
        if self.tag == "script":
            return not RUNS.fullmatch(self.type)
        return "data-consent" in self.attributes or self.is_marked


@dataclass(slots=True)
class PageParts:
    """The parts of a page; `policies` are from meta elements, `has_links_place` means it has a place for legal links.

    `theme_colors` are CSS colors as written in the page; `manifest` is the URL of its web app manifest, or empty.
    """

    parts: list[Part] = field(default_factory=list)
    policies: list[str] = field(default_factory=list)
    has_links_place: bool = False
    theme_colors: list[str] = field(default_factory=list)
    manifest: str = ""


def read_parts(url: str, html: str) -> PageParts:
    """Return what the page at `url` loads."""
    reader = _Reader(url)
    reader.feed(html)
    reader.close()
    return reader.found


class _Reader(HTMLParser):
    """Collects start tags; a malformed page is read as far as possible."""

    def __init__(self, url: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found = PageParts()
        self._base, self._in_head, self._unseen = url, True, 0
        self._templates: list[bool] = []
        """Whether each open template is a shadow tree."""
        self._inert = 0
        self._open: Part | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag in UNSEEN:
            self._unseen += 1
        if tag == "template" and not self._unseen:
            self._templates.append(attributes.get("shadowrootmode", "").lower() in SHADOW_MODES)
            self._inert += not self._templates[-1]
        if tag == "body":
            self._in_head = False
        if self._unseen or self._inert:
            return
        if not self._templates:
            self._read_settings(tag, attributes)
        if tag in SOURCES and len(self.found.parts) < MAX_ELEMENTS:
            source = self._address(_source(tag, attributes))
            self._add(Part(tag, source, attributes, self._in_head, in_shadow=bool(self._templates)))

    def _read_settings(self, tag: str, attributes: dict[str, str]) -> None:
        """Read what applies to the whole page, which counts outside of shadow trees only."""
        if "data-choices-link" in attributes:
            self.found.has_links_place = True
        if tag == "base" and attributes.get("href"):
            self._base = urljoin(self._base, attributes["href"])
        if tag == "meta" and attributes.get("http-equiv", "").lower() == "content-security-policy":
            self.found.policies.append(attributes.get("content", ""))
        if tag == "meta" and attributes.get("name", "").lower() == "theme-color":
            self.found.theme_colors.append(attributes.get("content", ""))
        if tag == "link" and "manifest" in attributes.get("rel", "").lower().split():
            self.found.manifest = self._address(attributes.get("href", ""))

    def _add(self, part: Part) -> None:
        if part.tag != "link" or part.rel.intersection(LOADING_LINKS):
            self.found.parts.append(part)
        self._open = part if part.tag in ("script", "style") else None

    def handle_endtag(self, tag: str) -> None:
        if tag in UNSEEN:
            self._unseen = max(self._unseen - 1, 0)
        if tag == "template" and self._templates and not self._unseen:
            self._inert -= not self._templates.pop()
        if tag == "head":
            self._in_head = False
        if tag in ("script", "style"):
            self._open = None

    def handle_data(self, data: str) -> None:
        if self._open and len(self._open.text) < MAX_TEXT_LENGTH:
            self._open.text += data

    def _address(self, src: str) -> str:
        try:
            return urljoin(self._base, src.strip()) if src.strip() else ""
        except ValueError:
            return ""


def _source(tag: str, attributes: dict[str, str]) -> str:
    """Return the resource of an element, whether loaded immediately or later by a script."""
    src = attributes.get(SOURCES[tag], "").strip()
    if src and not src.startswith(("data:", "about:")):
        return src
    return next((attributes[name] for name in LATER if attributes.get(name)), src if src.startswith("about:") else "")
