"""Parse a request's body: gzip (by its first two bytes), JSON, JSON lines, forms, and base64 in a form."""

import base64
import json
import re
import zlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

MAX_BYTES = 1 << 20
"""Maximum size of an unpacked body, as protection against decompression bombs."""
MAX_FIELDS = 500
GZIP = b"\x1f\x8b"
PART = re.compile(r'name="([^"]{1,100})"[^\r\n]*(?:\r\n[^\r\n]+)*\r\n\r\n(.*?)\r\n--', re.DOTALL)
"""A field in multipart/form-data."""


class UnreadableBodyError(ValueError):
    """Raised when a body is compressed or encrypted in an unsupported way, or too large."""


def body_text(body: bytes) -> str:
    """Return the text of a body, decompressed if it is gzip. Raises UnreadableBodyError."""
    if body[:2] == GZIP:
        unpacking = zlib.decompressobj(31)
        try:
            body = unpacking.decompress(body, MAX_BYTES)
        except zlib.error:
            raise UnreadableBodyError("broken gzip") from None
        if unpacking.unconsumed_tail:
            raise UnreadableBodyError("too large")
    if len(body) > MAX_BYTES:
        raise UnreadableBodyError("too large")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise UnreadableBodyError("not text") from None
    if "\0" in text:
        raise UnreadableBodyError("not text")
    return text


def documents(text: str, form: str) -> Iterator[Any]:
    """Yield the values that `text` may represent in the `form` given by a signature."""
    if form == "json":
        yield from _json(text)
        yield from _json_in_field(text)
    elif form == "json-lines":
        yield from _json(text.partition("\n")[0])
    elif form == "form":
        yield form_fields(text)
    elif form == "form-data":
        yield from _json(text)
        yield from _json_in_field(text)


def form_fields(text: str) -> dict[str, str]:
    """Return the fields of a form, URL-encoded or multipart, or {} if `text` isn't a form."""
    if text.startswith("--"):
        return dict(PART.findall(text)[:MAX_FIELDS])
    try:
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS))
    except ValueError:
        return {}


def _json_in_field(text: str) -> Iterator[Any]:
    """Yield the JSON in a form's field `data`, plain or base64."""
    if value := form_fields(text).get("data"):
        yield from _json(value)
        try:
            yield from _json(base64.b64decode(value + "=" * (-len(value) % 4), validate=True).decode())
        except ValueError:
            return


def _json(text: str) -> Iterator[Any]:
    try:
        yield json.loads(text)
    except (ValueError, RecursionError):
        return


def values_at_path(node: Any, path: str) -> list[Any]:
    """Return the values at a dotted `path`; a name that ends in `[]` refers to each element.

    Also matches names that contain dots, and the first element of a top-level list.
    """
    if isinstance(node, list):
        node = node[0] if node else None
    if not isinstance(node, dict):
        return []
    if path in node:
        return [node[path]]
    head, _, rest = path.partition(".")
    value = node.get(head.removesuffix("[]"))
    values = value[:MAX_FIELDS] if head.endswith("[]") and isinstance(value, list) else [value]
    matches = [deep for one in values for deep in (values_at_path(one, rest) if rest else [one])]
    return [one for one in matches if one is not None]


def flat_fields(node: Any, depth: int = 4) -> Iterator[tuple[str, str]]:
    """Yield the name and text of each plain field, including those in nested objects and lists."""
    if isinstance(node, dict):
        for name, value in list(node.items())[:MAX_FIELDS]:
            if isinstance(value, dict | list):
                yield str(name), ""
                if depth:
                    yield from flat_fields(value, depth - 1)
            elif value is not None:
                yield str(name), str(value)
    elif isinstance(node, list) and depth:
        for one in node[:20]:
            yield from flat_fields(one, depth - 1)
