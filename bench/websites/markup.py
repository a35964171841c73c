"""Serve a website's own files: resolve paths, and insert the service's lines into pages."""

import json
import mimetypes
import re
from pathlib import Path

from bench.websites.standins import Body

HEAD = re.compile(r"<head(?:\s[^>]*)?>", re.IGNORECASE)
HEAD_END = re.compile(r"</head\s*>", re.IGNORECASE)
INTEGRITY = re.compile(r"""\sintegrity\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>]+)""", re.IGNORECASE)
FIRST, LAST = "first", "last"
DIRECTIVES = ("script-src", "connect-src", "img-src", "style-src", "font-src")


def find_file(folder: Path, path: str) -> Path | None:
    """Return the file that a static file server returns for `path`, or None."""
    place = (folder / path.lstrip("/")).resolve()
    if not place.is_relative_to(folder.resolve()):
        return None
    tries = (place, place / "index.html", place.with_name(f"{place.name}.html"))
    return next((one for one in tries if one.is_file()), None)


def kind_of(path: Path) -> str:
    """Return the media type of a file."""
    kind = {".mjs": "text/javascript", ".webp": "image/webp"}.get(path.suffix) or mimetypes.guess_type(path.name)[0]
    return "text/html; charset=utf-8" if kind == "text/html" else kind or "application/octet-stream"


def page(text: str, lines: str, placement: str = FIRST) -> Body:
    """Return a page with `lines` first or last in its head.

    Integrity hashes are removed: a library that reports that it ran has a different hash.
    """
    text = INTEGRITY.sub("", text)
    if lines and placement == LAST and (end := HEAD_END.search(text)):
        text = f"{text[: end.start()]}{lines}\n{text[end.start() :]}"
    elif lines:
        at = begin.end() if (begin := HEAD.search(text)) else 0
        text = f"{text[:at]}\n{lines}\n{text[at:]}"
    return Body("text/html; charset=utf-8", text.encode())


def headers_in(file: Path, service: str) -> dict[str, str]:
    """Return the headers that a site's `vercel.json` sets for every path, with `service` allowed in its policy."""
    if not file.is_file():
        return {}
    rules = json.loads(file.read_text("utf-8")).get("headers", [])
    found = {row["key"]: row["value"] for rule in rules if rule["source"] == "/(.*)" for row in rule["headers"]}
    return {name: _allow(value, service) if "Policy" in name else value for name, value in found.items()}


def _allow(policy: str, service: str) -> str:
    """Return `policy` with the service's origin added to its directives, as an owner has to write it."""
    for directive in DIRECTIVES:
        policy = re.sub(rf"(^|; ?){directive} ", rf"\g<0>{service} ", policy)
    return policy
