"""Validate the banner's logo: a small image whose type is detected from its bytes, never from its name."""

import re
import struct
from typing import Any, NamedTuple
from xml.etree import ElementTree

from consent.core.translatable import translatable

MAX_BYTES = 48 * 1024
MAX_SIDE = 4000
# Scripts don't run in an SVG that a page shows as an image, but do if someone opens the file itself.
BARRED_IN_SVG = re.compile(rb"<!DOCTYPE|<!ENTITY|<\?xml-stylesheet|@import", re.IGNORECASE)
BARRED_ELEMENTS = frozenset(
    ("script", "foreignobject", "iframe", "object", "embed", "audio", "video", "canvas", "handler", "listener")
)
"""Local names, since any prefix can be bound to the SVG or XHTML namespace."""
XHTML = "{http://www.w3.org/1999/xhtml}"
SCRIPTED = translatable("This SVG contains a script or a page of its own. Save it as plain SVG, or as PNG.")
ELSEWHERE = re.compile(r"url\((?!\s*['\"]?#)", re.IGNORECASE)
LENGTH = re.compile(r"\s*([0-9.]+)(px)?\s*")


class LogoError(ValueError):
    """Raised for an upload that can't be a logo; the message is a sentence for the user."""


class Logo(NamedTuple):
    """An image: media type, size in pixels, and bytes."""

    type: str
    width: int
    height: int
    body: bytes


def read_logo(body: bytes) -> Logo:
    """Return the image in `body`. Raises LogoError if it isn't a PNG, JPEG, WebP or plain SVG, or is too large."""
    if not body:
        raise LogoError(translatable("Choose a file first."))
    if len(body) > MAX_BYTES:
        raise LogoError(translatable(f"A logo has at most {MAX_BYTES // 1024} kB."))
    for media_type, begins, size_of in KINDS:
        if begins(body):
            width, height = _checked(size_of, body)
            return Logo(media_type, width, height, body)
    raise LogoError(translatable("This is not a PNG, JPEG, WebP or SVG image."))


def _checked(size_of: Any, body: bytes) -> tuple[int, int]:
    try:
        width, height = size_of(body)
    except (struct.error, IndexError, ValueError, ElementTree.ParseError) as error:
        sentence = str(error) if isinstance(error, LogoError) else translatable("This image is damaged.")
        raise LogoError(sentence) from None
    if not (1 <= width <= MAX_SIDE and 1 <= height <= MAX_SIDE):
        raise LogoError(translatable(f"A logo is 1 to {MAX_SIDE} pixels wide and high."))
    return width, height


def _png_size(body: bytes) -> tuple[int, int]:
    if body[12:16] != b"IHDR" or b"IEND" not in body[-12:]:
        raise ValueError(body[:16])
    return struct.unpack(">II", body[16:24])


def _jpeg_size(body: bytes) -> tuple[int, int]:
    """Return the size from the frame header: SOF0 to SOF15, except DHT, JPG and DAC (ITU T.81, table B.1)."""
    at = 2
    while at < len(body):
        marker, length = struct.unpack(">HH", body[at : at + 4])
        if 0xFFC0 <= marker <= 0xFFCF and marker not in (0xFFC4, 0xFFC8, 0xFFCC):
            height, width = struct.unpack(">HH", body[at + 5 : at + 9])
            return width, height
        at += 2 + length
    raise ValueError(at)


def _webp_size(body: bytes) -> tuple[int, int]:
    """Return the size from the first chunk: lossy, lossless or extended (developers.google.com/speed/webp/docs)."""
    kind = body[12:16]
    if kind == b"VP8X":
        return _little(body[24:27]) + 1, _little(body[27:30]) + 1
    if kind == b"VP8L":
        bits = _little(body[21:25])
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 ":
        width, height = struct.unpack("<HH", body[26:30])
        return width & 0x3FFF, height & 0x3FFF
    raise ValueError(kind)


def _svg_size(body: bytes) -> tuple[int, int]:
    """Return the size of an SVG that only draws; any other SVG is rejected rather than sanitized."""
    if BARRED_IN_SVG.search(body):
        raise LogoError(SCRIPTED)
    # Document types are rejected above, so there are no entities to expand.
    root = ElementTree.fromstring(body)  # noqa: S314
    if root.tag != "{http://www.w3.org/2000/svg}svg":
        raise ValueError(root.tag)
    for element in root.iter():
        _check_element(str(element.tag))
        _check_attribute("", element.text or "")
        for name, value in element.attrib.items():
            _check_attribute(name.rpartition("}")[2].lower(), value)
    width, height = LENGTH.fullmatch(root.get("width", "")), LENGTH.fullmatch(root.get("height", ""))
    if width and height:
        return round(float(width[1])), round(float(height[1]))
    box = re.split(r"[\s,]+", root.get("viewBox", "").strip())
    if len(box) != 4:
        raise LogoError(translatable("This SVG does not say its size: give it a width and a height, or a viewBox."))
    return round(float(box[2])), round(float(box[3]))


def _check_element(tag: str) -> None:
    if tag.startswith(XHTML) or tag.rpartition("}")[2].lower() in BARRED_ELEMENTS:
        raise LogoError(SCRIPTED)


def _check_attribute(name: str, value: str) -> None:
    leads_away = name in ("href", "src") and not value.strip().startswith(("#", "data:image/"))
    # An animation could set a link's address or an event handler.
    animates = name == "attributename" and re.fullmatch(r"\s*(on.*|(.*:)?href)\s*", value, re.IGNORECASE)
    if animates or name.startswith("on") or leads_away or ELSEWHERE.search(value):
        raise LogoError(
            translatable(
                "This SVG contains a script or loads something from elsewhere. Save it as plain SVG, or as PNG."
            )
        )


def _little(part: bytes) -> int:
    return int.from_bytes(part, "little")


KINDS = (
    ("image/png", lambda body: body.startswith(b"\x89PNG\r\n\x1a\n"), _png_size),
    ("image/jpeg", lambda body: body.startswith(b"\xff\xd8\xff"), _jpeg_size),
    ("image/webp", lambda body: body[:4] == b"RIFF" and body[8:12] == b"WEBP", _webp_size),
    (
        "image/svg+xml",
        lambda body: re.match(rb"(\xef\xbb\xbf)?\s*(<\?xml [^>]*\?>\s*)?(<!--[^>]*-->\s*)*<svg[\s>]", body),
        _svg_size,
    ),
)
