"""Add custom code tags to a draft: always disabled until an admin approves exactly that code."""

import re
from typing import TypedDict

from consent.core.documents.config import Draft
from consent.core.documents.tags import Load, Tag, TagChange
from consent.core.documents.vendor_file import VendorDocument
from consent.sites.custom.code import code_hash
from consent.sites.draft import change_tag, free_id, set_enabled, with_vendor

TAKEN = ("new", "custom")


class TypedCode(TypedDict):
    """The user's input for a custom code tag; `necessity` is empty unless it is essential."""

    name: str
    template: str
    group: str
    purposes: list[str]
    load: Load
    necessity: str


def add_custom_tag(draft: Draft, document: VendorDocument, facts: TypedCode, *, sale_or_share: bool) -> Draft:
    """Return `draft` with a tag of the vendor that `document` describes, made from the input `facts`."""
    tag: Tag = {
        "id": free_id(draft, _tag_id_for(facts["name"])),
        "vendor": document["id"],
        "enabled": False,
        "exemptions": [],
        "third_party": bool(facts["load"].get("hosts")),
        "limited": None,
        "places": {"only": [], "except": []},
        "pages": {"only": [], "except": []},
        "schedule": {"from": None, "until": None},
        "parameters": {},
        "name": facts["name"],
        "template": facts["template"],
        "group": facts["group"],
        "purposes": facts["purposes"],
        "load": facts["load"],
        "necessity": facts["necessity"],
        "sale_or_share": sale_or_share,
    }
    new = with_vendor(draft, document)
    return new | {"tags": [*new["tags"], tag]}


def change_code(draft: Draft, tag_id: str, facts: TypedCode, *, sale_or_share: bool) -> Draft:
    """Return `draft` with new code in a custom tag; if it differs, the tag is disabled until it is approved again."""
    before = next(tag for tag in draft["tags"] if tag["id"] == tag_id)
    change: TagChange = {
        "name": facts["name"],
        "template": facts["template"],
        "group": facts["group"],
        "purposes": facts["purposes"],
        "load": facts["load"],
        "necessity": facts["necessity"],
        "sale_or_share": sale_or_share,
    }
    new = change_tag(draft, tag_id, change)
    if code_hash(facts["load"]) == code_hash(before["load"]):
        return new
    return set_enabled(new, tag_id, False)


def _tag_id_for(name: str) -> str:
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:50].strip("-")
    return f"{slug}-tag" if slug in TAKEN else slug or "custom-code"
