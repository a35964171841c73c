"""Custom code put into a draft: always off, until an admin approves the very code that is there."""

import re
from typing import Any

from consent.snapshots.custom import code_hash
from consent.snapshots.draft import Draft, change_tag, free_id, with_vendor

TAKEN = ("new", "custom")


def add_custom_tag(draft: Draft, document: dict[str, Any], facts: dict[str, Any]) -> Draft:
    """Return `draft` with a tag of the vendor that `document` describes; `facts` are what was typed."""
    tag = {
        "id": free_id(draft, _id_of(facts["name"])),
        "vendor": document["id"],
        "enabled": False,
        "exemptions": [],
        "third_party": bool(facts["load"]["hosts"]),
        "limited": None,
        "places": {"only": [], "except": []},
        "pages": {"only": [], "except": []},
        "schedule": {"from": None, "until": None},
        "parameters": {},
        **facts,
    }
    new = with_vendor(draft, document)
    return new | {"tags": [*new["tags"], tag]}


def change_code(draft: Draft, tag_id: str, facts: dict[str, Any]) -> Draft:
    """Return `draft` with other code in a custom tag: where it differs, the tag is off and its approval gone."""
    before = next(tag for tag in draft["tags"] if tag["id"] == tag_id)
    new = change_tag(draft, tag_id, facts)
    if code_hash(facts["load"]) == code_hash(before["load"]):
        return new
    tags = [_unapproved(tag) if tag["id"] == tag_id else tag for tag in new["tags"]]
    return new | {"tags": tags}


def approve(draft: Draft, tag_id: str, by: str, at: int) -> Draft:
    """Return `draft` with the code of a custom tag approved by the person `by`, an opaque id, at `at`, unix seconds."""
    tag = next(tag for tag in draft["tags"] if tag["id"] == tag_id)
    return change_tag(draft, tag_id, {"approved": {"code": code_hash(tag["load"]), "by": by, "at": at}})


def _unapproved(tag: dict[str, Any]) -> dict[str, Any]:
    return {fact: value for fact, value in tag.items() if fact != "approved"} | {"enabled": False}


def _id_of(name: str) -> str:
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:50].strip("-")
    return f"{slug}-tag" if slug in TAKEN else slug or "custom-code"
