"""Strip visitor ids from an event, as far as its vendor documents that they are optional."""

import copy
import json
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from consent.classifier.own_host.judge import SentRequest
from consent.classifier.own_host.request_body import MAX_FIELDS, values_at_path
from consent.classifier.own_host.signatures import LimitedEvent


class CannotStripError(ValueError):
    """Raised for an event in which the ids can't be located; the message is the reason that is counted."""


class Stripped(NamedTuple):
    """An event without ids: the address to forward it to, and its body, None if it had none."""

    uri: str
    body: bytes | None


def strip_ids(request: SentRequest, uri: str, rule: LimitedEvent) -> Stripped:
    """Return the event without what `rule` removes. Raises CannotStripError if the event doesn't fit the rule."""
    documents = _parse_body(request)
    _check(rule, [request.query, *documents])
    parts = urlsplit(uri)
    stripped = urlunsplit(("", "", parts.path, _strip_query(parts.query, rule), ""))
    if not request.text:
        return Stripped(stripped, None)
    if not documents:
        raise CannotStripError("unreadable")
    return Stripped(stripped, _body(request.text, documents[0], rule))


def _parse_body(request: SentRequest) -> list[Any]:
    """Return the parsed body: JSON or a form; empty if it is neither, or is a multipart form."""
    if request.text is None:
        raise CannotStripError("unreadable")
    text = request.text.lstrip()
    if text.startswith(("{", "[")):
        try:
            return [json.loads(text)]
        except (ValueError, RecursionError):
            raise CannotStripError("unreadable") from None
    is_form = text and not text.startswith("--") and "\n" not in text.rstrip()
    return request.documents("form") if is_form else []


def _check(rule: LimitedEvent, documents: list[Any]) -> None:
    nodes = [node for document in documents for node in (document if isinstance(document, list) else [document])]
    for path in rule.absent:
        if any(values_at_path(node, path) for node in nodes):
            raise CannotStripError("has_ids")
    if not rule.needs:
        return
    found = [
        (pattern, str(value))
        for path, pattern in rule.needs.items()
        for node in nodes
        for value in values_at_path(node, path)
    ]
    if not found or not all(pattern.search(value) for pattern, value in found):
        raise CannotStripError("has_ids")


def _strip_query(query: str, rule: LimitedEvent) -> str:
    if not query:
        return query
    pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=MAX_FIELDS)
    left = [
        (
            name,
            _strip_address(rule.replace.get(name, value), rule)
            if name in rule.addresses
            else rule.replace.get(name, value),
        )
        for name, value in pairs
        if name not in rule.remove
    ]
    return urlencode(left, quote_via=quote)


def _strip_address(value: str, rule: LimitedEvent) -> str:
    parts = urlsplit(value)
    pairs = parse_qsl(parts.query, keep_blank_values=True, max_num_fields=MAX_FIELDS)
    left = [(name, text) for name, text in pairs if name not in rule.address_keys]
    return urlunsplit((*parts[:3], urlencode(left, quote_via=quote), ""))


def _body(text: str, document: Any, rule: LimitedEvent) -> bytes:
    if not text.lstrip().startswith(("{", "[")):
        return _strip_query(text, rule).encode()
    left = copy.deepcopy(document)
    for node in left if isinstance(left, list) else [left]:
        for path in rule.remove:
            _remove(node, path)
        if rule.queries:
            _change(node, rule.queries.removesuffix("[]"), lambda query: _strip_bare_query(query, rule))
    return json.dumps(left, separators=(",", ":"), ensure_ascii=False).encode()


def _strip_bare_query(value: Any, rule: LimitedEvent) -> Any:
    if not isinstance(value, str):
        raise CannotStripError("unreadable")
    return "?" + _strip_query(value.removeprefix("?"), rule)


def _remove(node: Any, path: str) -> None:
    """Remove the field at a dotted path, with `[]` for each element, like `values_at_path`."""
    if not isinstance(node, dict):
        return
    node.pop(path, None)
    head, _, rest = path.partition(".")
    inner = node.get(head.removesuffix("[]"))
    if not rest:
        return
    for one in inner if head.endswith("[]") and isinstance(inner, list) else [inner]:
        _remove(one, rest)


def _change(node: Any, name: str, change: Callable[[Any], Any]) -> None:
    values: Iterable[Any] = node.get(name, []) if isinstance(node, dict) else []
    if isinstance(values, list):
        node[name] = [change(value) for value in values]
