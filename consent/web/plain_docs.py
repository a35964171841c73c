"""Pages of the documentation in Markdown as plain HTML, for a checkout where no documentation site is built.

It knows what the pages use: headings, paragraphs, lists, tables, code, links, bold and emphasis. All other text is
escaped, and only links to pages and to http addresses remain links.
"""

import html
import re
from collections.abc import Callable

from consent.web.docs_pages import HEADING, anchor_of, plain_text, without_directives

_ITEM = re.compile(r"(?P<mark>[-*]|\d+\.) +")
_CELL_END = re.compile(r"(?<!\\)\|")
_INLINE = re.compile(
    r"`(?P<code>[^`]+)`|!?\[(?P<label>[^\]]*)\]\((?P<url>[^)\s]*)\)|\*\*(?P<bold>.+?)\*\*|\*(?P<stressed>[^*\s][^*]*)\*"
    r"|&lt;(?P<tag>/?kbd)&gt;"
)
_PAGE = re.compile(r"([\w-]+)\.md(#[\w-]+)?")
_CONTENTS = re.compile(
    r"^```\{toctree\}\n:caption: (?P<caption>[^\n]+)\n:hidden:\n\n(?P<pages>.*?)^```$", re.DOTALL | re.MULTILINE
)
_ENTRY = re.compile(r"(?:(?P<title>.+) <)?(?P<page>[\w-]+)>?")
_STYLE = (
    "body{display:block;max-width:54rem;margin:0 auto;padding:1.5rem 1rem 4rem}main{display:block}h2{margin-top:2rem}"
    "pre{overflow-x:auto}table{display:block;overflow-x:auto;border-collapse:collapse;margin:0 0 .75rem}"
    "th,td{text-align:left;vertical-align:top;padding:.3rem .6rem;border:1px solid var(--line)}"
)


def plain_page(text: str) -> str:
    """Return a page in Markdown as an HTML document with the style of the API's reference."""
    lines = without_directives(_CONTENTS.sub(_contents, text)).splitlines()
    title = next((plain_text(match[2]) for line in lines if (match := HEADING.fullmatch(line))), "")
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f'<title>{html.escape(title)}</title><link rel="stylesheet" href="../static/api.css"><style>{_STYLE}</style>'
        f'<p><a href="index.html">Documentation</a></p><main>{_blocks(lines)}</main></html>'
    )


def _contents(match: re.Match[str]) -> str:
    """Return the pages of a menu of the built site as a section; those that only that site has are left out."""
    entries = filter(None, map(_ENTRY.fullmatch, match["pages"].splitlines()))
    items = "".join(f"- [{one['title'] or one['page'].capitalize()}]({one['page']}.md)\n" for one in entries)
    return f"## {match['caption']}\n\n{items}"


def _blocks(lines: list[str]) -> str:
    """Return the blocks that `lines` consist of; lines of a list's items are blocks themselves."""
    parts, rest = [], lines
    while rest:
        line = rest[0]
        if not line.strip():
            size, part = 1, ""
        elif match := HEADING.fullmatch(line):
            level, words = len(match[1]), plain_text(match[2])
            size, part = 1, f'<h{level} id="{anchor_of(words)}">{html.escape(words)}</h{level}>'
        elif line.startswith("```"):
            size = _count(rest[1:], lambda one: not one.startswith("```")) + 2
            part = _code(rest[1 : size - 1])
        elif line.startswith("    "):
            size = _count(rest, lambda one: one.startswith("    ") or not one.strip())
            part = _code([one[4:] for one in rest[:size]])
        elif line.startswith("|"):
            size = _count(rest, lambda one: one.startswith("|"))
            part = _table(rest[:size])
        elif _ITEM.match(line):
            size = _count(rest, lambda one: bool(_ITEM.match(one)) or one.startswith(" ") or not one.strip())
            part = _list(rest[:size])
        else:
            size = max(1, _count(rest, _is_of_paragraph))
            part = f"<p>{_inline(' '.join(rest[:size]))}</p>"
        parts.append(part)
        rest = rest[size:]
    return "".join(parts)


def _count(lines: list[str], is_part: Callable[[str], bool]) -> int:
    """Return how many of `lines` at the beginning are part of a block."""
    return next((place for place, line in enumerate(lines) if not is_part(line)), len(lines))


def _is_of_paragraph(line: str) -> bool:
    return bool(line.strip()) and not (line.startswith(("```", "|", "- ")) or HEADING.fullmatch(line))


def _code(lines: list[str]) -> str:
    text = "\n".join(lines).strip("\n")
    return f"<pre><code>{html.escape(text)}</code></pre>"


def _list(lines: list[str]) -> str:
    items: list[list[str]] = []
    for line in lines:
        if match := _ITEM.match(line):
            width = match.end()
            items.append([line[width:]])
        else:
            items[-1].append(line[width:] if not line[:width].strip() else line.lstrip())
    tag = "ol" if lines[0][0].isdecimal() else "ul"
    return f"<{tag}>{''.join(f'<li>{_item(item)}</li>' for item in items)}</{tag}>"


def _item(lines: list[str]) -> str:
    """Return the content of an item, without a paragraph of its own if it is the only block."""
    content = _blocks(lines)
    is_single = content.count("<p>") == 1 and content.startswith("<p>") and content.endswith("</p>")
    return content[3:-4] if is_single else content


def _table(lines: list[str]) -> str:
    head, *rows = [[cell.strip() for cell in _CELL_END.split(line.strip())[1:-1]] for line in lines]
    rows = [row for row in rows if any(cell.strip("-: ") for cell in row)]
    body = "".join(f"<tr>{''.join(f'<td>{_inline(cell)}</td>' for cell in row)}</tr>" for row in rows)
    names = "".join(f'<th scope="col">{_inline(cell)}</th>' for cell in head)
    return f"<table><thead><tr>{names}</tr></thead><tbody>{body}</tbody></table>"


def _inline(text: str) -> str:
    return _INLINE.sub(_marked, html.escape(text.replace(r"\|", "|")))


def _marked(match: re.Match[str]) -> str:
    """Return a part of a line as HTML; its text is escaped already."""
    if match["code"]:
        return f"<code>{match['code']}</code>"
    if match["label"] is not None:
        return _link(_INLINE.sub(_marked, match["label"]), match["url"])
    if match["tag"]:
        return f"<{match['tag']}>"
    tag = "strong" if match["bold"] else "em"
    return f"<{tag}>{_INLINE.sub(_marked, match['bold'] or match['stressed'])}</{tag}>"


def _link(label: str, url: str) -> str:
    if page := _PAGE.fullmatch(url):
        url = f"{page[1]}.html{page[2] or ''}"
    elif not url.startswith(("https://", "http://", "#")):
        return label  # a picture or a file, which only the repository has
    return f'<a href="{url}">{label}</a>'
