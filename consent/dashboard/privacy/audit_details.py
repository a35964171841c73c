"""The values of an audit entry before and after, in words: each field with the tag, vendor or setting it belongs to."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from flask_babel import gettext, ngettext

from consent.core.documents.json_object import JsonObject
from consent.dashboard.frame.change_descriptions import (
    BY_LANGUAGE,
    LAYOUT,
    Detail,
    changed_details,
    differing_fields,
    executed_details,
    sides_in_words,
    tag_note,
    value_text,
)
from consent.dashboard.frame.draft_labels import (
    SECTION_WORDS,
    WHOLE,
    field_label,
    part_words,
    setting_words,
    text_words,
    variant_words,
)
from consent.dashboard.frame.labels import LAYOUT_WORDS
from consent.dashboard.frame.locale import Labels, language_words, with_label

ORDER = "order of tags"
ENTRY_WORDS = Labels(
    {
        "address": "Address",
        "alarms": "Alarms",
        "banner_sha256": "SHA-256 of the banner",
        "config": "Version",
        "cookies": "Cookies",
        "date": "Date",
        "due": "Due",
        "events": "Events",
        "expires_at": "Expires",
        "format": "Format",
        "from": "From",
        "groups": "Groups",
        "id": "ID",
        "language": "Language",
        "law": "Law",
        "months": "Months",
        "pages": "Pages",
        "passkeys": "Passkeys",
        "place": "Place",
        "reason": "Reason",
        "receipts": "Receipts",
        "received": "Received",
        "role": "Role",
        "scopes": "Scopes",
        "sha256": "SHA-256",
        "signature": "Signature",
        "sites": "Sites",
        "state": "State",
        "tags": "Tags",
        "to": "To",
        "weekly": "Weekly summary",
    }
)
"""By field of an entry on anything but the draft."""


def audit_details(before: Any, after: Any, names: Mapping[str, str]) -> list[Detail]:
    """Return the differences between an entry's values; `names` has the names of the site's tags by id."""
    old, new = (side if isinstance(side, dict) else {} for side in (before, after))
    parts = sorted(filter(_is_part, dict.fromkeys([*old, *new])), key=lambda part: not part.startswith("tags "))
    cookies = [part for part in parts if part.startswith("cookies ") and not (part in old and part in new)]
    found = [
        one for part in parts if part not in cookies for one in _part_details(part, old.get(part), new.get(part), names)
    ]
    found += _cookie_details([part for part in cookies if part in old], [part for part in cookies if part in new])
    old, new = ({name: value for name, value in side.items() if name not in parts} for side in (old, new))
    return [*found, *changed_details(old, new, _entry_label)]


def _entry_label(path: str) -> str:
    return ENTRY_WORDS.get(path) or field_label(path)


def _is_part(name: str) -> bool:
    section, _, rest = name.partition(" ")
    return name in WHOLE or bool(rest and section in SECTION_WORDS)


def _cookie_details(went: list[str], came: list[str]) -> list[Detail]:
    """Return one detail with the names of all removed and added cookies, since one tag brings many."""
    if not (went or came):
        return []
    old, new = (", ".join(part.split(" ")[1] for part in parts) for parts in (went, came))
    number = len(went) + len(came)
    return [Detail(ngettext("%(num)s cookie or stored item", "%(num)s cookies or stored items", number), old, new)]


def _part_details(part: str, old: Any, new: Any, names: Mapping[str, str]) -> list[Detail]:
    section, _, name = part.partition(" ")
    if section in ("tags", "vendors"):
        return _entry_details(section, name, old, new)
    if section == "variants":
        return list(_variant_details(name, old, new))
    if part == ORDER:
        old, new = ([names.get(one, one) for one in side or ()] for side in (old, new))
    if part == "texts languages":
        return list(_text_details(old or {}, new or {}))
    label = part_words(part, {})
    if isinstance(old, dict) or isinstance(new, dict):
        return list(_nested_details(section, label, old, new))
    sides = sides_in_words(part, old, new)
    if f"{section} {name}" == LAYOUT:
        sides = LAYOUT_WORDS.get(old, sides[0]), LAYOUT_WORDS.get(new, sides[1])
    return [Detail(label, *sides)] if any(sides) else []


def _entry_details(section: str, entry_id: str, old: Any, new: Any) -> list[Detail]:
    """Return the changed fields of a tag or vendor; of an added or removed one, what it is and what it executes."""
    if not (isinstance(old, dict) or isinstance(new, dict)):
        return []
    name = (new or old).get("name", entry_id)
    if isinstance(old, dict) and isinstance(new, dict):
        return [_named(name, one) for one in changed_details(old, new)]
    note_before, note_after = (_entry_note(section, side) if isinstance(side, dict) else "" for side in (old, new))
    details = [Detail(with_label(SECTION_WORDS[section], name), note_before, note_after)]
    executed = executed_details(new or old)
    if not new:
        executed = [replace(one, before=one.after, after="") for one in executed]
    return [*details, *(_named(name, one) for one in executed)]


def _named(name: str, detail: Detail) -> Detail:
    return replace(detail, field=with_label(name, detail.field))


def _entry_note(section: str, value: JsonObject) -> str:
    return tag_note(value) if section == "tags" else str(value.get("company", ""))


def _variant_details(name: str, old: Any, new: Any) -> Iterator[Detail]:
    for path, before, after in differing_fields(old or {}, new or {}):
        if path != "id":
            field = gettext("Variant %(variant)s: %(field)s", variant=name.upper(), field=variant_words(path))
            yield Detail(field, value_text(before), value_text(after))


def _text_details(old: JsonObject, new: JsonObject) -> Iterator[Detail]:
    """Yield which languages were added and removed, and the changed texts of each."""
    went, came = (
        [language_words(code) for code in one if code not in other] for one, other in ((old, new), (new, old))
    )
    if went or came:
        yield Detail(str(gettext("Languages")), ", ".join(went), ", ".join(came))
    for code in dict.fromkeys([*old, *new]):
        title = gettext("%(part)s in %(language)s", part=BY_LANGUAGE["words"], language=language_words(code))
        for one in changed_details(old.get(code), new.get(code), text_words):
            yield _named(title, one)


def _nested_details(section: str, label: str, old: Any, new: Any) -> Iterator[Detail]:
    """Yield the differing fields of a setting with several, each after the setting's label."""
    for path, before, after in differing_fields(old or {}, new or {}):
        field = setting_words(section, path)
        yield Detail(with_label(label, field), *sides_in_words(path, before, after))
