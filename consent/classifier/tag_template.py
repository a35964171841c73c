"""Fill a tag template with a site's parameters, as parts of URLs and strings, never as code."""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from consent.classifier.vendor import Parameter, TagTemplate
from consent.core.documents.tags import Load
from consent.core.documents.vendor_calls import Call
from consent.core.documents.vendor_file import VendorCall
from consent.core.translatable import translatable

PLACE = re.compile(r"\{([a-z][a-z0-9_]*)\}")
MAX_LENGTH = 300
HOST = "host"
"""The kind of a parameter that is a host, optionally with a path."""
LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
ADDRESS = re.compile(rf"({LABEL.pattern}\.)+[a-z][a-z0-9-]{{0,61}}[a-z](/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")


class ParameterError(ValueError):
    """Raised when parameters can't be used; `fields` maps the id of each to a sentence."""

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {sentence}" for name, sentence in fields.items()))
        self.fields = fields


def fill(template: TagTemplate, parameters: Mapping[str, str]) -> Load:
    """Return the load of `template` with `parameters` filled in, in the format of a config.

    In URLs each value is percent-encoded; in calls and data attributes it remains one string. The config keeps a call's
    `when` only as `"before": true` or `"loaded": true`. A host given as a parameter is included in the `hosts` of the
    load. Raises ParameterError.
    """
    _check(template, parameters)
    load = template.load
    hosts = {one.id: parameters[one.id] for one in template.parameters if one.kind == HOST}
    encoded = {name: quote(value, safe="") for name, value in parameters.items()} | hosts
    filled: Load = {
        "type": load["type"],
        "src": load["src"] and _fill_text(encoded, load["src"]),
        "attributes": {name: _fill_text(parameters, value) for name, value in load["attributes"].items()},
        "calls": [_fill_call(call, parameters) for call in load["calls"]],
    }
    if "setup" in load:
        filled["setup"] = _fill_value(load["setup"], parameters)
    if "construct" in load:
        filled["construct"] = _fill_value(load["construct"], parameters)
    if hosts:
        filled["hosts"] = [host.partition("/")[0] for host in hosts.values()]
    return filled


def host_places(template: TagTemplate) -> frozenset[str]:
    """Return the names of the parameters in the host of the template's URL."""
    return frozenset(places_in((template.load["src"] or "").partition("//")[2].partition("/")[0]))


def places_in(value: Any) -> Iterator[str]:
    """Yield the name of each `{parameter}` in the strings of a JSON-compatible `value`."""
    if isinstance(value, str):
        yield from PLACE.findall(value)
    elif isinstance(value, Mapping):
        for name, part in value.items():
            yield from places_in(name)
            yield from places_in(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from places_in(part)


def matches(parameter: Parameter, value: str) -> bool:
    """Return whether all of `value` matches the parameter's pattern and is ASCII, as all vendors' ids are."""
    is_fit = value.isascii() and re.fullmatch(parameter.pattern, value) is not None
    return is_fit and (parameter.kind != HOST or ADDRESS.fullmatch(value) is not None)


def read_typed(parameter: Parameter, text: str) -> str:
    """Return the parameter value for the user's input `text`; a full URL is reduced to its host and folder."""
    text = text.strip()
    if parameter.kind != HOST:
        return text
    host, slash, folder = re.sub(r"^https?://", "", text).partition("/")
    return (host.lower() + slash + folder.partition("index.php")[0]).rstrip("/")


def _check(template: TagTemplate, parameters: Mapping[str, str]) -> None:
    known = {parameter.id for parameter in template.parameters}
    fields = {name: translatable("This tag has no such parameter.") for name in parameters if name not in known}
    labels = host_places(template)
    for parameter in template.parameters:
        value = parameters.get(parameter.id, "")
        if not value:
            fields[parameter.id] = translatable("This must be filled in.")
        elif not isinstance(value, str) or not _is_valid(parameter, value, parameter.id in labels):
            fields[parameter.id] = translatable(f"Enter a value like {parameter.example}.")
    if fields:
        raise ParameterError(fields)


def _is_valid(parameter: Parameter, value: str, is_label: bool) -> bool:
    """Return whether `value` is valid; within the host of a URL it must be one label, unless its kind is `host`."""
    is_name = parameter.kind == HOST or not is_label or LABEL.fullmatch(value) is not None
    return len(value) <= MAX_LENGTH and matches(parameter, value) and is_name


def _fill_call(call: VendorCall, parameters: Mapping[str, str]) -> Call:
    filled: Call = {"call": call["call"], "args": _fill_value(call["args"], parameters)}
    if queue := call.get("queue"):
        filled["queue"] = queue
    if call.get("when") == "before":
        filled["before"] = True
    if call.get("when") == "loaded":
        filled["loaded"] = True
    return filled


def _fill_value(value: Any, parameters: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return _fill_text(parameters, value)
    if isinstance(value, dict):
        if value.get("$") == "number":
            return int(_fill_text(parameters, value["of"]))
        return {_fill_text(parameters, name): _fill_value(part, parameters) for name, part in value.items()}
    if isinstance(value, list):
        return [_fill_value(part, parameters) for part in value]
    return value


def _fill_text(parameters: Mapping[str, str], text: str) -> str:
    """Return `text` with all placeholders filled in a single pass, so that a value can't inject another placeholder."""
    return PLACE.sub(lambda place: parameters[place[1]], text)
