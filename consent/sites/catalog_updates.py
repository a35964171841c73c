"""Differences between a draft's vendor facts and the current catalog, and how to apply them.

A draft copies a vendor's facts when it gets the vendor's tag.
"""

import json
import time
from collections import Counter
from collections.abc import Collection, Iterable
from typing import NamedTuple

from consent.classifier.catalog import Catalog, Vendor
from consent.core.documents.config import Draft, PurposeKey
from consent.core.documents.json_object import JsonObject
from consent.core.documents.tags import Tag
from consent.core.documents.vendor_file import VendorDocument
from consent.core.documents.vendors import Cookie, SiteVendor
from consent.core.groups import OPTIONAL
from consent.core.purposes import key_entry
from consent.core.rules import Rules
from consent.core.translatable import translatable
from consent.log.audit_author import Author
from consent.sites.custom.cookies import Item, item_of, owners_items
from consent.sites.draft import check_draft, site_vendor, vendor_cookies
from consent.sites.draft_changes import changed_parts
from consent.sites.draft_vendors import with_facts
from consent.storage.database.base import Transaction
from consent.storage.scans import reviews
from consent.storage.scans.reviews import Decided
from consent.storage.sites import draft_origins, sites
from consent.storage.sites.sites import SiteRow

FACT_WORDS = {
    "name": translatable("the name changed"),
    "company": translatable("the company changed"),
    "country": translatable("the country changed"),
    "privacy_url": translatable("the privacy page changed"),
    "opt_out_url": translatable("the opt-out page changed"),
    "recipient_kind": translatable("the role changed"),
    "hosts": translatable("hosts changed"),
    "revoke": translatable("the revoke call changed"),
    "consent": translatable("the consent calls changed"),
}


class CatalogUpdate(NamedTuple):
    """A vendor's newer facts in words, its tags that move to a later group (name, group), and groups to ask again."""

    vendor: str
    name: str
    words: str
    moved: list[tuple[str, str]]
    reprompted: list[str]


def newer_facts(draft: Draft, catalog: Catalog, decisions: Iterable[Decided]) -> list[CatalogUpdate]:
    """Return the differences between `catalog` and the vendors of `draft`, in the draft's order."""
    owners = owners_items(draft, decisions)
    known = [(vendor, _vendor(catalog, vendor["id"])) for vendor in draft["vendors"]]
    updates = [_update_of(draft, before, after.document, owners) for before, after in known if after]
    return [one for one in updates if one.words]


def take_newer(draft: Draft, catalog: Catalog, decisions: Iterable[Decided], vendors: Collection[str]) -> Draft:
    """Return `draft` with the catalog's facts for those of its vendors that are in `vendors`.

    The owner's decisions about cookies stay, as does anything that the draft has beyond the catalog.
    """
    owners = owners_items(draft, decisions)
    for vendor in [vendor["id"] for vendor in draft["vendors"] if vendor["id"] in vendors]:
        if newer := _vendor(catalog, vendor):
            draft = _updated(draft, newer.document, owners)
    return draft


def renew_draft(
    transaction: Transaction,
    site: SiteRow,
    catalog: Catalog,
    vendors: Collection[str],
    by: Author,
    rules: Rules,
) -> None:
    """Save the site's draft with the newer facts of `vendors`, and write the audit entry. Raises DraftError."""
    row, now = sites.read_draft(transaction, site.id), int(time.time())
    before = json.loads(row.text)
    after = take_newer(before, catalog, reviews.decisions(transaction, site.id), vendors)
    check_draft(after, rules.codes)
    revision = sites.save_draft(transaction, site.id, json.dumps(after, ensure_ascii=False), row.revision)
    parts = changed_parts(before, after)
    draft_origins.edited(transaction, site.id, {*parts[0], *parts[1]}, by.who.id, now)
    by.record(transaction, site, "draft.changed", f"draft {revision}", *parts, now)


def _vendor(catalog: Catalog, vendor: str) -> Vendor | None:
    try:
        return catalog.vendor(vendor)
    except KeyError:
        return None


def _updated(draft: Draft, document: VendorDocument, owners: frozenset[Item]) -> Draft:
    own = document["id"]
    unplaced = _by_item(cookie for cookie in vendor_cookies(document) if item_of(cookie) not in owners)
    cookies: list[Cookie] = []
    for cookie in draft["cookies"]:
        is_reported = cookie["vendor"] == own and item_of(cookie) in unplaced
        # Several entries can have one name; each replaces one older entry.
        cookies += unplaced[item_of(cookie)][:1] if is_reported else [cookie]
        if is_reported:
            del unplaced[item_of(cookie)][:1]
    return with_facts(draft, document, [*cookies, *(cookie for entries in unplaced.values() for cookie in entries)])


def _update_of(draft: Draft, vendor: SiteVendor, document: VendorDocument, owners: frozenset[Item]) -> CatalogUpdate:
    after = _updated(draft, document, owners)
    words = [*_cookie_words(draft, after, vendor["id"]), *_fact_words(vendor, document)]
    pairs = zip(draft["tags"], after["tags"], strict=True)
    moved = [(now["name"], now["group"]) for then, now in pairs if then["group"] != now["group"]]
    return CatalogUpdate(
        vendor["id"], vendor["name"], ", ".join(words), moved, _groups_to_reprompt(draft, after, vendor["id"])
    )


def _cookie_words(before: Draft, after: Draft, vendor: str) -> list[str]:
    then, now = (_by_item(c for c in draft["cookies"] if c["vendor"] == vendor) for draft in (before, after))
    counts: Counter[tuple[str, str]] = Counter()
    for item, entries in now.items():
        earlier = then.get(item, [])
        if len(entries) != len(earlier) or any(entry not in earlier for entry in entries):
            counts["cookie" if item[0] == "cookie" else "stored item", "changed" if earlier else "added"] += 1
    kinds = [(noun, verb) for verb in ("added", "changed") for noun in ("cookie", "stored item")]
    counted = [(counts[kind], *kind) for kind in kinds if counts[kind]]
    return [_counted(count, noun, verb) for count, noun, verb in counted]


def _counted(count: int, noun: str, verb: str) -> str:
    one = {
        ("cookie", "added"): translatable("1 cookie added"),
        ("cookie", "changed"): translatable("1 cookie changed"),
        ("stored item", "added"): translatable("1 stored item added"),
        ("stored item", "changed"): translatable("1 stored item changed"),
    }
    more = {
        ("cookie", "added"): translatable(f"{count} cookies added"),
        ("cookie", "changed"): translatable(f"{count} cookies changed"),
        ("stored item", "added"): translatable(f"{count} stored items added"),
        ("stored item", "changed"): translatable(f"{count} stored items changed"),
    }
    return (one if count == 1 else more)[noun, verb]


def _fact_words(vendor: SiteVendor, document: VendorDocument) -> list[str]:
    before: JsonObject = site_vendor(vendor)
    after: JsonObject = site_vendor(document)
    changed = [fact for fact in FACT_WORDS if (before.get(fact) or None) != (after.get(fact) or None)]
    return [FACT_WORDS[fact] for fact in changed]


def _groups_to_reprompt(before: Draft, after: Draft, vendor: str) -> list[str]:
    """Return the groups in which an earlier grant doesn't cover the vendor's tags after the update, as `decide` sees it."""
    if after["overrides"]["ask_for_new_vendors"] != "now":
        return []
    entries = {group: key_entry(before["tags"], before["cookies"], group) for group in OPTIONAL}
    tags = [tag for tag in after["tags"] if tag["vendor"] == vendor and tag["enabled"] and tag["group"] in OPTIONAL]
    groups = {tag["group"] for tag in tags if not _is_covered(tag, entries[tag["group"]])}
    return [group for group in OPTIONAL if group in groups]


def _is_covered(tag: Tag, entry: PurposeKey) -> bool:
    return tag["vendor"] in entry["vendors"] and set(tag["purposes"]) <= set(entry["purposes"])


def _by_item(cookies: Iterable[Cookie]) -> dict[Item, list[Cookie]]:
    """Return the entries by item; a vendor may use the same name on its own host and on the site's."""
    by_item: dict[Item, list[Cookie]] = {}
    for cookie in cookies:
        by_item.setdefault(item_of(cookie), []).append(cookie)
    return by_item
