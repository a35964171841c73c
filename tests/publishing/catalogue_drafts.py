"""Drafts with a catalogue tag, and the guard for code in them."""

from typing import Any

from consent.classifier.catalogue import VENDORS, fill, load_catalogue
from consent.sites.custom_code import CodeGuard
from consent.sites.draft import add_tag, new_draft

CATALOGUE = load_catalogue(VENDORS)
GUARD = CodeGuard(CATALOGUE, b"s" * 32)
ADMIN = "a" * 32


def of_catalogue(vendor: str, **parameters: str) -> dict[str, Any]:
    """Return a draft with a vendor's first tag."""
    found = CATALOGUE.vendor(vendor)
    template = found.tags[0]
    draft = new_draft("shop", ["https://shop.example"])
    return dict(add_tag(draft, found, template.id, fill(template, parameters), parameters))


def analytics() -> dict[str, Any]:
    return of_catalogue("google-analytics", measurement_id="G-ABC1234567")
