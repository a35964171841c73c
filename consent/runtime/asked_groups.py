"""Which optional groups a site asks its visitors about: those that it has a use for."""

from functools import cache

from consent.classifier.catalog import VENDORS, load_catalog
from consent.core.documents.config import Config
from consent.core.documents.resolved import Resolved
from consent.core.groups import OPTIONAL

NEVER_HERE = frozenset({"switched_off", "out_of_place", "unclassified", "precise_location"})
"""Why a tag can't run in a place whatever the answer. Tags that wait for a date or page are asked about in advance."""
SALE = "sale_or_share"


def asked_groups(document: Config, resolved: Resolved) -> list[str]:
    """Return, in order, the optional groups to ask a visitor about, where `document` was resolved to `resolved`.

    A group is asked about if one of its tags may run here or the site itself stores something of it. A container may
    load tags of any group, other tools' marks may name any, and an owner may add groups (`overrides.asked_groups`).
    Where refusing advertising also refuses the sale or sharing in other groups, a tag that sells or shares adds
    advertising.
    """
    tags = [tag for tag in resolved["tags"] if tag["hold"] not in NEVER_HERE]
    overrides = document["overrides"]
    if overrides.get("foreign_marks") or any(tag["vendor"] in _containers() for tag in tags):
        return [*OPTIONAL]
    asked = {tag["group"] for tag in tags}
    asked |= {cookie["group"] for cookie in document["cookies"] if cookie["vendor"] is None}
    asked |= set(overrides.get("asked_groups", []))
    if resolved["scope"] == SALE and any(tag["flagged"] for tag in tags):
        asked.add("advertising")
    return [group for group in OPTIONAL if group in asked]


@cache
def _containers() -> frozenset[str]:
    """Return the catalog's vendors whose tags load other vendors' tags."""
    return frozenset(vendor.id for vendor in load_catalog(VENDORS).vendors if vendor.is_container)
