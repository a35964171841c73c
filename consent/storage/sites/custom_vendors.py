"""Queries for a site's custom vendors."""

import json

from sqlalchemy import delete, select, text

from consent.core.documents.vendor_file import VendorDocument
from consent.storage.database.base import Transaction
from consent.storage.tables.sites import CustomVendor

_SAVE = text(
    "INSERT INTO custom_vendor (site_id, vendor, document, changed_by, changed_at)"
    " VALUES (:site_id, :vendor, :document, :by, :at)"
    " ON CONFLICT (site_id, vendor) DO UPDATE SET document = excluded.document,"
    " changed_by = excluded.changed_by, changed_at = excluded.changed_at"
)


def documents(transaction: Transaction, site_id: int) -> list[VendorDocument]:
    """Return a site's custom vendors, ordered by id."""
    query = select(CustomVendor.document).where(CustomVendor.site_id == site_id).order_by(CustomVendor.vendor)
    return [json.loads(body) for body in transaction.execute(query).scalars()]


def save(transaction: Transaction, site_id: int, document: VendorDocument, by: str, at: int) -> None:
    """Save a vendor, replacing an earlier one with its id; `by` is a user's opaque id."""
    body = json.dumps(document, ensure_ascii=False)
    facts = {"site_id": site_id, "vendor": document["id"], "document": body, "by": by, "at": at}
    transaction.execute(_SAVE, facts)


def remove(transaction: Transaction, site_id: int, vendor: str) -> None:
    """Delete a site's custom vendor."""
    transaction.execute(delete(CustomVendor).where(CustomVendor.site_id == site_id, CustomVendor.vendor == vendor))
