"""Tags whose snippet is in the page: blocked and released there, not loaded by the service."""

import copy

from consent.core.documents.config import Draft, SiteFacts
from consent.core.documents.tags import Tag, TagChange
from consent.core.documents.vendors import SiteVendor
from consent.sites.custom.code import MARKED, is_custom, load_of
from consent.sites.draft import change_tag
from consent.sites.own_host.mounts import mount_entries


def is_loaded_by_service(tag: Tag) -> bool:
    """Return whether the service loads `tag`: it is enabled, and its snippet isn't in the page."""
    return bool(tag["enabled"]) and load_of(tag)["type"] != MARKED


def hosts_of(document: SiteFacts, vendor: SiteVendor) -> list[str]:
    """Return the hosts of a `vendor` in a draft or config, with its mounts and the hosts in its tags.

    A self-hosted product such as Matomo is on a host that the page's own snippet names or that a user typed. Hosts in
    custom code are part of its approval and belong to no vendor.
    """
    tags = [tag for tag in document["tags"] if tag["vendor"] == vendor["id"]]
    own = [
        host
        for tag in tags
        if load_of(tag)["type"] == MARKED or not is_custom(tag)
        for host in tag["load"].get("hosts", ())
    ]
    return list(dict.fromkeys([*vendor["hosts"], *own, *mount_entries(document, vendor)]))


def set_in_page(draft: Draft, tag_id: str, in_page: bool, facts: TagChange | None = None) -> Draft:
    """Return `draft` with the tag `tag_id` taken from the page or loaded by the service, and with `facts` in it.

    A tag that isn't in the page has no such field, as in configs from before the field existed. Raises KeyError.
    """
    new = change_tag(draft, tag_id, copy.deepcopy(facts or {}) | {"in_page": True})
    if not in_page:
        next(tag for tag in new["tags"] if tag["id"] == tag_id).pop("in_page")
    return new
