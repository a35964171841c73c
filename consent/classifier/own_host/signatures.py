"""Load the collectors' signatures: request shapes, library marks, response cookies, and gate rules."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

SIGNATURES = Path(__file__).parents[2] / "data" / "own-host-signatures.json"
Kind = Literal["event", "library", "config", "beacon"]


@dataclass(frozen=True, slots=True)
class BodyShape:
    """Requirements for a body: `form` is `json`, `json-lines`, `form` or `form-data`.

    Fields are dotted paths, in which `[]` means each element.
    """

    form: str
    required: tuple[str, ...]
    any_of: tuple[tuple[str, ...], ...]
    values: Mapping[str, re.Pattern[str]]


@dataclass(frozen=True, slots=True)
class RequestShape:
    """One kind of request to a collector; `is_mount` means that its path is the mount for all other requests."""

    what: str
    kind: Kind
    is_sure: bool
    methods: frozenset[str]
    path: re.Pattern[str]
    query: Mapping[str, re.Pattern[str]]
    body: BodyShape | None
    content_type: str
    vendor: str | None
    is_mount: bool

    @property
    def narrowness(self) -> int:
        """Return how much of a request the shape checks."""
        return bool(self.query) + 2 * bool(self.body) + (self.path.pattern != ".*") + bool(self.content_type)


@dataclass(frozen=True, slots=True)
class LimitedEvent:
    """Requirements for an event without consent if the owner lets the tag run limited, and the data removed from it.

    `needs` are values that at least one field must have and none may contradict; `absent` are fields that must have no
    value. `remove` are fields to remove from query and body, `replace` those to set if present. `addresses` are query
    fields that contain a URL, whose `address_keys` are removed; `queries` is a list of queries in the body.
    """

    needs: Mapping[str, re.Pattern[str]]
    absent: tuple[str, ...]
    remove: tuple[str, ...]
    replace: Mapping[str, str]
    addresses: tuple[str, ...]
    address_keys: tuple[str, ...]
    queries: str
    headers: Mapping[str, str]
    drop_headers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GateRule:
    """How a consent gate treats a collector's events.

    `status`, `media_type` and `body` are the response to a blocked event, chosen so that the library doesn't retry.
    `event_times` and `sent_times` are fields with the browser's time of an event and of its sending. `has_consent_mode`
    means that the query has Google's consent parameters. Without `limited`, no event passes without consent.
    """

    status: int = 204
    media_type: str = ""
    body: str = ""
    event_times: tuple[str, ...] = ()
    sent_times: tuple[str, ...] = ()
    has_consent_mode: bool = False
    limited: LimitedEvent | None = None


@dataclass(frozen=True, slots=True)
class Collector:
    """A collector of events; `vendor` is its id in the catalog or None; `is_edge` means a CDN responds for it."""

    id: str
    name: str
    vendor: str | None
    group: str
    is_edge: bool
    marks: tuple[str, ...]
    is_bundled: bool
    """Whether sites bundle its library into their own files."""
    page_marks: tuple[str, ...]
    answer_cookies: tuple[str, ...]
    usual_mounts: tuple[str, ...]
    client_ids: tuple[str, ...]
    requests: tuple[RequestShape, ...]
    gate: GateRule


@dataclass(frozen=True, slots=True)
class VisitorIds:
    """Signs of a visitor's id in a request to an unknown collector: keys, value patterns, and words used in events."""

    keys: frozenset[str]
    shape: re.Pattern[str]
    event_words: frozenset[str]


@dataclass(frozen=True, slots=True)
class Signatures:
    """All signatures; a path that matches `opaque` may be a gateway's and can't be judged by itself."""

    collectors: tuple[Collector, ...]
    opaque: tuple[re.Pattern[str], ...]
    visitor_ids: VisitorIds

    def collector(self, collector_id: str) -> Collector | None:
        """Return the collector with this id, or None."""
        return next((one for one in self.collectors if one.id == collector_id), None)


@cache
def load_signatures() -> Signatures:
    """Return the signatures in the file."""
    document = json.loads(SIGNATURES.read_text("utf-8"))
    ids = document["visitor_ids"]
    return Signatures(
        tuple(_collector(one) for one in document["collectors"]),
        tuple(re.compile(pattern) for pattern in document["opaque"]),
        VisitorIds(frozenset(ids["keys"]), re.compile("|".join(ids["shapes"])), frozenset(ids["event_words"])),
    )


def _collector(facts: Mapping[str, Any]) -> Collector:
    return Collector(
        facts["id"],
        facts["name"],
        facts["vendor"],
        facts["group"],
        facts["edge"],
        tuple(facts["library"]["marks"]),
        facts["library"]["bundled"],
        tuple(facts["page_marks"]),
        tuple(facts["answer_cookies"]),
        tuple(facts["usual_mounts"]),
        tuple(facts["client_ids"]),
        tuple(_shape(one) for one in facts["requests"]),
        _gate(facts.get("gate", {})),
    )


def _gate(facts: Mapping[str, Any]) -> GateRule:
    stopped, limited = facts.get("stopped", {}), facts.get("limited")
    return GateRule(
        stopped.get("status", 204),
        stopped.get("type", ""),
        stopped.get("body", ""),
        tuple(facts.get("event_times", ())),
        tuple(facts.get("sent_times", ())),
        facts.get("consent_mode", False),
        None if limited is None else _limited(limited),
    )


def _limited(facts: Mapping[str, Any]) -> LimitedEvent:
    return LimitedEvent(
        _compiled(facts.get("needs", {})),
        tuple(facts.get("absent", ())),
        tuple(facts.get("remove", ())),
        facts.get("set", {}),
        tuple(facts.get("addresses", ())),
        tuple(facts.get("address_keys", ())),
        facts.get("queries", ""),
        facts.get("headers", {}),
        tuple(facts.get("drop_headers", ())),
    )


def _shape(facts: Mapping[str, Any]) -> RequestShape:
    body = facts.get("body")
    return RequestShape(
        facts["what"],
        facts["kind"],
        facts["sure"],
        frozenset(facts["methods"]),
        re.compile(facts["path"]),
        _compiled(facts.get("query", {})),
        body
        and BodyShape(
            body["form"],
            tuple(body["required"]),
            tuple(tuple(option) for option in body["any_of"]),
            _compiled(body.get("values", {})),
        ),
        facts.get("content_type", ""),
        facts.get("vendor"),
        facts.get("is_mount", False),
    )


def _compiled(patterns: Mapping[str, str]) -> dict[str, re.Pattern[str]]:
    return {name: re.compile(pattern) for name, pattern in patterns.items()}
