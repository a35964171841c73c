"""Pages of the documentation in Markdown: their sections for the search, and plain pages where no site is built."""

import html
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from consent.web.static_files import docs_folder

SECTIONS = "sections.json"
"""The sections of a built documentation site, in its folder."""
MAX_TEXT_LENGTH = 6000
_HEADING = re.compile(r"(#{1,4}) (.+)")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_DIRECTIVE = re.compile(r"^```\{.*?^```$", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)\s]*\)")
_PAGE_LINK = re.compile(r"\[([^\]]*)\]\(([\w-]+)\.md(#[\w-]+)?\)")
_MARKUP = re.compile(r"</?(?:kbd|br|sub|sup)\b[^>]*>|^\|[-| ]+\|$|^```\w*$|[`*|]", re.MULTILINE)


class Section(NamedTuple):
    """A heading of a page and the text below it; the first section of a page has no anchor."""

    page: str
    anchor: str
    title: str
    heading: str
    text: str


def sources_folder() -> Path | None:
    """Return the folder of the docs in Markdown, or None outside of a checkout."""
    folder = Path(__file__).resolve().parents[2] / "docs"
    return folder if (folder / "conf.py").is_file() else None


def has_docs() -> bool:
    """Return whether this installation serves documentation pages."""
    return bool(docs_folder() or sources_folder())


@cache
def load_sections() -> list[Section]:
    """Return the sections of the docs that this installation serves: of the built site, or of the checkout's pages."""
    if site := docs_folder():
        file = site / SECTIONS
        return [Section(*row) for row in json.loads(file.read_text("utf-8"))] if file.is_file() else []
    sources = sources_folder()
    return list(read_sections(sources)) if sources else []


def read_sections(folder: Path) -> Iterator[Section]:
    """Yield the sections of all pages in `folder`, except those of its subfolders and of the first page."""
    for path in sorted(folder.glob("*.md")):
        if path.stem != "index":
            yield from _sections_of(path.stem, path.read_text("utf-8"))


def plain_page(text: str) -> str:
    """Return a page in Markdown as an HTML document: its text as it is, with headings and links to other pages."""
    title = next((match[2] for line in text.splitlines() if (match := _HEADING.fullmatch(line))), "")
    body, is_code = [], False
    for line in _DIRECTIVE.sub("", _COMMENT.sub("", text)).splitlines():
        is_code ^= line.startswith("```")
        if (match := _HEADING.fullmatch(line)) and not is_code:
            level, words = len(match[1]), _plain(match[2])
            body.append(f'</pre><h{level} id="{anchor_of(words)}">{html.escape(words)}</h{level}><pre>')
        else:
            body.append(_PAGE_LINK.sub(r'<a href="\2.html\3">\1</a>', html.escape(line, quote=False)) + "\n")
    style = "body{max-width:50rem;margin:2rem auto;padding:0 1rem;font:1rem/1.5 system-ui;color-scheme:light dark}"
    style += "pre{white-space:pre-wrap;font:inherit}"
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{html.escape(_plain(title))}</title><style>{style}</style>"
        f'<p><a href="index.html">Documentation</a></p><main><pre>{"".join(body)}</pre></main></html>'
    )


def anchor_of(heading: str) -> str:
    """Return the anchor that the built site gives a heading."""
    return re.sub(r"[^a-z0-9]+", "-", heading.lower()).strip("-")


def _sections_of(page: str, text: str) -> Iterator[Section]:
    title, heading, anchor, lines = "", "", "", list[str]()
    is_code = False
    for line in _DIRECTIVE.sub("", _COMMENT.sub("", text)).splitlines():
        is_code ^= line.startswith("```")
        match = None if is_code else _HEADING.fullmatch(line)
        if not match:
            lines.append(line)
            continue
        if heading:
            yield Section(page, anchor, title, heading, _plain("\n".join(lines)))
        heading, lines = _plain(match[2]), []
        anchor = anchor_of(heading) if title else ""
        title = title or heading
    if heading:
        yield Section(page, anchor, title, heading, _plain("\n".join(lines)))


def _plain(markdown: str) -> str:
    text = _MARKUP.sub(" ", _LINK.sub(r"\1", markdown))
    return re.sub(r" ([.,;:)])", r"\1", " ".join(text.split()))[:MAX_TEXT_LENGTH]
