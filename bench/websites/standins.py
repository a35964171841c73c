"""Stand-ins for third parties: the script, frame, style sheet or file for an address."""

import json
import tomllib
from base64 import b64decode
from functools import cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

HERE = Path(__file__).parent
PIXEL = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
DRAWING = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="88" height="20"><rect width="88" height="20" fill="#888"/></svg>'
)
TELLING = ("id", "render")
"""Query parameters that make it another tag of the same script."""


class Body(NamedTuple):
    """A response's media type and bytes."""

    kind: str
    data: bytes


class Standin(NamedTuple):
    """A vendor's script: its name, its addresses, and its code."""

    name: str
    at: tuple[str, ...]
    code: str


@cache
def standins() -> tuple[Standin, ...]:
    """Return all stand-ins with code of their own, unlike the default one for unknown hosts."""
    rows = tomllib.loads((HERE / "standins.toml").read_text("utf-8"))["scripts"]
    return tuple(Standin(row["name"], tuple(row["at"]), row["code"]) for row in rows)


def standin_at(address: str) -> Standin | None:
    """Return the stand-in that matches `address`, a host with its path, most closely, or None."""
    fits = [(len(place), one) for one in standins() for place in one.at if _is_at(address, place)]
    return max(fits, key=lambda fit: fit[0], default=(0, None))[1]


def _is_at(address: str, place: str) -> bool:
    if place.startswith("*."):
        host, _, path = place[1:].partition("/")
        return address.partition("/")[0].endswith(host) and address.partition("/")[2].startswith(path)
    return address.startswith(place)


def told_as(url: str) -> str:
    """Return the name under which a script or frame reports that it ran: host, path, and telling query parameters."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    told = [f"{name}={query[name][0]}" for name in TELLING if name in query]
    return f"{parts.netloc}{parts.path}{'?' if told else ''}{'&'.join(told)}"


def script(url: str) -> Body:
    """Return the script that stands in for the one at `url`."""
    parts = urlsplit(url)
    found = standin_at(f"{parts.netloc}{parts.path}")
    return Body("text/javascript", _wrap(url, found.code if found else "").encode())


def told_script(url: str, text: bytes) -> Body:
    """Return a library's real script, which reports at its end that it ran."""
    told = f";(window.__ran=window.__ran||[]).push({json.dumps(told_as(url))});"
    return Body("text/javascript", text + b"\n" + told.encode())


def frame(url: str) -> Body:
    """Return the page that stands in for the frame at `url`."""
    text = f"<!doctype html><title>{urlsplit(url).netloc}</title><script>{_wrap(url, '')}</script><p>Stand-in"
    return Body("text/html; charset=utf-8", text.encode())


def style_sheet(url: str) -> Body:
    """Return a style sheet; for Google Fonts, one that defines the requested fonts."""
    query = parse_qs(urlsplit(url).query).get("family", [])
    names = [part.partition(":")[0] for family in query for part in family.split("|")]
    faces = [f"@font-face{{font-family:'{name}';src:url(https://fonts.gstatic.com/s/standin.ttf)}}" for name in names]
    return Body("text/css", "".join(faces).encode())


def image(url: str) -> Body:
    """Return an image: a drawing if the address suggests one, else a single pixel."""
    is_drawing = ".svg" in url or "shields.io" in url
    return Body("image/svg+xml", DRAWING) if is_drawing else Body("image/gif", PIXEL)


@cache
def font() -> bytes:
    """Return a font of the machine, or b"" if it has none."""
    found = next(iter(sorted(Path("/usr/share/fonts").rglob("*.ttf"))), None)
    return found.read_bytes() if found else b""


def _wrap(url: str, code: str) -> str:
    text = (HERE / "standin.js").read_text("utf-8")
    for word, value in (
        ("ADDRESS_HERE", json.dumps(url)),
        ("TOLD_HERE", json.dumps(told_as(url))),
        ("CODE_HERE", code),
    ):
        text = text.replace(word, value)
    return text
