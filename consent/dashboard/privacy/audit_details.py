"""The values of an audit entry before and after, in words: each field with the tag, vendor or setting it belongs to."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
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
    SETTING_WORDS,
    WHOLE,
    field_label,
    nested_words,
    part_words,
    setting_words,
    text_words,
    variant_words,
)
from consent.dashboard.frame.labels import (
    CAUSE_WORDS,
    GROUP_WORDS,
    LAYOUT_WORDS,
    LEVEL_WORDS,
    MARK_WORDS,
    OUTCOME_WORDS,
    REQUEST_WORDS,
    ROLE_WORDS,
)
from consent.dashboard.frame.locale import Labels, language_words, moment, place_words, translated, with_label

ORDER = "order of tags"
ENTRY_WORDS = Labels(
    {
        "account_months": "Months until an unused account is deleted",
        "ack": "Requires confirmation",
        "acknowledged": "Confirmed events",
        "active": "May sign in",
        "adapter": "Kind of receiver",
        "address": "Address",
        "alarms": "Alarms",
        "always": "Every publish needs a second user",
        "asked": "Page views that asked",
        "asked_by": "Requested by",
        "banner_sha256": "SHA-256 of the banner",
        "blocks_publishing": "Open leaks block publishing",
        "bytes": "Bytes",
        "config": "Version",
        "cookies": "Cookies",
        "copy_of": "Copied from",
        "counts_from": "Smallest count shown",
        "data_categories": "Categories of data",
        "date": "Date",
        "day": "Day",
        "days": "Days between scans",
        "dead": "Failed events",
        "delivered": "Delivered events",
        "due": "Due",
        "events": "Events",
        "expires_at": "Expires",
        "extended": "Extended",
        "filters": "Filters",
        "format": "Format",
        "from": "From",
        "from_n": "First event",
        "grants": "Withdrawn grants",
        "groups": "Groups",
        "hour": "Hour",
        "id": "ID",
        "kept_months": "Months kept",
        "kid": "Key ID",
        "kind": "Kind",
        "knows_accounts": "Send account IDs",
        "language": "Language",
        "law": "Law",
        "leaked": "The key was leaked",
        "mapping": "Mapping",
        "months": "Months after expiry or withdrawal",
        "number": "Key number",
        "outcome": "Outcome",
        "pages": "Pages",
        "passkey": "Passkey",
        "passkeys": "Passkeys",
        "place": "Place",
        "prunes_itself": "Delete automatically",
        "realm": "Shared accounts",
        "reason": "Reason",
        "receipts": "Receipts",
        "received": "Received",
        "receiver": "Receiver",
        "regions": "As visitors from",
        "role": "Role",
        "root": "Root hash",
        "sampled_one_in": "Sampled: one page view in",
        "scans.finished": "Finished scans",
        "scans.open_leaks": "Open leaks",
        "scopes": "Scopes",
        "sections": "Parts",
        "sessions": "Ended sessions",
        "settings": "Settings",
        "sha256": "SHA-256",
        "signature": "Signature",
        "sites": "Sites",
        "sources": "Sources",
        "state": "State",
        "subjects": "Accounts",
        "tags": "Tags",
        "to": "To",
        "to_n": "Last event",
        "tool": "Tool",
        "url": "First page",
        "use": "Use of the key",
        "views": "Page views",
        "weekly": "Weekly summary",
    }
)
"""By field of an entry on anything but the draft."""
RECEIVER_STATE_WORDS = Labels({"on": "on", "paused": "paused", "gone": "no longer there"})
VALUE_WORDS: dict[str, tuple[Labels, ...]] = {
    "cause": (CAUSE_WORDS,),
    "kind": (REQUEST_WORDS, MARK_WORDS),
    "level": (LEVEL_WORDS,),
    "outcome": (OUTCOME_WORDS,),
    "role": (ROLE_WORDS,),
    "state": (RECEIVER_STATE_WORDS,),
}
"""Labels of the values, by field of an entry on anything but the draft."""
SEARCHED = (GROUP_WORDS, *(labels for name, tables in VALUE_WORDS.items() if name != "state" for labels in tables))
"""Labels of values that a search finds. The codes of receivers' states are too short: half of all words have them."""
NUMBERED = Labels(
    {
        "draft": "draft %(number)s",
        "version": "version %(number)s",
        "scan": "scan %(number)s",
        "request": "request %(number)s",
        "run": "run %(number)s",
        "export": "export %(number)s",
        "evidence": "evidence of %(number)s",
        "host": "host %(number)s",
        "until": "until %(number)s",
    }
)
"""By the word with which the log begins a subject."""


def audit_details(before: Any, after: Any, names: Mapping[str, str]) -> list[Detail]:
    """Return the differences between an entry's values; `names` has the names of the site's tags by id."""
    old, new = (side if isinstance(side, dict) else {} for side in (before, after))
    parts = sorted(filter(_is_part, dict.fromkeys([*old, *new])), key=lambda part: not part.startswith("tags "))
    cookies = [part for part in parts if part.startswith("cookies ") and not (part in old and part in new)]
    found = [
        one for part in parts if part not in cookies for one in _part_details(part, old.get(part), new.get(part), names)
    ]
    found += _cookie_details([part for part in cookies if part in old], [part for part in cookies if part in new])
    old, new = (
        {name: _entry_value(name, value) for name, value in side.items() if name not in parts} for side in (old, new)
    )
    return [*found, *changed_details(old, new, entry_label)]


def audit_subject(subject: str) -> str:
    """Return what an entry is about, such as `draft 3`, in the language of the page."""
    kind, _, number = subject.partition(" ")
    if kind not in NUMBERED or not number:
        return str(translated(subject))
    with suppress(ValueError):
        number = moment(int(datetime.fromisoformat(number).timestamp())) if kind == "until" else number
    return NUMBERED[kind] % {"number": number}


def shown_values() -> list[tuple[str, str]]:
    """Return the values that pages show by a label, each with its label in the language of the page."""
    return [(value, label) for labels in SEARCHED for value, label in labels.items()]


def entry_label(path: str) -> str:
    """Return the label of a field of an entry on anything but the draft, such as `look.accent` of a group."""
    section, _, name = path.partition(".")
    label = ENTRY_WORDS.get(path)
    if label or not name:
        return label or field_label(path)
    if section in SETTING_WORDS:
        return with_label(SECTION_WORDS[section], setting_words(section, name.partition(".")[0]))
    outer = ENTRY_WORDS.get(section) or SECTION_WORDS.get(section)
    return with_label(outer, name) if outer else field_label(path)


def _entry_value(name: str, value: Any) -> Any:
    """Return a value in words if its field has any."""
    if not isinstance(value, str):
        return value
    if name == "place" and value:
        return place_words(value)
    return next((words[value] for words in VALUE_WORDS.get(name, ()) if value in words), value)


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
        return list(_nested_details(part, label, old, new))
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


def _nested_details(part: str, label: str, old: Any, new: Any) -> Iterator[Detail]:
    """Yield the differing fields of a setting with several, each after the setting's label."""
    section, _, setting = part.partition(" ")
    for path, before, after in differing_fields(old or {}, new or {}):
        field = nested_words(setting, path) or setting_words(section, path)
        yield Detail(with_label(label, field), *sides_in_words(path, before, after))
