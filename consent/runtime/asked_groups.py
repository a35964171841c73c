"""Which optional groups a site asks its visitors for: those in which it has something to ask about."""

from functools import cache

from consent.classifier.catalogue import VENDORS, load_catalogue
from consent.core.documents.config import Config
from consent.core.documents.resolved import Resolved
from consent.core.groups import OPTIONAL

NEVER_HERE = frozenset({"switched_off", "out_of_place", "unclassified", "precise_location"})
"""Why a tag cannot run in a place whatever is answered; one that waits for its day or page is asked for ahead."""
SALE = "sale_or_share"


def asked_groups(document: Config, resolved: Resolved) -> list[str]:
    """Return the optional groups, in their order, that a visitor is asked for where `document` came to `resolved`.

    A group is asked for where a tag of it may run here or the site itself keeps something of it. A container may load
    tags of any group, marks of other tools may name any, and an owner may have further ones asked for
    (`overrides.asked_groups`). Where refusing advertising also refuses what is sold or shared in other groups, such a tag
    asks for advertising too.
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
    """Return the vendors of the catalogue whose tags load tags of others."""
    return frozenset(vendor.id for vendor in load_catalogue(VENDORS).vendors if vendor.is_container)
