"""The pictures that a scan's browser has taken, read from its folder: what it left there is not trusted."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from consent.scan.record import picture_name
from consent.storage.scan_pictures import MOST_BYTES, Picture

JPEG = b"\xff\xd8\xff"


def read_pictures(folder: Path, result: dict[str, Any]) -> Iterator[Picture]:
    """Yield the pictures of a scan: the first page of every visit, then the second, and so on."""
    visits = result["visits"]
    for index in range(max((len(visit["pages"]) for visit in visits), default=0)):
        for visit in visits:
            for page in visit["pages"][index : index + 1]:
                for is_after_choice in (False, True):
                    name = picture_name(visit["state"], visit["region"], index + 1, is_after_choice)
                    if body := _read(folder / name):
                        yield Picture(visit["state"], visit["region"] or "", page["url"][:600], is_after_choice, body)


def _read(file: Path) -> bytes:
    """Return a JPEG of a bounded size; nothing where there is none, or something else under its name."""
    try:
        # A link would lead out of the folder, and a pipe would never end.
        with open(os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as source:
            body = source.read(MOST_BYTES + 1)
    except OSError:
        return b""
    return body if body.startswith(JPEG) and len(body) <= MOST_BYTES else b""
