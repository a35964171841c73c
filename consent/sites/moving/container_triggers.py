"""Read when the tags of a Google Tag Manager container fire, as far as an exact counterpart exists here.

The fields are those of the Trigger resource (developers.google.com/tag-platform/tag-manager/api/v2), which exports use.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from consent.core.documents.tags import Trigger
from consent.sites.draft_validation import is_selector

Exported = Mapping[str, Any]
"""A part of a container's export, whose fields are as its author wrote them."""
MAX_SELECTOR = 300
ALL_PAGES = ("2147479553", "2147479572", "2147479573")
"""The ids of the triggers that every container has: all pages, consent initialization, initialization."""
PAGE_VIEWS = ("pageview", "domready", "windowloaded", "init", "consentinit")
ATTRIBUTES = {
    "Click ID": "id",
    "Click Classes": "class",
    "Click Target": "target",
    "Form ID": "id",
    "Form Classes": "class",
    "Form Target": "target",
}
"""The built-in variables that are an attribute of the clicked or submitted element."""
ELEMENTS = ("Click Element", "Form Element")
OPERATORS = {"equals": "=", "contains": "*=", "startswith": "^=", "endswith": "$="}
BASES = {"click": "", "linkclick": "a[href]", "formsubmission": "form"}


class Firing(NamedTuple):
    """When a tag fires; `trigger` is None for every page view, or if it has no counterpart here (not `is_exact`)."""

    trigger: Trigger | None = None
    is_exact: bool = True
    is_repeated: bool = True
    """Whether it fires every time rather than once per page."""


def firing_of(tag: Exported, triggers: Mapping[str, Exported]) -> Firing:
    """Return when a `tag` of an export fires; `triggers` are the container's, by id."""
    is_repeated = _normalized(tag.get("tagFiringOption", "")) != "onceperload"
    ids = [one for one in _list(tag.get("firingTriggerId")) if isinstance(one, str)]
    exact = [_counterpart(one, triggers) for one in ids]
    if not ids:
        return Firing(is_repeated=is_repeated)
    if _list(tag.get("blockingTriggerId")) or False in exact:
        return Firing(is_exact=False)
    firing = [one for one in exact if isinstance(one, dict)]
    if len(firing) < len(exact):
        return Firing(is_exact=not firing, is_repeated=is_repeated)
    joined = _combined(firing)
    if joined is None or not _is_selector(joined.get("selector", "*")):
        return Firing(is_exact=False)
    return Firing(joined, is_repeated=is_repeated)


def _is_selector(text: str) -> bool:
    return len(text) <= MAX_SELECTOR and text.isprintable() and is_selector(text)


def triggers_by_id(values: Any) -> dict[str, Exported]:
    """Return a container's triggers by id."""
    return {str(one.get("triggerId")): one for one in _list(values) if isinstance(one, dict)}


def _counterpart(trigger_id: str, triggers: Mapping[str, Exported]) -> Trigger | bool:
    """Return the exact counterpart here: a trigger, True for every page view, False if there is none."""
    if trigger_id in ALL_PAGES:
        return True
    exported = triggers.get(trigger_id)
    if exported is None or not _is_everywhere(exported):
        return False
    kind, filters = _normalized(exported.get("type", "")), _list(exported.get("filter"))
    if kind in BASES:
        selector = _selector(kind, filters)
        return {"on": "submit" if kind == "formsubmission" else "click", "selector": selector} if selector else False
    if filters:
        return False
    if kind in PAGE_VIEWS:
        return True
    read = READERS.get(kind)
    return (read(exported) if read else None) or False


def _is_everywhere(found: Exported) -> bool:
    """Return whether the trigger listens on every page."""
    conditions = [_condition(one) for one in _list(found.get("autoEventFilter"))]
    return all(kind == "matchregex" and value in (".*", "") for kind, _, value in conditions)


def _combined(found: list[Trigger]) -> Trigger | None:
    """Return one trigger for several that differ only in their selectors, or None if that isn't possible."""
    first = found[0]
    if len(found) == 1:
        return first
    if any(one["on"] not in ("click", "submit") or one["on"] != first["on"] for one in found):
        return None
    return {"on": first["on"], "selector": ", ".join(dict.fromkeys(one.get("selector", "") for one in found))}


def _selector(kind: str, filters: list[Any]) -> str:
    """Return a selector for what passes all `filters`, or an empty string if no selector can express it."""
    parts = []
    for name, variable, value in map(_condition, filters):
        if name == "cssselector" and variable in ELEMENTS and "{{" not in value:
            parts.append(value if len(filters) == 1 and not BASES[kind] else f":is({value})")
        elif name in OPERATORS and variable in ATTRIBUTES and value and re.fullmatch(r'[^"\\\n{}]+', value):
            is_id = ATTRIBUTES[variable] == "id" and name == "equals" and re.fullmatch(r"[A-Za-z_][\w-]*", value)
            parts.append(f"#{value}" if is_id else f'[{ATTRIBUTES[variable]}{OPERATORS[name]}"{value}"]')
        else:
            return ""
    return BASES[kind] + "".join(parts) or "*"


def _event(found: Exported) -> Trigger | None:
    conditions = [_condition(one) for one in _list(found.get("customEventFilter"))]
    if len(conditions) != 1 or conditions[0][:2] != ("equals", "_event"):
        return None
    name = conditions[0][2]
    is_plain = 0 < len(name) <= 100 and name.isprintable() and name == name.strip() and "{{" not in name
    return {"on": "data_layer", "name": name} if is_plain and not name.startswith("gtm.") else None


def _timer(found: Exported) -> Trigger | None:
    values = _parameters(found)
    interval, limit = values.get("interval", ""), values.get("limit", "")
    if limit != "1" or not interval.isdecimal() or len(interval) > 7:
        return None
    seconds, rest = divmod(int(interval), 1000)
    return {"on": "time", "seconds": seconds} if not rest and 1 <= seconds <= 3600 else None


def _scroll(found: Exported) -> Trigger | None:
    values = _parameters(found)
    percent = _percent(values.get("verticalThresholdsPercent", ""))
    is_vertical = values.get("verticalThresholdOn") == "true" and values.get("horizontalThresholdOn") != "true"
    is_percent = values.get("verticalThresholdUnits", "PERCENT") == "PERCENT"
    return {"on": "scroll", "percent": percent} if percent and is_vertical and is_percent else None


def _visible(found: Exported) -> Trigger | None:
    values = _parameters(found)
    name, selector = values.get("elementId", ""), values.get("elementSelector", "")
    if values.get("selectorType", "ID") == "ID":
        selector = f"#{name}" if re.fullmatch(r"[A-Za-z_][\w-]*", name) else ""
    percent = _percent(values.get("onScreenRatio", "50"))
    is_plain = values.get("useOnScreenDuration") != "true" and values.get("firingFrequency", "ONCE") == "ONCE"
    is_known = selector and "{{" not in selector and is_plain and percent
    return {"on": "visible", "selector": selector, "percent": percent} if is_known else None


READERS = {"customevent": _event, "timer": _timer, "scrolldepth": _scroll, "elementvisibility": _visible}
"""The readers for kinds of triggers without conditions."""


def _percent(text: str) -> int:
    return int(text) if re.fullmatch(r"[1-9][0-9]?|100", text) else 0


def _condition(value: Any) -> tuple[str, str, str]:
    """Return a condition's kind (empty if negated), the name of its variable, and the value it is compared with."""
    if not isinstance(value, dict):
        return "", "", ""
    given = {one.get("key"): one.get("value") for one in _list(value.get("parameter")) if isinstance(one, dict)}
    variable, compared = str(given.get("arg0", "")), given.get("arg1")
    is_negated = str(given.get("negate", "false")) == "true" or not isinstance(compared, str)
    return ("" if is_negated else _normalized(value.get("type", ""))), variable.strip("{}"), str(compared)


def _parameters(found: Exported) -> dict[str, str]:
    """Return a trigger's settings: some kinds have them in the list of parameters, others as fields of their own."""
    listed = [one for one in _list(found.get("parameter")) if isinstance(one, dict)]
    beside = [{"key": name, **value} for name, value in found.items() if isinstance(value, dict)]
    values = {one.get("key"): one.get("value") for one in (*beside, *listed)}
    return {str(key): value for key, value in values.items() if isinstance(value, str)}


def _normalized(name: Any) -> str:
    """Return the lowercase letters of a kind's name, since `CUSTOM_EVENT` (exports) and `customEvent` (API) are one kind."""
    return re.sub(r"[^a-z]", "", str(name).lower())


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
