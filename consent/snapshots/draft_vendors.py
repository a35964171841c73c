"""The vendors of a draft: as the catalogue has them now."""

import copy
from typing import Any

from consent.core.groups import GROUPS, last_group
from consent.snapshots.draft import VENDOR_FACTS, Draft


def renew_vendor(draft: Draft, document: dict[str, Any]) -> Draft:
    """Return `draft` with a vendor and its cookies as `document` has them; its tags follow into a later group.

    A draft without the vendor stays as it is.
    """
    own = document["id"]
    if own not in {vendor["id"] for vendor in draft["vendors"]}:
        return draft
    others = [cookie for cookie in draft["cookies"] if cookie["vendor"] != own]
    return with_facts(draft, document, [*others, *({**cookie, "vendor": own} for cookie in document["cookies"])])


def with_facts(draft: Draft, document: dict[str, Any], cookies: list[dict[str, Any]]) -> Draft:
    """Return `draft` with these `cookies` and a vendor as `document` has it; its tags follow into a later group."""
    own = document["id"]
    facts = {fact: copy.deepcopy(document[fact]) for fact in VENDOR_FACTS if fact in document}
    groups = [cookie["group"] for cookie in cookies if cookie["vendor"] == own]
    return draft | {
        "vendors": [facts if vendor["id"] == own else vendor for vendor in draft["vendors"]],
        "cookies": cookies,
        "tags": [_in_group(tag, groups) if tag["vendor"] == own else tag for tag in draft["tags"]],
    }


def _in_group(tag: dict[str, Any], groups: list[str]) -> dict[str, Any]:
    if tag["group"] not in GROUPS:
        return tag
    group = last_group([tag["group"], *groups])
    return tag | {"group": group, "sale_or_share": tag["sale_or_share"] or group == "advertising"}
