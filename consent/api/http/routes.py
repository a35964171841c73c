"""Route declarations: the source of Flask's rules, the fast path and the OpenAPI document."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

from marshmallow import Schema

from consent.api.http.schema_examples import example_of

_VARIABLE = re.compile(r"<(?:\w+:)?(\w+)>")


class PathParameter(NamedTuple):
    """A variable part of a path: `pattern` is what the fast path takes for it."""

    pattern: str
    description: str
    example: str


PATH_PARAMETERS = {
    "site": PathParameter("[a-z0-9][a-z0-9-]{0,62}", "Key of the site.", "shop"),
    "sha256": PathParameter("[0-9a-f]{64}", "SHA-256 of the requested content, as 64 hex digits.", "9f86d081" * 8),
    "build": PathParameter(
        "[0-9a-f]{16}", "First 16 hex digits of the hash of the script's build.", "9f86d081884c7d65"
    ),
    "digits": PathParameter("[0-9a-f]{16}", "First 16 hex digits of the hash of the file.", "1f2e3d4c5b6a7988"),
    "config": PathParameter("[0-9a-f]{16}", "First 16 hex digits of the name of the config.", "3b1f0c6a7d2e4958"),
    "language": PathParameter("[A-Za-z-]{2,20}", "Language of the texts, as BCP 47.", "en"),
    "receipt_id": PathParameter(
        "[0-9a-f]{32}", "Id of the receipt, 32 hex digits.", "5f0c0e6b8f3a4d1c9e7b2a6d4c8e1f03"
    ),
    "receiver_id": PathParameter("[0-9a-f]{32}", "Id of the receiver, 32 hex digits.", "9b1f0c6a7d2e4958" * 2),
    "event": PathParameter(
        "evt_[0-9a-f]{32}", "Id of an event, as its receiver got it.", "evt_" + "9b1f0c6a7d2e4958" * 2
    ),
    "export": PathParameter("[0-9a-f]{32}", "Id of the export, as the request that began it returned.", "0a1b2c3d" * 4),
    "name": PathParameter("[a-z_.]+", "Name of the file.", "receipts.css"),
    "kid": PathParameter("[0-9a-f]{8}", "Name of the key, 8 hex digits.", "0a1b2c3d"),
    "number": PathParameter("[0-9]+", "Number of the request in the register.", "1"),
    "path": PathParameter(".+", "Level and number of the tile (C2SP tlog-tiles).", "0/000"),
}


class Reply(NamedTuple):
    """One answer of an endpoint: its status, a sentence, and the media types of its body."""

    status: int
    description: str
    content: Mapping[str, Any] = {}


def json_reply(schema: type[Schema], description: str, status: int = 200) -> Reply:
    """Return an answer of JSON by `schema`, with the example that its fields make."""
    return Reply(status, description, {"application/json": {"schema": schema, "example": example_of(schema)}})


def text_reply(media_type: str, description: str, example: str, status: int = 200) -> Reply:
    """Return an answer of another media type, with what it may look like."""
    return Reply(status, description, {media_type: {"example": example}})


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One endpoint: method, path as a rule of Flask, the function, and what the OpenAPI document says of it.

    `scope` is that of the token which it needs; where `is_token_optional`, others are answered too, or less. One that
    `is_fast` is answered before Flask, and pages of other origins may post to it; one that writes has in `begin` what of it
    may run on the event loop. One that `is_streamed` returns a response of Werkzeug. One that `takes_subject` reads who is
    signed in from a header.
    """

    method: str
    path: str
    endpoint: Callable[..., Any]
    summary: str
    replies: tuple[Reply, ...]
    errors: tuple[int, ...] = ()
    parameters: tuple[Mapping[str, Any], ...] = ()
    body: Mapping[str, Any] = field(default_factory=dict)
    scope: str = ""
    is_token_optional: bool = False
    is_fast: bool = False
    begin: Callable[..., Any] | None = None
    is_streamed: bool = False
    takes_subject: bool = False

    @property
    def name(self) -> str:
        """Return the name of the endpoint, without its verb."""
        return self.endpoint.__name__.removeprefix("answer_")

    @property
    def has_preflight(self) -> bool:
        """Return whether browsers request leave to call it (Fetch, CORS preflight): pages of other origins post to it."""
        return self.is_fast and (self.method == "POST" or self.takes_subject)

    @property
    def variables(self) -> tuple[str, ...]:
        """Return the names of the variable parts of the path, in order."""
        return tuple(_VARIABLE.findall(self.path))

    @property
    def pattern(self) -> re.Pattern[str]:
        """Return the expression that matches the path on the fast path, with a group for each variable part."""
        parts = _VARIABLE.split(self.path)
        texts = map(re.escape, parts[::2])
        groups = (*(f"({PATH_PARAMETERS[name].pattern})" for name in parts[1::2]), "")
        return re.compile("".join(text + group for text, group in zip(texts, groups, strict=True)))

    @property
    def prefix(self) -> str:
        """Return the path up to its first variable part."""
        return self.path.partition("<")[0]

    @property
    def template(self) -> str:
        """Return the path as OpenAPI writes it, with `{site}` for a variable part."""
        return _VARIABLE.sub(r"{\1}", self.path)

    @property
    def can_be_tried(self) -> bool:
        """Return whether users can call it from the page of the documentation: it reads, and is no page of visitors."""
        return self.method == "GET" and self.path.startswith("/api/v1/")


class RouteGroup(NamedTuple):
    """Endpoints for one kind of caller: a section of the OpenAPI document."""

    name: str
    description: str
    routes: tuple[Route, ...]


get, post, put = partial(Route, method="GET"), partial(Route, method="POST"), partial(Route, method="PUT")
patch, delete = partial(Route, method="PATCH"), partial(Route, method="DELETE")
