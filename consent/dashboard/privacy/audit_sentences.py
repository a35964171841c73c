"""Describe in one sentence what an audit entry changed, such as *Switched Meta Pixel off*; the page adds the values."""

from typing import Any

from flask_babel import gettext

from consent.core.documents.json_object import JsonObject
from consent.dashboard.frame.change_descriptions import changed_fields
from consent.dashboard.frame.draft_labels import part_words
from consent.dashboard.frame.labels import GROUP_WORDS, ROLE_WORDS
from consent.dashboard.frame.locale import lowered

MAX_NAMED = 3
"""How many changes are named; of more, only the first."""
FOLLOWING = ("vendors", "cookies", "order")
"""Parts of a draft that change along with a tag, and aren't mentioned if one did."""


def audit_sentence(action: str, subject: str, before: Any, after: Any) -> str:
    """Return what an entry changed, or an empty string if the label of its action is enough.

    `subject` is the display name of what or who was changed; `before` and `after` are the entry's own values.
    """
    old, new = (side if isinstance(side, dict) else {} for side in (before, after))
    if action == "draft.changed":
        return _draft_sentence(old, new)
    if action == "version.published":
        return str(gettext("Published %(version)s", version=subject))
    if action in ("role.granted", "role.revoked"):
        return _role_sentence(action, subject, new or old)
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
    sentences = [_tag_sentence(old.get(part), new.get(part)) for part in tags]
    sentences += [_variant_sentence(part.partition(" ")[2].upper(), old.get(part), new.get(part)) for part in variants]
    if others:
        sentences.append(_settings_sentence(others))
    more = len(sentences) - MAX_NAMED
    shown = ". ".join(sentences[:MAX_NAMED])
    return str(gettext("%(changes)s. And %(count)s more", changes=shown, count=more)) if more > 0 else shown


def _tag_sentence(old: Any, new: Any) -> str:
    if not isinstance(old, dict):
        return str(gettext("Added the tag %(name)s", name=new["name"]))
    if not isinstance(new, dict):
        return str(gettext("Removed the tag %(name)s", name=old["name"]))
    name, fields = new["name"], changed_fields(old, new)
    if fields == ["enabled"]:
        return str(
            gettext("Switched %(name)s on", name=name)
            if new["enabled"]
            else gettext("Switched %(name)s off", name=name)
        )
    if "group" in fields:
        group = lowered(GROUP_WORDS.get(new["group"], new["group"]))
        return str(gettext("Moved %(name)s to %(group)s", name=name, group=group))
    if fields == ["name"]:
        return str(gettext("Renamed %(before)s to %(name)s", before=old["name"], name=name))
    return str(gettext("Changed %(name)s", name=name))


def _variant_sentence(name: str, old: Any, new: Any) -> str:
    if old is None:
        return str(gettext("Added variant %(variant)s to the experiment", variant=name))
    if new is None:
        return str(gettext("Removed variant %(variant)s from the experiment", variant=name))
    return str(gettext("Changed variant %(variant)s of the experiment", variant=name))


def _settings_sentence(parts: list[str]) -> str:
    """Return which settings changed, such as `Changed Settings: Time zone`; only the sections if more than three."""
    words = [part_words(part, {}) for part in parts]
    if len(words) > MAX_NAMED:
        words = list(dict.fromkeys(one.partition(": ")[0] for one in words))
    return str(gettext("Changed %(parts)s", parts=", ".join(words)))
