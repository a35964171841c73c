"""Route table of the consent gate."""

from consent.api.gate.judge import answer_gate, answer_gate_event
from consent.api.http.routes import Reply, RouteGroup, get, post
from consent.api.page.visit_context import SCOPE

SITES = "/api/v1/sites/<site>"


def _header(name: str, description: str, example: str, *, required: bool = False) -> dict[str, object]:
    facts = {"in": "header", "required": required, "schema": {"type": "string"}, "example": example}
    return {"name": name, "description": description, **facts}


HEADERS = (
    _header("X-Gate-Method", "HTTP method of the event. X-Forwarded-Method is also accepted.", "POST"),
    _header("X-Gate-Uri", "Path and query of the event. X-Forwarded-Uri is also accepted.", "/metrics/g/collect?v=2"),
    _header("X-Visitor-Address", "IP address of the visitor, used only to look up the place.", "203.0.113.7"),
    _header(
        "X-Gate-Vendor",
        "Id of the vendor, if the whole host is forwarded to it and there are no mounts.",
        "google-tag-manager",
    ),
)
LENGTH = _header("X-Gate-Length", "Length of the event's body in bytes, if the body is not sent.", "0")
REPLIES = (
    Reply(200, "The event passes: forward it with the body of this response to the URI in `X-Gate-Uri`."),
    Reply(204, "The event passes unchanged: forward it to the URI in `X-Gate-Uri`."),
    Reply(403, "The event is blocked: respond with `X-Gate-Status` and `X-Gate-Body`."),
)

ROUTE_GROUP = RouteGroup(
    "Gate",
    "Decisions for a consent gate on the site's own host.",
    (
        get(
            path=f"{SITES}/gate",
            endpoint=answer_gate,
            summary="Judge an event whose body the gate cannot send.",
            parameters=(*HEADERS, LENGTH),
            replies=REPLIES,
            errors=(400, 401, 404, 503),
            scope=SCOPE,
            is_fast=True,
        ),
        post(
            path=f"{SITES}/gate/event",
            endpoint=answer_gate_event,
            summary="Judge an event with its body, of at most 1 MiB.",
            parameters=(*HEADERS, LENGTH),
            body={"content": {"application/octet-stream": {"example": "en=page_view"}}},
            replies=REPLIES,
            errors=(400, 401, 404, 413, 503),
            scope=SCOPE,
            is_fast=True,
        ),
    ),
)
