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
    facts = {fact: copy.deepcopy(document[fact]) for fact in VENDOR_FACTS if fact in document}
    cookies = [{**cookie, "vendor": own} for cookie in document["cookies"]]
    groups = [cookie["group"] for cookie in cookies]
    return draft | {
        "vendors": [facts if vendor["id"] == own else vendor for vendor in draft["vendors"]],
        "cookies": [*(cookie for cookie in draft["cookies"] if cookie["vendor"] != own), *cookies],
        "tags": [_in_group(tag, groups) if tag["vendor"] == own else tag for tag in draft["tags"]],
    }


def _in_group(tag: dict[str, Any], groups: list[str]) -> dict[str, Any]:
    if tag["group"] not in GROUPS:
        return tag
    group = last_group([tag["group"], *groups])
    return tag | {"group": group, "sale_or_share": tag["sale_or_share"] or group == "advertising"}
