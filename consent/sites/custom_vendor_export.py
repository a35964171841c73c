"""Custom vendors as a section of a site's config file, so that they travel with a draft."""

from typing import Any, NotRequired

from consent.classifier.catalogue import Catalogue, document_errors
from consent.classifier.vendor import new_vendor
from consent.core.documents.config import Draft
from consent.core.documents.vendor_file import VendorDocument
from consent.core.translatable import translatable
from consent.log.audit_author import Author
from consent.storage.database.base import Transaction
from consent.storage.sites import custom_vendors
from consent.storage.sites.sites import SiteRow

SECTION = "own_vendors"
PREFIX = "own-"
"""How the ids of such vendors begin, so that no vendor of a later catalogue has the same."""


def with_own(transaction: Transaction, site_id: int, shipped: Catalogue) -> Catalogue:
    """Return the vendors that tags of a site can be of: those that are shipped, and its own."""
    own = [new_vendor(document) for document in custom_vendors.documents(transaction, site_id)]
    if not own:
        return shipped
    return Catalogue(tuple(sorted((*shipped.vendors, *own), key=lambda vendor: vendor.name.lower())))


class DraftFile(Draft):
    """A draft with the site's own vendors beside it, as a file holds it."""

    own_vendors: NotRequired[list[VendorDocument]]


def with_custom_vendors(transaction: Transaction, site_id: int, draft: Draft) -> Draft:
    """Return `draft` with the site's own vendors beside it; as it is where there are none."""
    documents = custom_vendors.documents(transaction, site_id)
    if not documents:
        return draft
    file: DraftFile = {**draft, "own_vendors": documents}
    return file


def section_errors(documents: Any) -> dict[str, str]:
    """Return a sentence for each error of the section, by its path."""
    if not isinstance(documents, list):
        return {SECTION: translatable("This is a list of vendors.")}
    errors: dict[str, str] = {}
    seen = set[str]()
    for number, document in enumerate(documents):
        path = f"{SECTION}.{number}"
        if not isinstance(document, dict):
            errors[path] = translatable("This is not a vendor.")
            continue
        problems = document_errors(document)
        errors |= {f"{path}.{field}" if field else path: sentence for field, sentence in problems.items()}
        own = document.get("id")
        if not problems and (not document["id"].startswith(PREFIX) or own in seen):
            errors[f"{path}.id"] = translatable(f"An id of an own vendor begins with {PREFIX} and is there once.")
        if not problems and any(tag["load"]["type"] != "marked" or tag["parameters"] for tag in document["tags"]):
            errors[f"{path}.tags"] = translatable(
                "A vendor of the site's own brings no code: its tags are marked in the page."
            )
        seen.add(str(own))
    return errors


def carry(
    transaction: Transaction, site: SiteRow, carried: list[VendorDocument], draft: Draft, by: Author, now: int
) -> None:
    """Replace the custom vendors of a site by those of a file, and log it; one that `draft` has a tag of stays."""
    before = {document["id"]: document for document in custom_vendors.documents(transaction, site.id)}
    after = {document["id"]: document for document in carried}
    for own, document in after.items():
        if before.get(own) != document:
            custom_vendors.save(transaction, site.id, document, by.who.id, now)
            by.record(transaction, site, "custom_vendor.saved", own, before.get(own), document, now)
    for own in before.keys() - after.keys() - {tag["vendor"] for tag in draft["tags"]}:
        custom_vendors.remove(transaction, site.id, own)
        by.record(transaction, site, "custom_vendor.deleted", own, before[own], None, now)
