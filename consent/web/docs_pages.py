"""Pages of the documentation in Markdown: where they are, and their sections for the search."""

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
HEADING = re.compile(r"(#{1,4}) (.+)")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_DIRECTIVE = re.compile(r"^```\{.*?^```$", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)\s]*\)")
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


def without_directives(text: str) -> str:
    """Return a page without its comments and the directives of the built site."""
    return _DIRECTIVE.sub("", _COMMENT.sub("", text))


def anchor_of(heading: str) -> str:
    """Return the anchor that the built site gives a heading."""
    return re.sub(r"[^a-z0-9]+", "-", heading.lower()).strip("-")


def _sections_of(page: str, text: str) -> Iterator[Section]:
    title, heading, anchor, lines = "", "", "", list[str]()
    is_code = False
    for line in without_directives(text).splitlines():
        is_code ^= line.startswith("```")
        match = None if is_code else HEADING.fullmatch(line)
        if not match:
            lines.append(line)
            continue
        if heading:
            yield Section(page, anchor, title, heading, plain_text("\n".join(lines)))
        heading, lines = plain_text(match[2]), []
        anchor = anchor_of(heading) if title else ""
        title = title or heading
    if heading:
        yield Section(page, anchor, title, heading, plain_text("\n".join(lines)))


def plain_text(markdown: str) -> str:
    """Return the words of Markdown in one line, without its markup."""
    text = _MARKUP.sub(" ", _LINK.sub(r"\1", markdown))
    return re.sub(r" ([.,;:)])", r"\1", " ".join(text.split()))[:MAX_TEXT_LENGTH]
