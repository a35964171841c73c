"""Drafts with a catalog tag, and the guard for code in them."""

from typing import Any

from consent.classifier.catalog import VENDORS, fill, load_catalog
from consent.sites.custom.code import CodeGuard
from consent.sites.draft import add_tag, new_draft

CATALOG = load_catalog(VENDORS)
GUARD = CodeGuard(CATALOG, b"s" * 32)
ADMIN = "a" * 32


def of_catalog(vendor: str, **parameters: str) -> dict[str, Any]:
    """Return a draft with a vendor's first tag."""
    found = CATALOG.vendor(vendor)
    template = found.tags[0]
    draft = new_draft("shop", ["https://shop.example"])
    return dict(add_tag(draft, found, template.id, fill(template, parameters), parameters))


def analytics() -> dict[str, Any]:
    return of_catalog("google-analytics", measurement_id="G-ABC1234567")
