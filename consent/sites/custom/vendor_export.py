"""Custom vendors as a section of a site's config file, so that they move along with a draft."""

from typing import Any, NotRequired

from consent.classifier.catalog import Catalog, document_errors
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
"""Prefix of custom vendor ids, so that no vendor of a later catalog has the same id."""


def site_catalog(transaction: Transaction, site_id: int, shipped: Catalog) -> Catalog:
    """Return the vendors available for a site's tags: the shipped ones and the site's own."""
    own = [new_vendor(document) for document in custom_vendors.documents(transaction, site_id)]
    if not own:
        return shipped
    return Catalog(tuple(sorted((*shipped.vendors, *own), key=lambda vendor: vendor.name.lower())))


class DraftFile(Draft):
    """A draft in a file, together with the site's own vendors."""

    own_vendors: NotRequired[list[VendorDocument]]


def with_custom_vendors(transaction: Transaction, site_id: int, draft: Draft) -> Draft:
    """Return `draft` with the site's own vendors added, or unchanged if there are none."""
    documents = custom_vendors.documents(transaction, site_id)
    if not documents:
        return draft
    file: DraftFile = {**draft, "own_vendors": documents}
    return file


def section_errors(documents: Any) -> dict[str, str]:
    """Return a sentence for each error in the section, by its path."""
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
            errors[f"{path}.id"] = translatable(
                f"The ID of a vendor of your own must begin with {PREFIX} and be unique."
            )
        if not problems and any(tag["load"]["type"] != "marked" or tag["parameters"] for tag in document["tags"]):
            errors[f"{path}.tags"] = translatable("A vendor of your own has no code: its tags are marked in the page.")
        seen.add(str(own))
    return errors


def replace_custom_vendors(
    transaction: Transaction, site: SiteRow, carried: list[VendorDocument], draft: Draft, by: Author, now: int
) -> None:
    """Replace a site's custom vendors by those from a file, and log it; a vendor with a tag in `draft` stays."""
    before = {document["id"]: document for document in custom_vendors.documents(transaction, site.id)}
    after = {document["id"]: document for document in carried}
    for own, document in after.items():
        if before.get(own) != document:
            custom_vendors.save(transaction, site.id, document, by.who.id, now)
            by.record(transaction, site, "custom_vendor.saved", own, before.get(own), document, now)
    for own in before.keys() - after.keys() - {tag["vendor"] for tag in draft["tags"]}:
        custom_vendors.remove(transaction, site.id, own)
        by.record(transaction, site, "custom_vendor.deleted", own, before[own], None, now)
