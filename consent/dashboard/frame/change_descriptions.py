"""Describe the differences between a draft and the live config in plain words."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from flask_babel import gettext, ngettext

from consent.dashboard.frame.code_descriptions import code_text, is_code_path
from consent.dashboard.frame.draft_labels import part_words, setting_words, variant_words
from consent.dashboard.frame.labels import GROUP_WORDS, LAYOUT_WORDS, trigger_words
from consent.dashboard.frame.locale import Labels, language_words, lowered, place_words, translated
from consent.log.audit_labels import FIELD_WORDS
from consent.publishing.publish import Change
from consent.sites.custom_rules import LEVEL_WORDS

MAX_DETAILS = 12
MAX_LANGUAGES = 6
"""That are named where texts follow from another change; of more only the number is told."""
SETTINGS = ("controller", "look", "overrides")
LAYOUT = "look position"
EXPERIMENT = "experiment"
NAMED = ("tag", "vendor")
RULE_WORDS = Labels({"rule": "Own rule", "one-rule": "One rule for all of", "reason": "Reason of a legal setting"})
BY_LANGUAGE = Labels({"text": "Texts", "words": "Own words", "links": "Links"})


@dataclass(frozen=True, slots=True)
class Detail:
    """One field that changed, in words; an empty side means that nothing was or is there."""

    field: str
    before: str
    after: str
    is_code: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One part of a site that changed: `kind` is `added`, `removed` or `changed`; `more` counts unlisted details.

    `subjects` are the changes that can be taken back by themselves; what only follows from another line has none.
    """

    kind: str
    title: str
    note: str
    details: list[Detail]
    more: int = 0
    subjects: tuple[str, ...] = ()


def readable(changes: list[Change]) -> list[Line]:
    """Return `changes` as lines: what the user changed, then what follows from it (vendors, cookies, texts) in short."""
    done = [change for change in changes if not _follows(change, changes)]
    lines = (replace(_line(change), subjects=(change.subject,)) for change in done)
    return [*lines, *_vendors(changes), *_cookies(changes), *_texts(changes, done)]


def number_of_changes(changes: list[Change]) -> int:
    """Return how many changes the user made, without those that only follow from another."""
    done = sum(not _follows(change, changes) for change in changes)
    return done or min(len(changes), 1)


def _follows(change: Change, changes: list[Change]) -> bool:
    word = change.subject.partition(" ")[0]
    if (word == "text" and change.kind == "changed") or _is_plain_cookie(change):
        return True
    return word == "vendor" and change.kind != "changed"


def _vendors(changes: list[Change]) -> list[Line]:
    """Return a line for each vendor that comes or goes without a tag of the same name, and for one that brings calls."""
    tags = {(change.kind, _value(change)["name"]) for change in changes if change.subject.startswith("tag ")}
    vendor_changes = [change for change in changes if change.subject.startswith("vendor ") and change.kind != "changed"]
    return [
        _line(change)
        for change in vendor_changes
        if (change.kind, _value(change)["name"]) not in tags or _code_details(change)
    ]


def _cookies(changes: list[Change]) -> list[Line]:
    """Return a line for the cookies that come or go with a vendor, and one for those that do by themselves."""
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
    """Return the texts that change: in short where they follow from other changes, else each with its words."""
    texts = [change for change in changes if change.subject.startswith("text ") and change.kind == "changed"]
    if not done:
        return [_line(change) for change in texts]
    names = [language_words(change.subject.partition(" ")[2]) for change in texts]
    languages = ", ".join(names) if len(names) <= MAX_LANGUAGES else gettext("in %(count)s languages", count=len(names))
    return (
        [Line("changed", gettext("Texts that name purposes, vendors or who is responsible"), languages, [])]
        if texts
        else []
    )


def _value(change: Change) -> Any:
    return change.after if change.after is not None else change.before


def _is_plain_cookie(change: Change) -> bool:
    value = _value(change)
    return change.kind != "changed" and isinstance(value, dict) and "lifetime_s" in value


def _line(change: Change) -> Line:
    word, _, rest = change.subject.partition(" ")
    value = _value(change)
    if word in BY_LANGUAGE:
        details = [] if word == "text" and change.kind != "changed" else _details(change)
        return _cut(
            change.kind,
            gettext("%(part)s in %(language)s", part=BY_LANGUAGE[word], language=language_words(rest)),
            "",
            details,
        )
    if word in NAMED and isinstance(value, dict):
        details = _details(change) if change.kind == "changed" else _code_details(change)
        return _cut(change.kind, value["name"], _note(word, value, change.kind), details)
    if word in RULE_WORDS:
        return _cut(change.kind, f"{RULE_WORDS[word]}: {_about(word, rest)}", "", _rule_details(change))
    if change.subject == EXPERIMENT:
        return _cut(change.kind, gettext("Experiment"), "", list(_variants(change)))
    if word in SETTINGS and rest:
        title = part_words(change.subject, {})
        return _cut("changed", title, "", _details(change)) if isinstance(value, dict) else _whole(change, title)
    if isinstance(value, dict):
        return _cut(change.kind, change.subject.capitalize(), "", _details(change))
    return _whole(change, part_words(change.subject, {}))


def _whole(change: Change, title: str) -> Line:
    """Return a line for a value that has no fields; of two lists it names added and removed entries."""
    before, after = change.before, change.after
    if isinstance(before, list) and isinstance(after, list):
        went, came = ([one for one in left if one not in right] for left, right in ((before, after), (after, before)))
        if went or came:
            details = [Detail(gettext("Out"), say(went), ""), Detail(gettext("In"), "", say(came))]
            return Line("changed", title, "", [one for one in details if one.before or one.after])
    old, new = (
        LAYOUT_WORDS.get(side, say(side)) if change.subject == LAYOUT else say(side) for side in (before, after)
    )
    return Line("changed", title, "", [Detail("", old, new)])


def _variants(change: Change) -> Iterator[Detail]:
    """Yield what differs between the variants of two experiments, each field with its variant."""
    before, after = ({one["id"]: one for one in side or ()} for side in (change.before, change.after))
    for name in sorted({*before, *after}):
        for path, old, new in _differences(before.get(name, {}), after.get(name, {})):
            if path != "id":
                field = gettext("Variant %(variant)s: %(field)s", variant=name.upper(), field=variant_words(path))
                yield Detail(field, say(old), say(new))


def _rule_details(change: Change) -> list[Detail]:
    """Return level and reason of a custom rule; place and subject are in its title, author and time in the trail."""
    before, after = change.before or {}, change.after or {}
    details = [
        Detail(gettext("Holds"), *_levels(before, after)),
        Detail(gettext("Why"), say(before.get("reason")), say(after.get("reason"))),
    ]
    return [one for one in details if one.before != one.after]


def _levels(before: dict[str, Any], after: dict[str, Any]) -> tuple[str, str]:
    return tuple(translated(LEVEL_WORDS.get(side.get("level", ""), "")) for side in (before, after))


def _about(word: str, rest: str) -> str:
    """Return what an own rule is about, in words."""
    if word == "reason":
        return setting_words("overrides", rest)
    code, _, what = rest.partition(" ")
    country, _, subdivision = code.partition("-")
    place = gettext("everywhere") if code == "*" else place_words(country, subdivision or None)
    return f"{place}: {what.replace('_', ' ')}" if what else place


def _note(word: str, value: dict[str, Any], kind: str) -> str:
    if word == "vendor":
        return gettext("vendor, %(company)s", company=value["company"])
    if kind == "changed":
        return gettext("tag")
    group = lowered(GROUP_WORDS.get(value["group"], value["group"]))
    if value["enabled"]:
        return gettext("tag, %(group)s, on", group=group)
    return gettext("tag, %(group)s, off", group=group)


def _cut(kind: str, title: str, note: str, details: list[Detail]) -> Line:
    """Return a line with its first details: what is executed stands first, and all of it."""
    first = [detail for detail in details if detail.is_code]
    more = [detail for detail in details if not detail.is_code]
    shown = [*first, *more[: max(MAX_DETAILS - len(first), 0)]]
    return Line(kind, title, note, shown, len(details) - len(shown))


def _details(change: Change) -> list[Detail]:
    differences = _differences(change.before, change.after)
    lines = ((path, _sides(path, before, after)) for path, before, after in differences)
    # An empty list in the place of none says the same: such as no languages of a tag whose limits were saved.
    return [Detail(_field_words(path), *sides, is_code=is_code_path(path)) for path, sides in lines if any(sides)]


def _code_details(change: Change) -> list[Detail]:
    """Return what a tag or vendor that comes executes."""
    if change.kind == "removed":
        return []
    return [detail for detail in _details(Change("", {}, change.after)) if detail.is_code]


def changed_fields(before: Any, after: Any) -> list[str]:
    """Return the paths of the fields in which two JSON-able values differ."""
    return [path for path, _, _ in _differences(before, after)]


def _differences(before: Any, after: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Yield path, before and after of each value in which two JSON-able values differ."""
    if path.rpartition(".")[2] == "trigger":  # one value: its kind says what the rest means
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
            yield from _differences(left.get(name), right.get(name), f"{path}.{name}" if path else name)


def _field_words(path: str) -> str:
    """Return the words of a field; in an audit entry the tag or vendor stands before it, as in `tags ga4.group`."""
    part, _, field = path.partition(".")
    if " " in part and field in FIELD_WORDS:
        return f"{part}: {translated(FIELD_WORDS[field])}"
    return str(translated(FIELD_WORDS.get(path, path.replace("_", " ").replace(".", ", "))))


def details_of(before: Any, after: Any) -> tuple[list[Detail], int]:
    """Return the fields in which two JSON-able values differ, in words, and how many more there are."""
    details = _details(Change("", before or {}, after or {}))
    return details[:MAX_DETAILS], max(len(details) - MAX_DETAILS, 0)


def _sides(path: str, before: Any, after: Any) -> tuple[str, str]:
    field = path.rpartition(".")[2]
    if field == "enabled":
        on, off = gettext("on"), gettext("off")
        return on if before else off, on if after else off
    if field == "trigger":
        nothing = str(gettext("the page view"))
        return trigger_words(before) if before else nothing, trigger_words(after) if after else nothing
    if field == "languages":
        before, after = ([language_words(code) for code in side or ()] for side in (before, after))
    return say(before), say(after)


def say(value: Any) -> str:
    """Return a value of a config in words."""
    if value is None or value == "" or value == []:
        return ""
    if isinstance(value, bool):
        return str(gettext("yes") if value else gettext("no"))
    if isinstance(value, list):
        return ", ".join(say(one) for one in value)
    if isinstance(value, dict):
        return " ".join(say(one) for one in value.values())
    return str(value)
