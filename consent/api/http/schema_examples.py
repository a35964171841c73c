"""Descriptions and examples of marshmallow fields, for the OpenAPI document."""

from collections.abc import Mapping
from typing import Any, TypedDict

from marshmallow import Schema, fields

_NESTED = object()


class FieldFacts(TypedDict):
    """The arguments of a marshmallow field that OpenAPI reads."""

    metadata: Mapping[str, object]


def meta(description: str, example: Any = _NESTED) -> FieldFacts:
    """Return the arguments that give a marshmallow field a description and an example.

    A field that nests a schema has no example of its own: it is built from those of the schema's fields.
    """
    return {"metadata": {"description": description} | ({} if example is _NESTED else {"example": example})}


def example_of(schema: type[Schema]) -> dict[str, object]:
    """Return an example object of `schema`, built from the examples of its fields."""
    return {one.data_key or name: _example(one) for name, one in schema().fields.items()}


def _example(one: fields.Field[Any]) -> Any:
    if "example" in one.metadata:
        return one.metadata["example"]
    if isinstance(one, fields.Nested):
        found = example_of(type(one.schema))
        return [found] if one.many else found
    if isinstance(one, fields.List):
        return [_example(one.inner)]
    return None
