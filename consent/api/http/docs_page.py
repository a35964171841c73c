"""GET /api/docs: the OpenAPI document as an HTML reference page, whose script searches it and tries operations."""

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any
from urllib.parse import quote, urlencode

from flask import Flask, Response, render_template

from consent.api.http.authentication import AUTHENTICATION, SCOPES
from consent.api.http.openapi import PublicApi
from consent.api.http.routes import RouteGroup
from consent.web.docs_pages import has_docs

METHODS = ("get", "post", "put", "patch", "delete")
SECURITY = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
        " form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    # Not `no-referrer`: over https, the dashboard checks the referrer of what *Try it* sends.
    "Referrer-Policy": "same-origin",
}
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


def add_reference(app: Flask, api: PublicApi, groups: Sequence[RouteGroup], base_url: str) -> None:
    """Add the page to `app`, with a heading for the operations of each of `groups`; `base_url` is used in examples."""

    @cache  # it is long, and the same for everyone
    def page() -> str:
        document = api.document()
        introduction = document["info"]["description"].partition("\n")[0]
        return render_template(
            "reference.html",
            document=document,
            introduction=introduction,
            authentication=AUTHENTICATION,
            scopes=SCOPES,
            groups=[(group, _operations(document, group, base_url)) for group in groups],
            base_url=base_url,
            has_docs=has_docs(),
        )

    @app.get("/api/docs")
    def reference() -> Response:
        return Response(page(), headers=SECURITY)


def _operations(document: Mapping[str, Any], group: RouteGroup, base_url: str) -> list[dict[str, Any]]:
    """Return the page's data for each operation of `group`, in the order of its route table."""
    operations = []
    for route in group.routes:
        item = document["paths"][route.template]
        operation = item[route.method.lower()]
        parameters = [*item.get("parameters", []), *operation.get("parameters", [])]
        operations.append(
            {
                "id": re.sub(r"\W+", "-", f"{route.method}{route.template}").strip("-").lower(),
                "method": route.method,
                "path": route.template,
                "summary": operation.get("summary", ""),
                "parameters": parameters,
                "scope": route.scope,
                "is_token_optional": route.is_token_optional,
                "can_be_tried": route.can_be_tried,
                "body": _body_fields(document, operation),
                "responses": operation.get("responses", {}),
                "curl": _curl(route.method, base_url + route.template, parameters, operation, route.scope),
            }
        )
    return operations


def _curl(
    method: str, address: str, parameters: Sequence[Mapping[str, Any]], operation: Mapping[str, Any], scope: str
) -> str:
    """Return a command that calls an operation with the examples from the document."""
    examples = {one["name"]: one.get("example", "") for one in parameters}
    url = _PLACEHOLDER.sub(lambda match: quote(str(examples.get(match[1], ""))), address)
    query = {one["name"]: one.get("example", "") for one in parameters if one["in"] == "query" and one.get("required")}
    lines = [f"curl{'' if method == 'GET' else f' -X {method}'} '{url}{'?' if query else ''}{urlencode(query)}'"]
    if scope:
        lines.append("-H 'Authorization: Bearer cst_…'")
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        lines.append(f"-H 'Content-Type: {media_type}'")
        if "example" in content:
            text = content["example"] if isinstance(content["example"], str) else json.dumps(content["example"])
            lines.append("-d '" + text.replace("'", "'\\''") + "'")
        break
    return " \\\n  ".join(lines)


def _body_fields(document: Mapping[str, Any], operation: Mapping[str, Any]) -> list[dict[str, Any]]:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
    schema = document["components"]["schemas"].get(name, {})
    required = schema.get("required", [])
    return [
        {"name": field, "schema": facts, "required": field in required}
        for field, facts in schema.get("properties", {}).items()
    ]
