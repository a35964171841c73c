"""The vendors that a site described by itself, as a section of its file: what a draft only names travels with it."""

from typing import Any

from consent.classify.catalogue import document_faults
from consent.proof.audit import Author
from consent.snapshots.draft import Draft
from consent.storage import own_vendors
from consent.storage.base import Transaction
from consent.storage.sites import FoundSite

SECTION = "own_vendors"
PREFIX = "own-"
"""How the ids of such vendors begin, so that no vendor of a later catalogue has the same."""


def with_own_vendors(transaction: Transaction, site_id: int, draft: Draft) -> Draft:
    """Return `draft` with the site's own vendors beside it; as it is where there are none."""
    documents = own_vendors.documents(transaction, site_id)
    return draft | {SECTION: documents} if documents else draft


def carried_faults(documents: Any) -> dict[str, str]:
    """Return a sentence for each fault of the section, by its path."""
    if not isinstance(documents, list):
        return {SECTION: "This is a list of vendors."}
    faults: dict[str, str] = {}
    seen = set[str]()
    for number, document in enumerate(documents):
        path = f"{SECTION}.{number}"
        if not isinstance(document, dict):
            faults[path] = "This is no vendor."
            continue
        found = document_faults(document)
        faults |= {f"{path}.{field}" if field else path: sentence for field, sentence in found.items()}
        own = document.get("id")
        if not found and (not document["id"].startswith(PREFIX) or own in seen):
            faults[f"{path}.id"] = f"An id of an own vendor begins with {PREFIX} and is there once."
        if not found and any(tag["load"]["type"] != "marked" or tag["parameters"] for tag in document["tags"]):
            faults[f"{path}.tags"] = "A vendor of the site's own brings no code: its tags are marked in the page."
        seen.add(str(own))
    return faults


def carry(transaction: Transaction, site: FoundSite, carried: list[Any], draft: Draft, by: Author, now: int) -> None:
    """Have the site's own vendors be those of a file, and tell the log; one that `draft` has a tag of stays."""
    before = {document["id"]: document for document in own_vendors.documents(transaction, site.id)}
    after = {document["id"]: document for document in carried}
    for own, document in after.items():
        if before.get(own) != document:
            own_vendors.save(transaction, site.id, document, by.who.id, now)
            by.tell(transaction, site, "vendor.described", own, before.get(own), document, now)
    for own in before.keys() - after.keys() - {tag["vendor"] for tag in draft["tags"]}:
        own_vendors.remove(transaction, site.id, own)
        by.tell(transaction, site, "vendor.removed", own, before[own], None, now)
