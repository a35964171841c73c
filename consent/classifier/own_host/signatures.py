"""Load the signatures of collectors: shapes of requests, marks of libraries, cookies of answers."""

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
    """What a body holds: `form` is `json`, `json-lines`, `form` or `form-data`; fields are dotted paths, `[]` for each."""

    form: str
    required: tuple[str, ...]
    any_of: tuple[tuple[str, ...], ...]
    values: Mapping[str, re.Pattern[str]]


@dataclass(frozen=True, slots=True)
class RequestShape:
    """One form of request of a collector; `is_mount` where the path itself is what all else lies below."""

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
        """Return how much of a request the shape looks at."""
        return bool(self.query) + 2 * bool(self.body) + (self.path.pattern != ".*") + bool(self.content_type)


@dataclass(frozen=True, slots=True)
class Collector:
    """One collector of events; `vendor` is its id in the catalogue, or None; `is_edge` where a CDN answers in its place."""

    id: str
    name: str
    vendor: str | None
    group: str
    is_edge: bool
    marks: tuple[str, ...]
    is_bundled: bool
    """Whether sites build its library into files of their own."""
    page_marks: tuple[str, ...]
    answer_cookies: tuple[str, ...]
    usual_mounts: tuple[str, ...]
    client_ids: tuple[str, ...]
    requests: tuple[RequestShape, ...]


@dataclass(frozen=True, slots=True)
class VisitorIds:
    """What names a visitor in a request of nobody known: keys, shapes of values, and words of events beside them."""

    keys: frozenset[str]
    shape: re.Pattern[str]
    event_words: frozenset[str]


@dataclass(frozen=True, slots=True)
class Signatures:
    """All signatures; paths at which `opaque` is found may be a gateway's, and cannot be judged alone."""

    collectors: tuple[Collector, ...]
    opaque: tuple[re.Pattern[str], ...]
    visitor_ids: VisitorIds

    def collector(self, collector_id: str) -> Collector | None:
        """Return the collector of this id, or None."""
        return next((one for one in self.collectors if one.id == collector_id), None)


@cache
def load_signatures() -> Signatures:
    """Return the signatures of the file."""
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
