"""Error responses and request bodies of the OpenAPI document."""

from collections.abc import Mapping

from marshmallow import Schema

from consent.api.http.request_schemas import ErrorSchema

_ERRORS = {
    400: ("invalid_field", "A field is not valid.", "A parameter, a field or the body cannot be used."),
    401: ("invalid_token", "The Authorization header holds no live token of this service.", "There is no live token."),
    403: ("origin_not_allowed", "This origin is not one of the site's hosts.", "Origin or scope is not allowed."),
    404: ("unknown_site", "There is no such site here.", "Nothing is found under this path."),
    409: ("key_reused", "This key was used for another choice.", "The state of the data does not allow this."),
    410: ("erased", "What this key recorded has been erased.", "What this key recorded was erased."),
    412: ("stale_draft", "Someone changed the draft since you read it.", "The draft has changed in the meantime."),
    413: ("body_too_large", "A request may have at most 8192 bytes.", "The body is too large."),
    415: ("unsupported_content_type", "Send application/json.", "The content type is not one of those listed."),
    422: (
        "idempotency_key_reused",
        "This idempotency key was used for another request.",
        "The header Idempotency-Key names another request.",
    ),
    428: ("etag_required", "Send the ETag of the draft as If-Match.", "The header If-Match is missing."),
    429: (
        "rate_limited",
        "Too many writes from this network.",
        "Too many requests; Retry-After has the seconds to wait.",
    ),
    503: ("unavailable", "The database does not answer.", "The database does not answer; Retry-After has the seconds."),
}


def errors(*statuses: int) -> dict[int, dict[str, object]]:
    """Return the OpenAPI responses for these error statuses, all of the one shape."""
    return {status: _error(*_ERRORS[status]) for status in statuses}


def _error(code: str, message: str, description: str) -> dict[str, object]:
    fields = {"months": ["Must be at least 1."]} if code == "invalid_field" else {}
    example = {"error": {"code": code, "message": message, "fields": fields}}
    return {"description": description, "content": {"application/json": {"schema": ErrorSchema, "example": example}}}


def json_body(schema: type[Schema], example: Mapping[str, object]) -> dict[str, object]:
    """Return the OpenAPI request body of `schema`, as JSON or the same JSON as text/plain."""
    body = {"schema": schema, "example": example}
    return {"required": True, "content": {"application/json": body, "text/plain": body}}


CSP_REPORTS = {
    "required": True,
    "content": {
        "application/csp-report": {
            "schema": {"type": "object", "required": ["csp-report"]},
            "example": {
                "csp-report": {
                    "document-uri": "https://www.example.com/",
                    "blocked-uri": "https://cdn.example.net/a.js",
                    "effective-directive": "script-src",
                }
            },
        },
        "application/reports+json": {
            "schema": {"type": "array", "items": {"type": "object"}},
            "example": [
                {
                    "type": "csp-violation",
                    "body": {
                        "documentURL": "https://www.example.com/",
                        "blockedURL": "https://cdn.example.net/a.js",
                        "effectiveDirective": "script-src",
                    },
                }
            ],
        },
    },
}
"""Both formats in which browsers report what a policy blocked (CSP Level 2, and the Reporting API)."""
