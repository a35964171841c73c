"""A tag template filled with the parameters of a site: values become parts of addresses and strings, never code."""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from consent.classify.vendor import Parameter, TagTemplate

PLACE = re.compile(r"\{([a-z][a-z0-9_]*)\}")
MAX_LENGTH = 300


class ParameterError(ValueError):
    """Parameters that cannot be used; `fields` maps the id of each to a sentence."""

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {sentence}" for name, sentence in fields.items()))
        self.fields = fields


def fill(template: TagTemplate, parameters: Mapping[str, str]) -> dict[str, Any]:
    """Return the load of `template` with `parameters` in their places, as a config holds it.

    In addresses each value is percent-encoded; in calls and data attributes it stays one string. Of a call's `when`
    the config keeps `"before": true` alone. Raises ParameterError.
    """
    _check(template, parameters)
    load = template.load
    encoded = {name: quote(value, safe="") for name, value in parameters.items()}
    return {
        "type": load["type"],
        "src": load["src"] and _with(encoded, load["src"]),
        "attributes": {name: _with(parameters, value) for name, value in load["attributes"].items()},
        "calls": [_filled_call(call, parameters) for call in load["calls"]],
    }


def places_in(value: Any) -> Iterator[str]:
    """Yield the name of each `{parameter}` in the strings of a JSON-able `value`."""
    if isinstance(value, str):
        yield from PLACE.findall(value)
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from places_in(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from places_in(part)


def matches(parameter: Parameter, value: str) -> bool:
    """Tell whether the whole of `value` is of the parameter's pattern, and in ASCII as all vendors' ids are."""
    return value.isascii() and re.fullmatch(parameter.pattern, value) is not None


def _check(template: TagTemplate, parameters: Mapping[str, str]) -> None:
    known = {parameter.id for parameter in template.parameters}
    fields = {name: "This tag has no such parameter." for name in parameters if name not in known}
    for parameter in template.parameters:
        value = parameters.get(parameter.id, "")
        if not value:
            fields[parameter.id] = "This must be filled in."
        elif not isinstance(value, str) or len(value) > MAX_LENGTH or not matches(parameter, value):
            fields[parameter.id] = f"This is not of the form of {parameter.example}."
    if fields:
        raise ParameterError(fields)


def _filled_call(call: dict[str, Any], parameters: Mapping[str, str]) -> dict[str, Any]:
    filled = {"call": call["call"], "args": _filled(call["args"], parameters)}
    if call.get("queue"):
        filled["queue"] = call["queue"]
    if call.get("when") == "before":
        filled["before"] = True
    return filled


def _filled(value: Any, parameters: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return _with(parameters, value)
    if isinstance(value, dict):
        return {name: _filled(part, parameters) for name, part in value.items()}
    if isinstance(value, list):
        return [_filled(part, parameters) for part in value]
    return value


def _with(parameters: Mapping[str, str], text: str) -> str:
    """Return `text` with every place filled in one pass, so that no value can hold a place for another."""
    return PLACE.sub(lambda place: parameters[place[1]], text)
