"""Write the documentation pages that are generated from code: HTTP API, page API, data formats."""

import json
import logging
import shutil
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

from consent.api.http.authentication import AUTHENTICATION, SCOPES
from consent.app import create_service
from consent.config import Settings

ROOT = Path(__file__).parent.parent
METHODS = ("get", "post", "put", "patch", "delete")
SCHEMAS = {
    "config.schema.json": "Config files (`consent-config/1`)",
    "vendor.schema.json": "Vendor files (`consent-vendor/1`)",
    "consent-record.schema.json": "Consent records (ISO/IEC TS 27560)",
}


def write_reference(folder: Path, outside: dict[str, str]) -> None:
    """Write all pages into `folder`, replacing it; `outside` maps top-level files to the names of their pages."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    pages = {
        "http-reference": http_reference(openapi_document()),
        "page-api": page_api(),
        "data-formats": "\n".join(["# Data formats", "", *map(data_format, SCHEMAS)]),
    }
    for file, name in outside.items():
        pages[name] = _top_page((ROOT / file).read_text("utf-8"))
    for name, text in pages.items():
        (folder / f"{name}.md").write_text(text, "utf-8")


def openapi_document() -> dict[str, Any]:
    """Return the OpenAPI document of a service started for this purpose."""
    logging.disable(logging.ERROR)
    with tempfile.TemporaryDirectory() as folder:
        service = create_service(Settings(instance=Path(folder)))
        try:
            answer = service.api.test_client().get("/api/openapi.json")
            document: dict[str, Any] = json.loads(answer.data)
            return document
        finally:
            service.close()
            logging.disable(logging.NOTSET)


def http_reference(document: dict[str, Any]) -> str:
    """Return the page of all endpoints, grouped by tag."""
    lines = ["# HTTP API reference", "", "Each endpoint of `/api/openapi.json`; [the HTTP API](../http-api.md) says"]
    lines += ["what each is for.", "", "## Authentication", ""]
    lines += [f"**{way.title}.** {way.text}\n" for way in AUTHENTICATION]
    lines += _table(("scope", "use"), [(f"`{scope}`", use) for scope, use in SCOPES.items()])
    by_tag: dict[str, list[tuple[str, str, dict[str, Any], dict[str, Any]]]] = defaultdict(list)
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                by_tag[item[method].get("tags", ["other"])[0]].append((method, path, item, item[method]))
    for tag, operations in by_tag.items():
        lines += [f"## {tag[:1].upper()}{tag[1:]}", ""]
        for method, path, item, operation in operations:
            lines += _operation(document, method, path, item, operation)
    return "\n".join(lines)


def page_api() -> str:
    """Return the page about the types of `window.consent`."""
    text = (ROOT / "static" / "consent.d.ts").read_text("utf-8")
    return f"""\
# Page API

What the script puts into a page, as TypeScript has it. The service has this file at `/static/consent.d.ts`;
[signals](../signals.md) says when each event comes,
[embedding](../embedding.md#page-api) how to use it.

```typescript
{text.strip()}
```
"""


def data_format(name: str) -> str:
    """Return the section about one JSON schema: a table for each object in it."""
    schema = json.loads((ROOT / "consent" / "data" / name).read_text("utf-8"))
    lines = [f"## {SCHEMAS[name]}", "", f"JSON Schema: `consent/data/{name}`. {schema.get('description', '')}", ""]
    lines += _fields(schema)
    for title, part in schema.get("$defs", {}).items():
        if part.get("properties"):
            lines += [f"### {title}: an object", "", *([part["description"], ""] if "description" in part else [])]
            lines += _fields(part)
    return "\n".join(lines)


def _top_page(text: str) -> str:
    """Return a top-level page with its links adapted to the folder of generated pages."""
    return (
        text.replace("](docs/", "](../")
        .replace("](CHANGELOG.md", "](changelog.md")
        .replace("](CONTRIBUTING.md", "](contributing.md")
        .replace("](SECURITY.md", "](security-policy.md")
    )


def _operation(document: dict[str, Any], method: str, path: str, item: Any, operation: Any) -> list[str]:
    lines = [f"### {method.upper()} {path}", "", operation.get("summary", ""), ""]
    if operation.get("description"):
        lines += [operation["description"], ""]
    if operation.get("security") == [{"token": []}]:
        lines += ["Needs a bearer token.", ""]
    parameters = [*item.get("parameters", []), *operation.get("parameters", [])]
    if parameters:
        rows = [
            (f"`{one['name']}`", one["in"], _type_text(one["schema"]), one.get("description", ""), _example(one))
            for one in parameters
        ]
        lines += _table(("parameter", "in", "form", "meaning", "example"), rows)
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    body = _resolve(document, content.get("schema", {}))
    if body.get("properties"):
        lines += ["JSON body:", "", *_fields(body)]
    rows = [
        (status, response.get("description", ""))
        for status, response in sorted(operation["responses"].items())
        if status != "default"
    ]
    return [*lines, *_table(("status", "meaning"), rows)]


def _fields(schema: dict[str, Any]) -> list[str]:
    required = schema.get("required", [])
    rows = [
        (
            f"`{name}`{' *' if name in required else ''}",
            _type_text(facts),
            facts.get("description") or facts.get("$comment", ""),
        )
        for name, facts in schema.get("properties", {}).items()
    ]
    return [*_table(("field", "form", "meaning"), rows), *(["Fields with * are required.", ""] if required else [])]


def _type_text(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return schema["$ref"].rpartition("/")[2]
    if "const" in schema or "enum" in schema:
        return " ".join(f"`{json.dumps(one).strip(chr(34))}`" for one in schema.get("enum", [schema.get("const")]))
    kind = schema.get("type", "")
    if kind == "array" and schema.get("items"):
        return f"list of {_type_text(schema['items'])}"
    if schema.get("pattern"):
        return f"`{schema['pattern']}`"
    return (
        " or ".join(kind)
        if isinstance(kind, list)
        else str(kind) or " or ".join(map(_type_text, schema.get("anyOf", [])))
    )


def _example(parameter: dict[str, Any]) -> str:
    schema = parameter["schema"]
    value = parameter.get("example", (schema.get("examples") or [""])[0])
    return f"`{value}`" if value != "" else ""


def _resolve(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    name = schema.get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = document["components"]["schemas"].get(name, schema)
    return found


def _table(titles: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    if not rows:
        return []
    cells = [titles, tuple("---" for _ in titles), *(tuple(map(_cell, row)) for row in rows)]
    return [*(f"| {' | '.join(row)} |" for row in cells), ""]


def _cell(text: str) -> str:
    return str(text).replace("\n", " ").replace("|", "\\|")
