"""The OpenAPI document is built on the first request, and each part of it has a description and an example."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from consent.api.flask_app import ROUTE_GROUPS
from consent.api.http.authentication import SCOPES
from tests.api.shop import Shop

METHODS = ("get", "post", "put", "patch", "delete", "options")
CAMEL_CASE = re.compile(r"\b[A-Z][a-z0-9]+[A-Z][a-z]\w*")
PRODUCT_NAMES: set[str] = set()
"""Names of products in descriptions that look like the name of a class."""


def test_concurrent_first_requests_all_get_the_whole_document(shop: Shop) -> None:
    together = Barrier(4)

    def ask(path: str) -> bytes:
        together.wait(60)
        return shop.get(path).data

    with ThreadPoolExecutor(4) as threads:
        one, two, page, other = threads.map(ask, ["/api/openapi.json"] * 2 + ["/api/docs"] * 2)
    assert one == two == shop.get("/api/openapi.json").data
    assert page == other == shop.get("/api/docs").data
    # The first route and the last one.
    assert b'"/api/v1/sites/{site}/decision"' in one
    assert b'"/metrics"' in one


@pytest.fixture
def document(shop: Shop) -> dict[str, Any]:
    """Return the OpenAPI document."""
    found: dict[str, Any] = shop.get("/api/openapi.json").json
    return found


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], list[dict[str, Any]]]]:
    """Yield each operation with its name and all its parameters."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method in METHODS:
                parameters = [*item.get("parameters", ()), *operation.get("parameters", ())]
                yield f"{method.upper()} {path}", operation, parameters


def descriptions(part: Any) -> Iterator[str]:
    """Yield every description and summary in a part of the document, without its examples."""
    if isinstance(part, list):
        for one in part:
            yield from descriptions(one)
    if isinstance(part, dict):
        for name, value in part.items():
            if name in ("description", "summary") and isinstance(value, str):
                yield value
            elif name not in ("example", "examples"):
                yield from descriptions(value)


def is_sentence(text: str) -> bool:
    """Return whether a description ends like a sentence."""
    return len(text) > 5 and text.endswith(".")


def test_each_operation_and_parameter_has_a_sentence_and_an_example(document: dict[str, Any]) -> None:
    number = 0
    for name, operation, parameters in operations(document):
        assert is_sentence(operation["summary"]), name
        for one in parameters:
            number += 1
            assert is_sentence(one.get("description", "")), f"{name}: {one['name']}"
            assert "example" in one or one["schema"].get("examples"), f"{name}: {one['name']}"
    assert number > 140


def test_each_body_and_response_has_a_sentence_and_an_example(document: dict[str, Any]) -> None:
    for name, operation, _ in operations(document):
        bodies = [operation["requestBody"]] if "requestBody" in operation else []
        for status, response in operation["responses"].items():
            described = document["components"]["responses"]["DEFAULT_ERROR"] if status == "default" else response
            assert is_sentence(described["description"]), f"{name}: {status}"
            bodies.append(described)
        for body in bodies:
            for media_type, facts in body.get("content", {}).items():
                assert "example" in facts, f"{name}: {media_type}"
                assert facts.get("schema") != {"type": "object"}, f"{name}: {media_type}"


def test_no_description_has_the_name_of_a_class(document: dict[str, Any]) -> None:
    words = {word for text in descriptions(document) for word in CAMEL_CASE.findall(text)}
    assert words - PRODUCT_NAMES == set()


def test_a_success_is_listed_before_the_errors(document: dict[str, Any]) -> None:
    for name, operation, _ in operations(document):
        statuses = [str(status) for status in operation["responses"] if status != "default"]
        assert statuses[0] < "400" or all(status >= "400" for status in statuses), f"{name}: {statuses}"


def test_each_property_has_a_sentence_and_an_example(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    for name, schema in schemas.items():
        for field, facts in schema.get("properties", {}).items():
            assert is_sentence(facts.get("description", "")), f"{name}.{field}"
            assert "example" in facts or "$ref" in str(facts), f"{name}.{field}"


def test_each_example_fits_its_schema(document: dict[str, Any]) -> None:
    for name, operation, _ in operations(document):
        bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
        for body in bodies:
            for media_type, facts in body.get("content", {}).items():
                if "schema" in facts and "example" in facts:
                    schema = facts["schema"] | {"components": document["components"]}
                    faults = [error.message for error in Draft202012Validator(schema).iter_errors(facts["example"])]
                    assert faults == [], f"{name}: {media_type}"


def test_the_document_says_how_callers_authenticate(document: dict[str, Any]) -> None:
    text = document["info"]["description"]
    assert "# Authentication" in text
    scopes = {route.scope for group in ROUTE_GROUPS for route in group.routes if route.scope}
    scopes.add("receipts:import")  # the scope of a route that pages call without a token
    assert scopes == set(SCOPES)
    assert all(f"`{scope}`" in text for scope in scopes)
    assert document["components"]["securitySchemes"]["token"]["description"]
