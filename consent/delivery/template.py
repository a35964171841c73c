"""The template language of adapters: JSON in which an object whose first key begins with `$` is replaced.

`{"$": path}` is a value of the event, `{"$if": path, "then": …, "else": …}` one of two, `{"$each": "groups", "key": …,
"value": …}` an object and `{"$each": "groups", "where": true or false, "item": …}` a list over groups, `{"$md5_lower":
path}` the MD5 of a value in lower case. Members without a value are left out of their object. There is no code and no
other loop.
"""

import hashlib
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

MISSING = object()
_PLACE = re.compile(r"\{([a-z_.]+)\}")


class TemplateError(ValueError):
    """Raised for a value that an address or header lacks or must not contain; the message is a sentence."""


def value_at(facts: Mapping[str, Any], path: str) -> Any:
    """Return the value of `facts` at `path`, such as `data.allowed.groups.analytics`, or MISSING."""
    found: Any = facts
    for name in path.split("."):
        if not isinstance(found, Mapping) or name not in found:
            return MISSING
        found = found[name]
    return MISSING if found is None else found


def render(template: Any, facts: Mapping[str, Any]) -> Any:
    """Return `template` filled with values of `facts`, or MISSING if it has none."""
    if isinstance(template, list):
        return [value for one in template if (value := render(one, facts)) is not MISSING]
    if not isinstance(template, dict):
        return template
    first = next(iter(template), "")
    if first == "$":
        return value_at(facts, template["$"])
    if first == "$if":
        found = value_at(facts, template["$if"])
        return render(template["then" if found not in (MISSING, False, "") else "else"], facts)
    if first == "$md5_lower":
        found = value_at(facts, template["$md5_lower"])
        return (
            MISSING if found is MISSING else hashlib.md5(str(found).lower().encode(), usedforsecurity=False).hexdigest()
        )
    if first == "$each":
        return _render_each(template, facts)
    values = {name: render(one, facts) for name, one in template.items()}
    return {name: value for name, value in values.items() if value is not MISSING}


def _render_each(template: Mapping[str, Any], facts: Mapping[str, Any]) -> Any:
    groups = [{**facts, "group": group} for group in facts["groups"]]
    if "key" in template:
        pairs = [(render(template["key"], one), render(template["value"], one)) for one in groups]
        return {str(name): value for name, value in pairs if name is not MISSING and value is not MISSING}
    matching = [one for one in groups if one["group"]["allowed"] is template["where"]]
    return [value for one in matching if (value := render(template["item"], one)) is not MISSING]


def fill_address(template: str, facts: Mapping[str, Any]) -> str:
    """Return an address with each `{path}` percent-encoded, slashes included; an initial `{address}` is kept as it is.

    Raises TemplateError for a value that is missing or would change the path.
    """

    def fill(match: re.Match[str]) -> str:
        value = value_at(facts, match[1])
        if value is MISSING or value == "":
            raise TemplateError(f"There is no value for {match[1]} in the URL.")
        if match[1] == "address" and match.start() == 0:
            return str(value).rstrip("/")
        if str(value) in (".", ".."):
            raise TemplateError(f"The value of {match[1]} cannot be used in a URL.")
        return quote(str(value), safe="")

    return _PLACE.sub(fill, template)


def fill_text(template: str, facts: Mapping[str, Any]) -> str:
    """Return a header value with each `{path}` filled in. Raises TemplateError for non-ASCII or control characters."""

    def fill(match: re.Match[str]) -> str:
        value = value_at(facts, match[1])
        text = "" if value is MISSING else str(value)
        if not re.fullmatch(r"[ -~]*", text):
            raise TemplateError(f"The value of {match[1]} cannot be used in a header.")
        return text

    return _PLACE.sub(fill, template)
