"""GET /api/docs: the OpenAPI document as an HTML reference page without a script."""

from typing import Any

from flask import Flask, Response, render_template

from consent.api.http.authentication import AUTHENTICATION, SCOPES
from consent.api.http.openapi import PublicApi

METHODS = ("get", "post", "put", "patch", "delete")
SECURITY = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def add_reference(app: Flask, api: PublicApi) -> None:
    """Add the page to `app`."""

    @app.get("/api/docs")
    def reference() -> Response:
        document = api.document()
        introduction = document["info"]["description"].partition("\n")[0]
        page = render_template(
            "reference.html",
            document=document,
            introduction=introduction,
            authentication=AUTHENTICATION,
            scopes=SCOPES,
            operations=_operations(document),
        )
        return Response(page, headers=SECURITY)


def _operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what the page shows of each operation, in the order of paths."""
    return [
        {
            "method": method.upper(),
            "path": path,
            "summary": operation.get("summary", ""),
            "description": operation.get("description", ""),
            "parameters": [*item.get("parameters", []), *operation.get("parameters", [])],
            "needs_token": operation.get("security") == [{"token": []}],
            "body": _body_fields(document, operation),
            "responses": operation.get("responses", {}),
        }
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    ]


def _body_fields(document: dict[str, Any], operation: dict[str, Any]) -> list[dict[str, Any]]:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
    schema = document["components"]["schemas"].get(name, {})
    required = schema.get("required", [])
    return [
        {"name": field, "schema": facts, "required": field in required}
        for field, facts in schema.get("properties", {}).items()
    ]
