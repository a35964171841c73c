"""Describe in one sentence what an audit entry changed, such as *Switched Meta Pixel off*; the page adds the values."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext

from consent.core.documents.json_object import JsonObject
from consent.dashboard.frame.change_descriptions import BY_LANGUAGE, differing_fields, value_text
from consent.dashboard.frame.draft_labels import PARAMETERS, SECTION_WORDS, field_label, part_words
from consent.dashboard.frame.labels import GROUP_WORDS, REQUEST_WORDS, ROLE_WORDS, trigger_words
from consent.dashboard.frame.locale import (
    Labels,
    enumerated,
    language_words,
    lowered,
    with_label,
    within_sentence,
)

MAX_NAMED = 3
"""How many changes are named; of more, only the first."""
FOLLOWING = ("vendors", "cookies", "order")
"""Parts of a draft that change along with a tag, and aren't mentioned if one did."""
FOLLOWING_PARAMETERS = ("load", "consent")
"""Fields of a tag that have its parameters in them."""
MAX_VALUE_LENGTH = 60
"""The maximum length of a new value in a sentence."""
TAG_FIELDS = Labels(
    {
        "trigger": "trigger",
        "pages": "pages",
        "places": "places",
        "languages": "languages",
        "schedule": "dates",
        "labels": "labels",
        "note": "note",
        "load": "code",
        "code": "code",
        "consent": "consent calls",
        "in_page": "loading by the page",
        "payment_note": "permission on payment pages",
        "purposes": "purposes",
        "necessity": "legal basis",
        "exemptions": "legal basis",
        "limited": "legal basis",
        "limited_reason": "legal basis",
        "sale_or_share": "legal basis",
        "flags_note": "legal basis",
        "precise_location": "legal basis",
        "gvl_id": "vendor list ID",
    }
)
"""By field of a tag; fields of the law share a word."""
REQUESTS = Labels(
    {
        "privacy_request.created": "Added %(request)s: %(kind)s",
        "privacy_request.extended": "Extended %(request)s: %(kind)s",
        "privacy_request.closed": "Closed %(request)s: %(kind)s",
        "privacy_request.reopened": "Opened %(request)s again: %(kind)s",
    }
)
"""By action on a visitor's request, whose number is the subject."""
Differences = dict[str, tuple[Any, Any]]


def audit_sentence(action: str, subject: str, before: Any, after: Any) -> str:
    """Return what an entry changed, or an empty string if the label of its action is enough.

    `subject` is the display name of what or who was changed; `before` and `after` are the entry's own values.
    """
    old, new = (side if isinstance(side, dict) else {} for side in (before, after))
    if action == "draft.changed":
        return _draft_sentence(old, new)
    if action == "draft.reverted":
        return str(gettext("Undid a change in the draft: %(parts)s", parts=enumerated(_names_of_parts(old, new))))
    if action == "version.published":
        return str(gettext("Published %(version)s", version=subject))
    if action in ("role.granted", "role.revoked"):
        return _role_sentence(action, subject, new or old)
    if action in REQUESTS and (kind := REQUEST_WORDS.get(str(new.get("kind")))):
        return REQUESTS[action] % {"request": subject, "kind": kind}
    return ""


def _role_sentence(action: str, user: str, facts: JsonObject) -> str:
    role = ROLE_WORDS.get(str(facts.get("role")), str(facts.get("role")))
    if action == "role.granted":
        return str(gettext("Gave %(user)s the role %(role)s", user=user, role=role))
    return str(gettext("Removed the role %(role)s from %(user)s", user=user, role=role))


def _draft_sentence(old: JsonObject, new: JsonObject) -> str:
    parts = list(dict.fromkeys([*old, *new]))
    tags = [part for part in parts if part.startswith("tags ")]
    variants = [part for part in parts if part.startswith("variants ")]
    others = [
        part for part in parts if part not in (*tags, *variants) and not (tags and part.split(" ")[0] in FOLLOWING)
    ]
    sentences = [sentence for part in tags for sentence in _tag_sentences(old.get(part), new.get(part))]
    sentences += [_variant_sentence(part.partition(" ")[2].upper(), old.get(part), new.get(part)) for part in variants]
    if others:
        sentences.append(_settings_sentence(others, old, new))
    more = len(sentences) - MAX_NAMED
    shown = ". ".join(sentences[:MAX_NAMED])
    return str(gettext("%(changes)s. And %(count)s more", changes=shown, count=more)) if more > 0 else shown


def _tag_sentences(old: Any, new: Any) -> list[str]:
    """Return what changed in a tag: its switch, group and name each in a sentence, and the other fields in one."""
    if not isinstance(old, dict):
        return [str(gettext("Added the tag %(name)s", name=new["name"]))]
    if not isinstance(new, dict):
        return [str(gettext("Removed the tag %(name)s", name=old["name"]))]
    differences = {path: (before, after) for path, before, after in differing_fields(old, new)}
    name, sentences = new["name"], []
    if "enabled" in differences:
        on, off = gettext("Switched %(name)s on", name=name), gettext("Switched %(name)s off", name=name)
        sentences.append(str(on if new["enabled"] else off))
    if "group" in differences:
        group = lowered(GROUP_WORDS.get(new["group"], new["group"]))
        sentences.append(str(gettext("Moved %(name)s to %(group)s", name=name, group=group)))
    if "name" in differences:
        sentences.append(str(gettext("Renamed %(before)s to %(name)s", before=old["name"], name=name)))
    if others := _other_fields(differences, new):
        sentences.append(_fields_sentence(name, others))
    return sentences or [str(gettext("Changed %(name)s", name=name))]


def _other_fields(differences: Differences, tag: JsonObject) -> dict[str, str]:
    """Return the words of the changed fields of a tag, each with its new value if that is short and known."""
    found: dict[str, str] = {}
    parameters = [path for path in differences if path.startswith(f"{PARAMETERS}.")]
    for path, (_, after) in differences.items():
        field = path.partition(".")[0]
        if path in parameters:
            found[within_sentence(field_label(path, tag))] = value_text(after)
        elif field == "trigger":
            found[TAG_FIELDS[field]] = trigger_words(after) if after else gettext("the page view")
        elif field in TAG_FIELDS and not (field in FOLLOWING_PARAMETERS and parameters):
            found.setdefault(TAG_FIELDS[field], "")
    return found


def _fields_sentence(name: str, fields: dict[str, str]) -> str:
    words, values = list(fields), list(fields.values())
    if len(words) == 1 and 0 < len(values[0]) <= MAX_VALUE_LENGTH:
        return str(
            gettext("Changed the %(field)s of %(name)s to %(value)s", field=words[0], name=name, value=values[0])
        )
    if len(words) > MAX_NAMED:
        words = [*words[: MAX_NAMED - 1], gettext("%(count)s more", count=len(words) - MAX_NAMED + 1)]
    return str(gettext("Changed the %(fields)s of %(name)s", fields=enumerated(words), name=name))


def _names_of_parts(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Return what a reverted change was about: names of tags, else the settings; only the first ones of many."""
    parts = list(dict.fromkeys([*old, *new]))
    tags = [part for part in parts if part.startswith("tags ")]
    names = [(new.get(part) or old[part])["name"] for part in tags] or [_part_words(part, old, new) for part in parts]
    more = len(names) - MAX_NAMED
    return [*names[:MAX_NAMED], gettext("%(count)s more", count=more)] if more > 0 else names


def _variant_sentence(name: str, old: Any, new: Any) -> str:
    if old is None:
        return str(gettext("Added variant %(variant)s to the experiment", variant=name))
    if new is None:
        return str(gettext("Removed variant %(variant)s from the experiment", variant=name))
    return str(gettext("Changed variant %(variant)s of the experiment", variant=name))


def _part_words(part: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """Return the label of a part; of the banner's languages, which own words changed, or that the languages did."""
    if part != "texts languages":
        return part_words(part, {})
    before, after = old.get(part) or {}, new.get(part) or {}
    if before.keys() != after.keys():
        return with_label(SECTION_WORDS["texts"], gettext("Languages"))
    names = [language_words(code) for code in after if before[code] != after[code]]
    words = within_sentence(BY_LANGUAGE["words"])
    return str(gettext("%(part)s in %(language)s", part=words, language=enumerated(names)))


def _settings_sentence(parts: list[str], old: JsonObject, new: JsonObject) -> str:
    """Return which settings changed, such as `Changed Settings: Time zone`; only the sections if more than three."""
    words = [_part_words(part, old, new) for part in parts]
    if len(words) > MAX_NAMED:
        words = list(dict.fromkeys(one.partition(": ")[0] for one in words))
    return str(gettext("Changed %(parts)s", parts=", ".join(words)))
