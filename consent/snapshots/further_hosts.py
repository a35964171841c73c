"""Where the page's own snippet loads a product from that its owner runs elsewhere than its vendor does, such as Matomo."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from consent.classify.catalogue import Vendor
from consent.core.addresses import host_and_path, matches
from consent.snapshots.cookie_reach import registered_domain
from consent.snapshots.draft import Draft, change_tag
from consent.snapshots.found_tags import FoundTag
from consent.snapshots.seen_in_page import is_code_library


def further_hosts(draft: Draft, found: FoundTag, vendor: Vendor) -> tuple[str, ...]:
    """Return the host of a found tag that is neither one of its vendor nor the site's own, nor one of code libraries."""
    host = host_and_path(found.address)[0]
    names = [urlsplit(origin).hostname or "" for origin in draft["hosts"]]
    is_own = _domain(host) in {_domain(name) for name in names}
    is_known = any(matches(found.address, entry) for entry in vendor.hosts)
    return () if not found.address or is_own or is_known or is_code_library(host) else (host,)


def _domain(host: str) -> str:
    return registered_domain(host) or host


def with_hosts(draft: Draft, tag_id: str, hosts: Iterable[str]) -> Draft:
    """Return `draft` with the snippet of the tag `tag_id` known at `hosts`, too."""
    load = _load(draft, tag_id)
    return change_tag(draft, tag_id, {"load": load | {"hosts": list(dict.fromkeys([*load.get("hosts", ()), *hosts]))}})


def without_hosts(draft: Draft, tag_id: str, hosts: Iterable[str]) -> Draft:
    """Return `draft` with the snippet of the tag `tag_id` known at `hosts` no longer."""
    load = _load(draft, tag_id)
    left = [host for host in load.get("hosts", ()) if host not in set(hosts)]
    others = {fact: value for fact, value in load.items() if fact != "hosts"}
    return change_tag(draft, tag_id, {"load": others | ({"hosts": left} if left else {})})


def _load(draft: Draft, tag_id: str) -> dict[str, Any]:
    return next(dict(tag["load"]) for tag in draft["tags"] if tag["id"] == tag_id)
