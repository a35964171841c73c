"""Update a draft's vendors to the current catalog."""

import copy

from consent.core.documents.config import Draft
from consent.core.documents.tags import Tag
from consent.core.documents.vendor_file import VendorDocument
from consent.core.documents.vendors import Cookie
from consent.core.groups import GROUPS, last_group
from consent.sites.draft import site_vendor, vendor_cookies


def renew_vendor(draft: Draft, document: VendorDocument) -> Draft:
    """Return `draft` with a vendor and its cookies from `document`; the vendor's tags may move to a later group.

    A draft without the vendor is returned unchanged.
    """
    own = document["id"]
    if own not in {vendor["id"] for vendor in draft["vendors"]}:
        return draft
    others = [cookie for cookie in draft["cookies"] if cookie["vendor"] != own]
    return with_facts(draft, document, [*others, *vendor_cookies(document)])


def with_facts(draft: Draft, document: VendorDocument, cookies: list[Cookie]) -> Draft:
    """Return `draft` with `cookies` and a vendor from `document`; the vendor's tags may move to a later group.

    The vendor's mounts belong to the site and stay.
    """
    own = document["id"]
    facts = copy.deepcopy(site_vendor(document))
    if mounts := [vendor["mounts"] for vendor in draft["vendors"] if vendor["id"] == own and "mounts" in vendor]:
        facts["mounts"] = mounts[0]
    groups = [cookie["group"] for cookie in cookies if cookie["vendor"] == own]
    return draft | {
        "vendors": [facts if vendor["id"] == own else vendor for vendor in draft["vendors"]],
        "cookies": cookies,
        "tags": [_in_group(tag, groups) if tag["vendor"] == own else tag for tag in draft["tags"]],
    }


def _in_group(tag: Tag, groups: list[str]) -> Tag:
    if tag["group"] not in GROUPS:
        return tag
    group = last_group([tag["group"], *groups])
    return tag | {"group": group, "sale_or_share": tag["sale_or_share"] or group == "advertising"}
