"""Additional hosts of self-hosted products, such as Matomo, taken from the page's own snippet."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from consent.classifier.catalog import Vendor
from consent.core.documents.config import Draft
from consent.core.documents.tags import Load
from consent.core.host_patterns import host_and_path, matches
from consent.sites.cookie_domain import registered_domain
from consent.sites.draft import change_tag
from consent.sites.found_tags import FoundTag
from consent.sites.seen_in_page import is_code_library


def further_hosts(draft: Draft, found_tag: FoundTag, vendor: Vendor) -> tuple[str, ...]:
    """Return a found tag's host unless it is its vendor's, the site's own, or one of the code libraries'."""
    host = host_and_path(found_tag.address)[0]
    names = [urlsplit(origin).hostname or "" for origin in draft["hosts"]]
    is_own = _domain(host) in {_domain(name) for name in names}
    is_known = any(matches(found_tag.address, entry) for entry in vendor.hosts)
    return () if not found_tag.address or is_own or is_known or is_code_library(host) else (host,)


def _domain(host: str) -> str:
    return registered_domain(host) or host


def with_hosts(draft: Draft, tag_id: str, hosts: Iterable[str]) -> Draft:
    """Return `draft` with `hosts` added to those of the snippet of the tag `tag_id`."""
    load = _load(draft, tag_id)
    return change_tag(draft, tag_id, {"load": load | {"hosts": list(dict.fromkeys([*load.get("hosts", ()), *hosts]))}})


def without_hosts(draft: Draft, tag_id: str, hosts: Iterable[str]) -> Draft:
    """Return `draft` with `hosts` removed from those of the snippet of the tag `tag_id`."""
    load = _load(draft, tag_id)
    left = [host for host in load.get("hosts", ()) if host not in set(hosts)]
    load.pop("hosts", None)
    return change_tag(draft, tag_id, {"load": load | {"hosts": left} if left else load})


def _load(draft: Draft, tag_id: str) -> Load:
    return next(tag["load"].copy() for tag in draft["tags"] if tag["id"] == tag_id)
