"""What a tag waits for in the page: the form fields, and how they change a draft."""

from flask import request
from flask_babel import gettext

from consent.core.documents.config import Draft
from consent.core.documents.tags import Tag, Trigger
from consent.dashboard.frame.locale import Labels
from consent.sites.draft import DraftError, set_trigger
from consent.storage.sites.sites import SiteRow

KINDS = Labels(
    {
        "click": "Click",
        "submit": "Form submission",
        "visible": "Element visibility",
        "scroll": "Scroll depth",
        "time": "Time on the page",
        "event": "Custom event",
        "data_layer": "Data-layer event",
    }
)
"""The kinds of triggers, in the order of the form."""
FIELDS = {
    "click": ("selector",),
    "submit": ("selector",),
    "visible": ("selector", "percent"),
    "scroll": ("percent",),
    "time": ("seconds",),
    "event": ("name",),
    "data_layer": ("name",),
}
"""The fields of each kind."""
REPEATABLE = ("click", "submit", "visible", "event", "data_layer")
LIMITS = {"percent": 100, "seconds": 3600}
DEFAULTS = {"percent": "50", "seconds": "30"}


def trigger_values(tag: Tag) -> dict[str, str]:
    """Return the initial values of the form fields by name."""
    trigger = tag.get("trigger")
    if trigger is None:
        return {f"trigger.{name}": value for name, value in {"on": "", **DEFAULTS}.items()}
    return {
        "trigger.on": trigger["on"],
        "trigger.selector": trigger.get("selector", ""),
        "trigger.percent": str(trigger.get("percent", DEFAULTS["percent"])),
        "trigger.seconds": str(trigger.get("seconds", DEFAULTS["seconds"])),
        "trigger.name": trigger.get("name", ""),
        "trigger.repeat": "1" if trigger.get("repeat") else "",
        "trigger.before_choice": trigger.get("before_choice", "run"),
    }


def with_trigger(site: SiteRow, draft: Draft, tag_id: str) -> Draft:
    """Set what the tag waits for from the form. Raises DraftError with a sentence for each invalid field."""
    kind = request.form.get("trigger.on", "")
    if not kind:
        return set_trigger(draft, tag_id, None)
    if kind not in KINDS:
        raise DraftError({"trigger.on": gettext("Choose what the tag waits for.")})
    return set_trigger(draft, tag_id, _typed_trigger(kind))


def _typed_trigger(kind: str) -> Trigger:
    errors: dict[str, str] = {}
    trigger: Trigger = {"on": kind}
    for name in FIELDS[kind]:
        typed = " ".join(request.form.get(f"trigger.{name}", "").split())
        if name == "selector":
            trigger["selector"] = typed
            errors |= {} if typed else {"trigger.selector": gettext("Enter a CSS selector, such as #buy.")}
        elif name == "name":
            trigger["name"] = typed
            errors |= {} if typed else {"trigger.name": gettext("Enter the name of the event, such as signup.")}
        elif name == "percent":
            trigger["percent"] = _number(name, typed, errors)
        else:
            trigger["seconds"] = _number(name, typed, errors)
    if errors:
        raise DraftError(errors)
    if kind in REPEATABLE and request.form.get("trigger.repeat") == "1":
        trigger["repeat"] = True
    if request.form.get("trigger.before_choice") == "drop":
        trigger["before_choice"] = "drop"
    return trigger


def _number(name: str, typed: str, errors: dict[str, str]) -> int:
    last = LIMITS[name]
    number = int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= len(str(last)) else 0
    if not 1 <= number <= last:
        errors[f"trigger.{name}"] = gettext("Enter a whole number from 1 to %(last)s.", last=last)
    return number
