"""What the catalogue says otherwise of a draft's vendors than the draft, which took their facts when it got their tags."""

import json
import time
from collections import Counter
from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from consent.classify.catalogue import Catalogue, Vendor
from consent.core.groups import OPTIONAL
from consent.core.purposes import key_entry
from consent.core.rules import Rules
from consent.proof.audit import Author
from consent.snapshots.draft import VENDOR_FACTS, Draft, check_draft
from consent.snapshots.draft_parts import changed_parts
from consent.snapshots.draft_vendors import with_facts
from consent.snapshots.owners_cookies import Item, item_of, owners_items
from consent.storage import origins, reviews, sites
from consent.storage.base import Transaction
from consent.storage.reviews import Decided
from consent.storage.sites import FoundSite

FACT_WORDS = {
    "name": "the name",
    "company": "the company",
    "country": "the country",
    "privacy_url": "the privacy page",
    "opt_out_url": "the opt-out page",
    "recipient_kind": "the role",
    "hosts": "hosts",
    "revoke": "the revoke call",
    "consent": "the consent calls",
}


class Newer(NamedTuple):
    """What is newer of a vendor, in words; the names of tags that come into a later group; groups that are asked again."""

    vendor: str
    name: str
    words: str
    moved: list[tuple[str, str]]
    asked: list[str]


def newer_facts(draft: Draft, catalogue: Catalogue, decisions: Iterable[Decided]) -> list[Newer]:
    """Return what `catalogue` says otherwise of the vendors of `draft`, by their order there."""
    owners = owners_items(draft, decisions)
    known = [(vendor, _vendor(catalogue, vendor["id"])) for vendor in draft["vendors"]]
    found = [_newer(draft, before, after.document, owners) for before, after in known if after]
    return [one for one in found if one.words]


def take_newer(draft: Draft, catalogue: Catalogue, decisions: Iterable[Decided], vendors: Collection[str]) -> Draft:
    """Return `draft` with the catalogue's facts of those of its vendors that `vendors` names.

    What the owner has said of a cookie stays, and what the draft names beyond the catalogue.
    """
    owners = owners_items(draft, decisions)
    for vendor in [vendor["id"] for vendor in draft["vendors"] if vendor["id"] in vendors]:
        if found := _vendor(catalogue, vendor):
            draft = _taken(draft, found.document, owners)
    return draft


def renew_draft(
    transaction: Transaction,
    site: FoundSite,
    catalogue: Catalogue,
    vendors: Collection[str],
    by: Author,
    rules: Rules,
) -> None:
    """Save the draft of `site` with the newer facts of `vendors`, and tell the log. Raises DraftError."""
    row, now = sites.read_draft(transaction, site.id), int(time.time())
    before = json.loads(row.text)
    after = take_newer(before, catalogue, reviews.decisions(transaction, site.id), vendors)
    check_draft(after, rules.codes)
    revision = sites.save_draft(transaction, site.id, json.dumps(after, ensure_ascii=False), row.revision)
    parts = changed_parts(before, after)
    origins.edited(transaction, site.id, {*parts[0], *parts[1]}, by.who.id, now)
    by.tell(transaction, site, "draft.changed", f"draft {revision}", *parts, now)


def _vendor(catalogue: Catalogue, vendor: str) -> Vendor | None:
    try:
        return catalogue.vendor(vendor)
    except KeyError:
        return None


def _taken(draft: Draft, document: dict[str, Any], owners: frozenset[Item]) -> Draft:
    own = document["id"]
    left = _by_item(cookie | {"vendor": own} for cookie in document["cookies"] if item_of(cookie) not in owners)
    cookies: list[dict[str, Any]] = []
    for cookie in draft["cookies"]:
        is_told = cookie["vendor"] == own and item_of(cookie) in left
        # As many as there are of one name, each in the place of an older one.
        cookies += left[item_of(cookie)][:1] if is_told else [cookie]
        if is_told:
            del left[item_of(cookie)][:1]
    return with_facts(draft, document, [*cookies, *(cookie for entries in left.values() for cookie in entries)])


def _newer(draft: Draft, vendor: dict[str, Any], document: dict[str, Any], owners: frozenset[Item]) -> Newer:
    after = _taken(draft, document, owners)
    words = [*_cookie_words(draft, after, vendor["id"]), *_fact_words(vendor, document)]
    pairs = zip(draft["tags"], after["tags"], strict=True)
    moved = [(now["name"], now["group"]) for then, now in pairs if then["group"] != now["group"]]
    return Newer(vendor["id"], vendor["name"], ", ".join(words), moved, _asked(draft, after, vendor["id"]))


def _cookie_words(before: Draft, after: Draft, vendor: str) -> list[str]:
    then, now = (_by_item(c for c in draft["cookies"] if c["vendor"] == vendor) for draft in (before, after))
    counts: Counter[tuple[str, str]] = Counter()
    for item, entries in now.items():
        earlier = then.get(item, [])
        if len(entries) != len(earlier) or any(entry not in earlier for entry in entries):
            counts["cookie" if item[0] == "cookie" else "stored item", "changed" if earlier else "added"] += 1
    kinds = [(noun, verb) for verb in ("added", "changed") for noun in ("cookie", "stored item")]
    told = [(counts[kind], *kind) for kind in kinds if counts[kind]]
    return [f"{count} {noun}{'' if count == 1 else 's'} {verb}" for count, noun, verb in told]


def _fact_words(vendor: dict[str, Any], document: dict[str, Any]) -> list[str]:
    changed = [fact for fact in VENDOR_FACTS if (vendor.get(fact) or None) != (document.get(fact) or None)]
    return [f"{FACT_WORDS[fact]} changed" for fact in changed]


def _asked(before: Draft, after: Draft, vendor: str) -> list[str]:
    """Return the groups of which a grant before does not cover the vendor's tags after, as the decision sees it."""
    if after["overrides"]["ask_for_new_vendors"] != "now":
        return []
    entries = {group: key_entry(before["tags"], before["cookies"], group) for group in OPTIONAL}
    tags = [tag for tag in after["tags"] if tag["vendor"] == vendor and tag["enabled"] and tag["group"] in OPTIONAL]
    asked = {tag["group"] for tag in tags if not _is_covered(tag, entries[tag["group"]])}
    return [group for group in OPTIONAL if group in asked]


def _is_covered(tag: dict[str, Any], entry: dict[str, Any]) -> bool:
    return tag["vendor"] in entry["vendors"] and set(tag["purposes"]) <= set(entry["purposes"])


def _by_item(cookies: Iterable[dict[str, Any]]) -> dict[Item, list[dict[str, Any]]]:
    """Return the entries by what names them: a vendor may have one name on its host and on the site's."""
    found: dict[Item, list[dict[str, Any]]] = {}
    for cookie in cookies:
        found.setdefault(item_of(cookie), []).append(cookie)
    return found
