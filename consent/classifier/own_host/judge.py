"""Judge a request to a site's own host: which collector it belongs to, or whether it looks like an unknown one."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

from consent.classifier.own_host.request_body import (
    MAX_FIELDS,
    UnreadableBodyError,
    body_text,
    documents,
    flat_fields,
    form_fields,
    values_at_path,
)
from consent.classifier.own_host.signatures import BodyShape, Collector, RequestShape, Signatures
from consent.core.paths import any_matches

MOUNT = re.compile(r"^(/[A-Za-z0-9._~@%+-]+)+(/\*)?$")
"""The format of a mount, as in data/config.schema.json."""
MIN_ID_LENGTH = 8
"""Shorter values don't identify a visitor: `client_id=web` names a program."""
MIN_WORDS = 2


class Match(NamedTuple):
    """The collector of a request; `mount` is the path it is proxied under, `ids` the fields that identify a visitor."""

    collector: Collector
    shape: RequestShape
    mount: str
    ids: tuple[str, ...]

    @property
    def vendor(self) -> str | None:
        """Return the vendor's id in the catalog, or None."""
        return self.shape.vendor or self.collector.vendor


class SentRequest:
    """A request as sent by a browser, parsed once."""

    def __init__(self, method: str, url: str, content_type: str = "", body: bytes = b"") -> None:
        self.method, self.content_type, self._body = method, content_type.lower(), body
        self._documents: dict[str, list[Any]] = {}
        parts = urlsplit(url)
        self.path = parts.path or "/"
        self.query = _pairs(parts.query)
        self.paths = {self.path, unquote(self.path)}
        if (inner := self.query.get("s", "")).startswith("/"):
            # A plugin's proxy file takes the proxied path as a parameter, which may have a query of its own.
            self.paths.add(urlsplit(inner).path)
            self.query = {**_pairs(urlsplit(inner).query), **self.query}

    @cached_property
    def text(self) -> str | None:
        """Return the text of the body, or None if it can't be read."""
        try:
            return body_text(self._body)
        except UnreadableBodyError:
            return None

    def documents(self, form: str) -> list[Any]:
        """Return the body's documents in a format of request_body, parsed once for all shapes."""
        if form not in self._documents:
            self._documents[form] = list(documents(self.text, form)) if self.text else []
        return self._documents[form]

    def fields(self) -> Iterator[tuple[str, str]]:
        """Yield the name and value of each field in query and body."""
        yield from self.query.items()
        found = self.documents("json") or self.documents("json-lines")
        yield from flat_fields(found)
        if self.text and not found:
            yield from form_fields(self.text).items()


def judge(request: SentRequest, signatures: Signatures) -> Match | None:
    """Return the collector of a request by its surest and narrowest matching shape, or None if no shape matches."""
    fitting = [
        (not shape.is_sure, -shape.narrowness, number, collector, shape)
        for number, collector in enumerate(signatures.collectors)
        for shape in collector.requests
        if _matches(request, shape)
    ]
    if not fitting:
        return None
    _, _, _, collector, shape = min(fitting, key=lambda one: one[:3])
    return Match(collector, shape, mount_of(request.path, shape, collector), tuple(_ids_in(request, collector)))


def is_opaque(path: str, signatures: Signatures) -> bool:
    """Return whether `path` looks like one a gateway uses for code and events, which only its mount can identify."""
    return any(pattern.search(path) for pattern in signatures.opaque)


def visitor_facts(request: SentRequest, signatures: Signatures) -> tuple[list[str], bool]:
    """Return the fields of a request to an unknown collector that identify a visitor, and if it has event words."""
    known, ids, words = signatures.visitor_ids, list[str](), set[str]()
    for name, value in request.fields():
        if (name in known.keys and len(value) >= MIN_ID_LENGTH) or known.shape.fullmatch(value):
            ids.append(name)
        if name in known.event_words:
            words.add(name)
    return list(dict.fromkeys(ids)), len(words) >= MIN_WORDS


def mount_of(path: str, shape: RequestShape, collector: Collector) -> str:
    """Return the mount under which `path` is proxied: a usual one, or else the part before the shape's own path.

    Returns "" if the path can't be a mount, such as `/`.
    """
    if usual := next((mount for mount in collector.usual_mounts if any_matches([mount], path)), None):
        return usual
    found = shape.path.search(path) if shape.path.pattern != ".*" else None
    before = path if shape.is_mount else path[: found.start()] if found else ""
    mount = f"{before.rstrip('/')}/*" if before.strip("/") else f"{path}*" if path.endswith("/") else path
    return mount if MOUNT.search(mount) else ""


def library_mount(path: str, signatures: Signatures) -> str:
    """Return the mount to suggest for a library at `path` that was identified by content, or "" if there is none."""
    if is_opaque(path, signatures):
        path = path.rpartition("/")[0] + "/"
    mount = f"{path}*" if path.endswith("/") else path
    return mount if MOUNT.search(mount) else ""


def libraries(text: str, signatures: Signatures) -> list[Collector]:
    """Return the collectors whose library `text` is or contains: it must have all of their two or more marks."""
    return [one for one in signatures.collectors if one.marks and all(mark in text for mark in one.marks)]


def page_marks(html: str, signatures: Signatures) -> list[Collector]:
    """Return the collectors whose tag was injected into a page by an intermediary between a site and its visitors."""
    return [one for one in signatures.collectors if any(mark in html for mark in one.page_marks)]


def answer_owners(names: Iterable[str], signatures: Signatures) -> list[Collector]:
    """Return the collectors whose servers set cookies with these names."""
    given = set(names)
    return [one for one in signatures.collectors if given & {*one.answer_cookies}]


def _matches(request: SentRequest, shape: RequestShape) -> bool:
    query = request.query
    # The cheapest and most selective checks come first, since a gate runs this for each event.
    if request.method not in shape.methods or not shape.query.keys() <= query.keys():
        return False
    if shape.content_type and shape.content_type not in request.content_type:
        return False
    if shape.path.pattern != ".*" and not any(shape.path.search(path) for path in request.paths):
        return False
    if shape.query and not all(pattern.search(query[name]) for name, pattern in shape.query.items()):
        return False
    return shape.body is None or any(_body_matches(node, shape.body) for node in request.documents(shape.body.form))


def _body_matches(node: Any, shape: BodyShape) -> bool:
    if not isinstance(node, dict | list) or not all(values_at_path(node, path) for path in shape.required):
        return False
    if shape.any_of and not any(all(values_at_path(node, path) for path in option) for option in shape.any_of):
        return False
    values: Mapping[str, list[Any]] = {path: values_at_path(node, path) for path in shape.values}
    return all(
        not given or any(shape.values[path].search(str(value)) for value in given) for path, given in values.items()
    )


def _ids_in(request: SentRequest, collector: Collector) -> Iterator[str]:
    nodes = [*request.documents("json"), *request.documents("form")]
    for path in collector.client_ids:
        if request.query.get(path) or any(any(values_at_path(node, path)) for node in nodes):
            yield path


def _pairs(query: str) -> dict[str, str]:
    try:
        return dict(parse_qsl(query, keep_blank_values=True, max_num_fields=MAX_FIELDS))
    except ValueError:
        return {}
