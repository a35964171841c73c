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
    """A variable part of a path; the fast path accepts what matches `pattern`."""

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
    "config": PathParameter("[0-9a-f]{16}", "First 16 hex digits of the hash of the config.", "3b1f0c6a7d2e4958"),
    "language": PathParameter("[A-Za-z-]{2,20}", "Language of the texts (BCP 47).", "en"),
    "receipt_id": PathParameter(
        "[0-9a-f]{32}", "Id of the receipt: 32 hex digits.", "5f0c0e6b8f3a4d1c9e7b2a6d4c8e1f03"
    ),
    "receiver_id": PathParameter("[0-9a-f]{32}", "Id of the receiver: 32 hex digits.", "9b1f0c6a7d2e4958" * 2),
    "event": PathParameter(
        "evt_[0-9a-f]{32}", "Id of the event, as sent to the receiver.", "evt_" + "9b1f0c6a7d2e4958" * 2
    ),
    "export": PathParameter(
        "[0-9a-f]{32}", "Id of the export, as returned by the request that started it.", "0a1b2c3d" * 4
    ),
    "name": PathParameter("[a-z_.]+", "File name.", "receipts.css"),
    "kid": PathParameter("[0-9a-f]{8}", "Id of the key: 8 hex digits.", "0a1b2c3d"),
    "tag": PathParameter("[a-z0-9][a-z0-9-]{0,62}", "Id of a tag of the draft.", "ga4"),
    "number": PathParameter("[0-9]+", "Number of the privacy request.", "1"),
    "path": PathParameter(".+", "Level and number of the tile (C2SP tlog-tiles).", "0/000"),
}


class Reply(NamedTuple):
    """An answer of an endpoint: its status, a sentence, and the media types of its body."""

    status: int
    description: str
    content: Mapping[str, Any] = {}


def json_reply(schema: type[Schema], description: str, status: int = 200) -> Reply:
    """Return a JSON answer with `schema`, and an example built from its fields."""
    return Reply(status, description, {"application/json": {"schema": schema, "example": example_of(schema)}})


def text_reply(media_type: str, description: str, example: str, status: int = 200) -> Reply:
    """Return an answer of another media type, with an example."""
    return Reply(status, description, {media_type: {"example": example}})


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """An endpoint: its method, its path as a Flask rule, its function, and its OpenAPI description.

    `scope` is the scope of the token it needs; if `is_token_optional`, it also answers requests without one, perhaps
    with less. If `is_fast`, it is answered before Flask and pages of other origins may post to it; for a write, `begin`
    is the part that may run on the event loop. If `is_streamed`, it returns a Werkzeug response. If `takes_subject`, a
    header names the signed-in visitor.
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
        """Return whether browsers send a preflight first (Fetch, CORS preflight): pages of other origins call it."""
        return self.is_fast and (self.method == "POST" or self.takes_subject)

    @property
    def variables(self) -> tuple[str, ...]:
        """Return the names of the variable parts of the path, in order."""
        return tuple(_VARIABLE.findall(self.path))

    @property
    def pattern(self) -> re.Pattern[str]:
        """Return the pattern of the path on the fast path, with a group for each variable part."""
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
        """Return the path in OpenAPI form, with `{site}` for a variable part."""
        return _VARIABLE.sub(r"{\1}", self.path)

    @property
    def can_be_tried(self) -> bool:
        """Return whether users can call it from the documentation page: it is a GET, and not a page for visitors."""
        return self.method == "GET" and self.path.startswith("/api/v1/")


class RouteGroup(NamedTuple):
    """Endpoints for one kind of caller: a section of the OpenAPI document."""

    name: str
    description: str
    routes: tuple[Route, ...]


get, post, put = partial(Route, method="GET"), partial(Route, method="POST"), partial(Route, method="PUT")
patch, delete = partial(Route, method="PATCH"), partial(Route, method="DELETE")
