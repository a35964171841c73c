"""The changed parts of a draft after a save, small enough for an audit entry."""

from collections.abc import Mapping

from consent.core.documents.config import Draft, SiteFacts
from consent.core.documents.json_object import JsonObject

Parts = dict[str, object]


def changed_parts(before: SiteFacts, after: SiteFacts) -> tuple[Parts, Parts]:
    """Return the parts of `before` that aren't in `after`, and vice versa, by names such as `tags ga4`."""
    old, new = _parts(before), _parts(after)
    if (places := tag_order(before, after)) != (moved := tag_order(after, before)):
        old["order of tags"], new["order of tags"] = places, moved
    return _only_in(old, new), _only_in(new, old)


def tag_order(draft: SiteFacts, other: SiteFacts) -> list[str]:
    """Return the ids of the tags that both drafts have, in the order of `draft`."""
    known = {tag["id"] for tag in other["tags"]}
    return [tag["id"] for tag in draft["tags"] if tag["id"] in known]


def part_names(draft: Draft) -> list[str]:
    """Return the names of all parts of the draft, in its order."""
    return list(_parts(draft))


def unique_name(taken: Mapping[str, object], name: str, entry: JsonObject) -> str:
    """Return `name`, with a cookie's vendor and domain appended if another entry already has that name."""
    return name if name not in taken else f"{name} {entry.get('vendor') or ''} {entry.get('domain') or 'here'}"


def _only_in(one: Parts, other: Parts) -> Parts:
    return {name: value for name, value in one.items() if name not in other or other[name] != value}


def _parts(draft: SiteFacts) -> Parts:
    parts: Parts = {}
    for section, value in draft.items():
        if isinstance(value, dict):
            parts |= {f"{section} {name}": held for name, held in value.items()}
        elif isinstance(value, list) and value and all(isinstance(entry, dict) for entry in value):
            for entry in value:
                parts[unique_name(parts, f"{section} {_name(entry)}", entry)] = entry
        elif value != []:
            parts[section] = value
    return parts


def _name(entry: JsonObject) -> str:
    """Return the name of a list entry; cookies of the same name differ in kind and vendor."""
    return str(entry.get("id") or " ".join(str(entry.get(fact)) for fact in ("name", "kind", "vendor")))
