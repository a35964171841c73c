"""Vendors that a site described by itself, beside the catalogue that is shipped."""

import json
from typing import Any

from sqlalchemy import delete, select, text

from consent.storage.base import Transaction
from consent.storage.vendor_models import OwnVendor

_SAVE = text(
    "INSERT INTO own_vendor (site_id, vendor, document, changed_by, changed_at)"
    " VALUES (:site_id, :vendor, :document, :by, :at)"
    " ON CONFLICT (site_id, vendor) DO UPDATE SET document = excluded.document,"
    " changed_by = excluded.changed_by, changed_at = excluded.changed_at"
)


def documents(transaction: Transaction, site_id: int) -> list[dict[str, Any]]:
    """Return the vendors of a site, by id."""
    query = select(OwnVendor.document).where(OwnVendor.site_id == site_id).order_by(OwnVendor.vendor)
    return [json.loads(body) for body in transaction.execute(query).scalars()]


def save(transaction: Transaction, site_id: int, document: dict[str, Any], by: str, at: int) -> None:
    """Keep a vendor in place of an earlier one of its id; `by` is the opaque id of a person."""
    body = json.dumps(document, ensure_ascii=False)
    facts = {"site_id": site_id, "vendor": document["id"], "document": body, "by": by, "at": at}
    transaction.execute(_SAVE, facts)


def remove(transaction: Transaction, site_id: int, vendor: str) -> None:
    """Forget a vendor of a site."""
    transaction.execute(delete(OwnVendor).where(OwnVendor.site_id == site_id, OwnVendor.vendor == vendor))
