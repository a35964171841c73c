"""Read import maps, by which modules load code under a name instead of its URL."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import cast
from urllib.parse import urljoin

from consent.scanner.health.html_elements import Part

IMPORT_MAP = "importmap"
"""Type of a script element that contains one."""


def mapped_addresses(part: Part, base: str, parts: Sequence[Part], files: Mapping[str, str]) -> Iterator[str]:
    """Yield the URLs in the import map `part`, except those that only marked scripts of the page import.

    `parts` are all of the page, `files` the site's own scripts by URL.
    """
    waiting = [one.text or files.get(one.src, "") for one in parts if one.tag == "script" and one.is_marked]
    running = [one.text or files.get(one.src, "") for one in parts if one.tag == "script" and not one.waits]
    for name, target in _entries(part.text):
        if _is_named(name, waiting) and not _is_named(name, running):
            continue
        try:
            yield urljoin(base, target.strip())
        except ValueError:
            continue


def _entries(text: str) -> Iterator[tuple[str, str]]:
    """Yield the names and targets of a map and its scopes; browsers ignore a map that isn't JSON."""
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        return
    whole = _object(read)
    for names in (_object(whole.get("imports")), *map(_object, _object(whole.get("scopes")).values())):
        yield from ((name, target) for name, target in names.items() if isinstance(target, str))


def _object(value: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", value) if isinstance(value, dict) else {}


def _is_named(name: str, texts: Sequence[str]) -> bool:
    """Return whether code imports `name`, or something below it if it ends in a slash."""
    end = "" if name.endswith("/") else "{}"
    quoted = [f"{quote}{name}{end.format(quote)}" for quote in ("'", '"')]
    return any(one in text for text in texts for one in quoted)
