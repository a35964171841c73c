"""Describe as text what a tag or vendor executes: URL, attributes, globals, calls and nodes."""

import json
from typing import Any, NamedTuple

from flask_babel import gettext

from consent.core.documents.tags import Load
from consent.dashboard.frame.locale import Labels, translated
from consent.log.audit_labels import FIELD_WORDS
from consent.sites.html_snippet import as_html

LOAD_FIELDS = ("src", "attributes", "setup", "calls", "construct", "nodes")
FIELDS = (*(f"load.{name}" for name in LOAD_FIELDS), "revoke", "consent.default", "consent.granted", "consent.limited")
"""Paths of executed fields in a tag or vendor, matched as suffixes since the part's name may precede them."""
TIMES = {"now": "new Date()", "time": "Date.now()"}
"""JavaScript for an argument that is the time of the call, as a date and as a number."""
WHEN = Labels({"before": "before it is loaded", "loaded": "once it is loaded"})


class CodePart(NamedTuple):
    """An executed field, in words."""

    field: str
    text: str


def is_code_path(path: str) -> bool:
    """Return whether the field at `path` is executed."""
    return path.endswith(FIELDS)


def parts_of_load(load: Load) -> list[CodePart]:
    """Return everything that a load executes, including fields that no template has."""
    shown = [(f"load.{name}", value) for name, value in load.items() if name not in ("type", "hosts") and value]
    return [CodePart(str(translated(FIELD_WORDS.get(path, path))), code_text(path, value)) for path, value in shown]


def code_text(path: str, value: Any) -> str:
    """Return the value of an executed field as text, with one line for each call, global or node."""
    field = path.rpartition(".")[2]
    try:
        if field == "nodes":
            return as_html(value)
        if field == "attributes":
            return " ".join(f'{name}="{text}"' for name, text in value.items())
        if field in ("calls", "revoke", "default", "granted", "limited"):
            return "\n".join(_call(call) for call in value)
    except (AttributeError, KeyError, TypeError):  # a log entry may be in the format of an older release
        return _json(value)
    if isinstance(value, list):
        return "\n".join(_json(one) for one in value)
    return value if isinstance(value, str) else _json(value)


def _call(call: dict[str, Any]) -> str:
    """Return a call in code notation, followed by its options in words."""
    arguments = ", ".join(_argument(argument) for argument in call["args"])
    more = [words for name, words in WHEN.items() if call.get(name)]
    more += [gettext("queued in %(call)s", call=call["queue"])] if call.get("queue") else []
    return f"{call['call']}({arguments})" + (f" {', '.join(more)}" if more else "")


def _argument(value: Any) -> str:
    if isinstance(value, dict) and value.keys() == {"$"} and value["$"] in TIMES:
        return TIMES[value["$"]]
    return _json(value)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
