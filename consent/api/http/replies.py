"""Error responses and request bodies of the OpenAPI document."""

from collections.abc import Mapping

from marshmallow import Schema

from consent.api.http.request_schemas import ErrorSchema

_ERRORS = {
    400: ("invalid_field", "A field is not valid.", "A parameter, a field or the body is invalid."),
    401: (
        "invalid_token",
        "The Authorization header has no valid API token.",
        "The API token is missing, invalid or revoked.",
    ),
    403: (
        "origin_not_allowed",
        "This origin is not one of the site's hosts.",
        "The origin is not allowed, or the token lacks the scope.",
    ),
    404: ("unknown_site", "This site does not exist.", "The resource does not exist."),
    409: (
        "key_reused",
        "This idempotency key was used for another choice.",
        "The request conflicts with the current state.",
    ),
    410: ("erased", "The receipt with this key has been erased.", "The receipt with this key has been erased."),
    412: ("stale_draft", "Someone changed the draft since you read it.", "The draft has changed in the meantime."),
    413: ("body_too_large", "The request body is limited to 8192 bytes.", "The body is too large."),
    415: ("unsupported_content_type", "Send application/json.", "The content type is not supported."),
    422: (
        "idempotency_key_reused",
        "This idempotency key was used for another request.",
        "The Idempotency-Key was used for another request.",
    ),
    428: ("etag_required", "Send the ETag of the draft in the header If-Match.", "The header If-Match is missing."),
    429: (
        "rate_limited",
        "Too many writes from this network.",
        "Too many requests. Retry-After says how many seconds to wait.",
    ),
    503: (
        "unavailable",
        "The database is unavailable.",
        "The database is unavailable. Retry-After says how many seconds to wait.",
    ),
}

OTHER_ERROR = "Any other error, in the same form."
OTHER_ERROR_EXAMPLE = {
    "error": {
        "code": "method_not_allowed",
        "message": "The method is not allowed for the requested URL.",
        "fields": {},
    }
}


def errors(*statuses: int) -> dict[int, dict[str, object]]:
    """Return the OpenAPI responses for these error statuses, all with the same schema."""
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
"""Both formats of CSP violation reports (CSP Level 2, and the Reporting API)."""
