"""Describe the differences between a draft and the live config in plain words."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from flask_babel import gettext, ngettext

from consent.core.documents.json_object import JsonObject
from consent.dashboard.frame.code_descriptions import code_text, is_code_path
from consent.dashboard.frame.draft_labels import (
    field_label,
    nested_words,
    part_words,
    setting_words,
    text_words,
    variant_words,
)
from consent.dashboard.frame.labels import GROUP_WORDS, LAYOUT_WORDS, purpose_title, trigger_words
from consent.dashboard.frame.locale import Labels, language_words, lowered, place_words, translated, with_label
from consent.publishing.publish import Change
from consent.sites.custom.rules import LEVEL_WORDS
from consent.sites.moving.old_choices import RUNNING, TOOLS

MAX_DETAILS = 12
MAX_LANGUAGES = 6
"""How many languages are named if texts follow from another change; beyond that, only their number is shown."""
SETTINGS = ("controller", "look", "overrides")
LIMITS = ("trigger", "pages", "places", "schedule", "languages", "labels")
"""Fields of an added tag that are shown besides its code."""
LAYOUT = "look position"
EXPERIMENT = "experiment"
NAMED = ("tag", "vendor")
RULE_WORDS = Labels({"rule": "Own rule", "one-rule": "One rule for all of", "reason": "Reason for a legal setting"})
TOOL_FIELDS = ("tool", "overrides old_tool")
TOOL_NAMES = {tool: facts.name for tool, facts in TOOLS.items()} | RUNNING
BY_LANGUAGE = Labels({"text": "Texts", "words": "Own words", "links": "Links"})


@dataclass(frozen=True, slots=True)
class Detail:
    """A changed field, in words; an empty side means that there was or is nothing."""

    field: str
    before: str
    after: str
    is_code: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A changed part of a site: `kind` is `added`, `removed` or `changed`; `folded` has details shown on request.

    `subjects` are the changes that can be undone separately; a line that only follows from another has none.
    """

    kind: str
    title: str
    note: str
    details: list[Detail]
    folded: tuple[Detail, ...] = ()
    subjects: tuple[str, ...] = ()


def readable(changes: list[Change]) -> list[Line]:
    """Return `changes` as lines: what the user changed, then a summary of what follows (vendors, cookies, texts)."""
    done = [change for change in changes if not _is_consequence(change, changes)]
    lines = (replace(_line(change), subjects=(change.subject,)) for change in done)
    return [*lines, *_vendors(changes), *_cookies(changes), *_texts(changes, done)]


def number_of_changes(changes: list[Change]) -> int:
    """Return how many changes the user made, not counting those that only follow from another."""
    done = sum(not _is_consequence(change, changes) for change in changes)
    return done or min(len(changes), 1)


def _is_consequence(change: Change, changes: list[Change]) -> bool:
    word = change.subject.partition(" ")[0]
    if (word == "text" and change.kind == "changed") or _is_plain_cookie(change):
        return True
    return word == "vendor" and change.kind != "changed"


def _vendors(changes: list[Change]) -> list[Line]:
    """Return a line for each vendor added or removed without a tag of the same name, or whose code changes."""
    tags = {(change.kind, _value(change)["name"]) for change in changes if change.subject.startswith("tag ")}
    vendor_changes = [change for change in changes if change.subject.startswith("vendor ") and change.kind != "changed"]
    return [
        _line(change)
        for change in vendor_changes
        if (change.kind, _value(change)["name"]) not in tags or _added_details(change)
    ]


def _cookies(changes: list[Change]) -> list[Line]:
    """Return lines for added and removed cookies, separately for those that follow from a vendor and the others."""
    moved = {change.subject for change in changes if change.subject.startswith("vendor ") and change.kind != "changed"}
    lines = []
    for kind, follows in itertools.product(("added", "removed"), (True, False)):
        cookies = [
            change
            for change in changes
            if _is_plain_cookie(change)
            and change.kind == kind
            and (f"vendor {_value(change)['vendor']}" in moved) is follows
        ]
        if cookies:
            names = ", ".join(_value(change)["name"] for change in cookies)
            title = ngettext("%(num)s cookie or stored item", "%(num)s cookies or stored items", len(cookies))
            subjects = () if follows else tuple(change.subject for change in cookies)
            lines.append(Line(kind, title, names, [], subjects=subjects))
    return lines


def _texts(changes: list[Change], done: list[Change]) -> list[Line]:
    """Return lines for changed texts: a summary if they follow from other changes, else each with its words."""
    texts = [change for change in changes if change.subject.startswith("text ") and change.kind == "changed"]
    if not done:
        return [_line(change) for change in texts]
    names = [language_words(change.subject.partition(" ")[2]) for change in texts]
    languages = ", ".join(names) if len(names) <= MAX_LANGUAGES else gettext("in %(count)s languages", count=len(names))
    return [Line("changed", gettext("Banner texts that follow from these changes"), languages, [])] if texts else []


def _value(change: Change) -> Any:
    return change.after if change.after is not None else change.before


def _is_plain_cookie(change: Change) -> bool:
    value = _value(change)
    return change.kind != "changed" and isinstance(value, dict) and "lifetime_s" in value


def _line(change: Change) -> Line:
    word, _, rest = change.subject.partition(" ")
    value = _value(change)
    if word in BY_LANGUAGE:
        label = None if word == "links" else text_words
        is_summed_up = word == "text" and change.kind != "changed"
        details = [] if is_summed_up else changed_details(change.before, change.after, label)
        return _folded_line(
            change.kind,
            gettext("%(part)s in %(language)s", part=BY_LANGUAGE[word], language=language_words(rest)),
            "",
            details,
        )
    if word in NAMED and isinstance(value, dict):
        details = _details(change) if change.kind == "changed" else _added_details(change)
        return _folded_line(change.kind, value["name"], _note(word, value, change.kind), details)
    if word in RULE_WORDS:
        return _folded_line(change.kind, with_label(RULE_WORDS[word], _about(word, rest)), "", _rule_details(change))
    if change.subject == EXPERIMENT:
        return _folded_line(change.kind, gettext("Experiment"), "", list(_variants(change)))
    if word in SETTINGS and rest:
        title = part_words(change.subject, {})
        if not isinstance(value, dict):
            return _value_line(change, title)
        details = changed_details(
            change.before, change.after, lambda path: nested_words(rest, path) or field_label(path)
        )
        return _folded_line("changed", title, "", details)
    if isinstance(value, dict):
        return _folded_line(change.kind, change.subject.capitalize(), "", _details(change))
    return _value_line(change, part_words(change.subject, {}))


def _value_line(change: Change, title: str) -> Line:
    """Return a line for a value without fields; for two lists, it names the added and removed entries."""
    before, after = change.before, change.after
    if isinstance(before, list) and isinstance(after, list):
        went, came = ([one for one in left if one not in right] for left, right in ((before, after), (after, before)))
        if went or came:
            details = [Detail(gettext("Removed"), value_text(went), ""), Detail(gettext("Added"), "", value_text(came))]
            return Line("changed", title, "", [one for one in details if one.before or one.after])
    old, new = sides_in_words(change.subject, before, after)
    if change.subject == LAYOUT:
        old, new = LAYOUT_WORDS.get(before, old), LAYOUT_WORDS.get(after, new)
    return Line("changed", title, "", [Detail("", old, new)])


def _variants(change: Change) -> Iterator[Detail]:
    """Yield the differences between the variants of two experiments, each field with its variant."""
    before, after = ({one["id"]: one for one in side or ()} for side in (change.before, change.after))
    for name in sorted({*before, *after}):
        for path, old, new in differing_fields(before.get(name, {}), after.get(name, {})):
            if path != "id":
                field = gettext("Variant %(variant)s: %(field)s", variant=name.upper(), field=variant_words(path))
                yield Detail(field, value_text(old), value_text(new))


def _rule_details(change: Change) -> list[Detail]:
    """Return a custom rule's level and reason; its title has place and subject, the audit trail author and time."""
    before, after = change.before or {}, change.after or {}
    details = [
        Detail(gettext("Holds"), *_levels(before, after)),
        Detail(gettext("Why"), value_text(before.get("reason")), value_text(after.get("reason"))),
    ]
    return [one for one in details if one.before != one.after]


def _levels(before: dict[str, Any], after: dict[str, Any]) -> tuple[str, str]:
    return tuple(translated(LEVEL_WORDS.get(side.get("level", ""), "")) for side in (before, after))


def _about(word: str, rest: str) -> str:
    """Return what a custom rule is about, in words."""
    if word == "reason":
        return setting_words("overrides", rest)
    code, _, what = rest.partition(" ")
    country, _, subdivision = code.partition("-")
    place = gettext("everywhere") if code == "*" else place_words(country, subdivision or None)
    return f"{place}: {what.replace('_', ' ')}" if what else place


def _note(word: str, value: dict[str, Any], kind: str) -> str:
    if word == "vendor":
        return gettext("vendor, %(company)s", company=value["company"])
    return gettext("tag") if kind == "changed" else tag_note(value)


def tag_note(value: JsonObject) -> str:
    """Return the group of a tag that was added or removed, and whether it is on."""
    code = str(value.get("group", ""))
    group = lowered(GROUP_WORDS.get(code, code))
    if value.get("enabled"):
        return gettext("tag, %(group)s, on", group=group)
    return gettext("tag, %(group)s, off", group=group)


def _folded_line(kind: str, title: str, note: str, details: list[Detail]) -> Line:
    """Return a line that folds all but its first details; executed code comes first, and is never folded."""
    first = [detail for detail in details if detail.is_code]
    more = [detail for detail in details if not detail.is_code]
    shown = max(MAX_DETAILS - len(first), 0)
    return Line(kind, title, note, [*first, *more[:shown]], tuple(more[shown:]))


def _details(change: Change) -> list[Detail]:
    return changed_details(change.before, change.after)


def changed_details(before: Any, after: Any, label: Callable[[str], str] | None = None) -> list[Detail]:
    """Return the fields in which two JSON-serializable values differ, in words; without `label`, those of a tag."""
    label = label or partial(field_label, owner=after if isinstance(after, dict) else before)
    lines = ((path, sides_in_words(path, old, new)) for path, old, new in differing_fields(before or {}, after or {}))
    # An empty list means the same as none, such as the languages of a tag whose limits were saved.
    return [Detail(label(path), *sides, is_code=is_code_path(path)) for path, sides in lines if any(sides)]


def _added_details(change: Change) -> list[Detail]:
    return [] if change.kind == "removed" else executed_details(change.after)


def executed_details(value: Any) -> list[Detail]:
    """Return what an added tag or vendor executes, and when and where."""
    differences = [one for one in differing_fields({}, value) if is_code_path(one[0]) or _is_limit(one[0])]
    lines = ((path, sides_in_words(path, None, after)[1]) for path, _, after in differences)
    return [Detail(field_label(path, value), "", after, is_code=is_code_path(path)) for path, after in lines if after]


def _is_limit(path: str) -> bool:
    return path.partition(".")[0] in LIMITS


def differing_fields(before: Any, after: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Yield path, before and after of each difference between two JSON-serializable values."""
    if path.rpartition(".")[2] == "trigger":  # one value, since its kind determines what the rest means
        yield path, before, after
        return
    if is_code_path(path):
        yield path, code_text(path, before) if before else None, code_text(path, after) if after else None
        return
    left, right = (side if isinstance(side, dict) else {} for side in (before, after))
    if path and not (isinstance(before, dict) and isinstance(after, dict)):
        plain = [None if isinstance(side, dict) else side for side in (before, after)]
        if plain != [None, None]:
            yield path, plain[0], plain[1]
    for name in dict.fromkeys([*left, *right]):
        if left.get(name) != right.get(name):
            yield from differing_fields(left.get(name), right.get(name), f"{path}.{name}" if path else name)


def sides_in_words(path: str, before: Any, after: Any) -> tuple[str, str]:
    """Return a field's value before and after in words, where an empty text means that there was or is nothing."""
    field = path.rpartition(".")[2]
    if field == "enabled":
        return value_text(before), value_text(after)
    if (before is True or after is True) and {type(before), type(after)} <= {bool, type(None)}:
        on, off = gettext("on"), gettext("off")
        return on if before else off, on if after else off
    if field == "group" or path.startswith("categories."):
        before, after = (GROUP_WORDS.get(side, side) if isinstance(side, str) else side for side in (before, after))
    if field == "trigger":
        nothing = str(gettext("the page view"))
        return trigger_words(before) if before else nothing, trigger_words(after) if after else nothing
    if field in ("purposes", "purpose"):
        before, after = ([purpose_title(code) for code in _listed(side)] for side in (before, after))
    if path.endswith(("places.only", "places.except")):
        before, after = ([place_words(code) for code in side or ()] for side in (before, after))
    if field in TOOL_FIELDS:
        before, after = (
            translated(TOOL_NAMES.get(side, side)) if isinstance(side, str) else side for side in (before, after)
        )
    if field == "languages":
        before, after = ([language_words(code) for code in side or ()] for side in (before, after))
    return value_text(before), value_text(after)


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value or ())


def value_text(value: Any) -> str:
    """Return a config value in words."""
    if value is None or value == "" or value == []:
        return ""
    if isinstance(value, bool):
        return str(gettext("on") if value else gettext("off"))
    if isinstance(value, list):
        return ", ".join(value_text(one) for one in value)
    if isinstance(value, dict):
        return " ".join(value_text(one) for one in value.values())
    return str(value)
