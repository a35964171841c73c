"""Mounts: paths of the site's own hosts under which a vendor is proxied, such as `/metrics/*`."""

import copy
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from consent.core.documents.config import Draft, SiteFacts
from consent.core.documents.vendors import SiteVendor
from consent.core.paths import any_matches
from consent.core.translatable import translatable
from consent.sites.cookie_domain import registered_domain

BELOW = "/*"
RESERVED = ("/consent/", "/.well-known/")
"""Paths where a site's server forwards to this service (docs/embedding.md), and where no vendor is served."""


def own_hosts(origins: Iterable[str]) -> list[str]:
    """Return the registered domains of `origins`, each with its subdomains, or bare hosts without a registered domain."""
    names = [urlsplit(origin).hostname or "" for origin in origins]
    return [entry for name in names for entry in _host_patterns(name, registered_domain(name))]


def _host_patterns(name: str, domain: str) -> list[str]:
    return [domain, f"*.{domain}"] if domain else [name] if name else []


def mount_entries(document: SiteFacts, vendor: SiteVendor) -> list[str]:
    """Return a `vendor`'s mounts as host patterns, on all hosts of the site.

    `/metrics/*` becomes `host/metrics/` and `host/metrics?`; a single file such as `/js/script.js` becomes
    `host/js/script.js?`.
    """
    paths = [path for mount in vendor.get("mounts", ()) for path in _prefixes(mount)]
    return list(dict.fromkeys(host + path for host in own_hosts(document["hosts"]) for path in paths)) if paths else []


def mount_sources(document: SiteFacts, vendor: SiteVendor) -> list[str]:
    """Return a `vendor`'s mounts as Content-Security-Policy sources."""
    paths = [path.removesuffix("?") for mount in vendor.get("mounts", ()) for path in _prefixes(mount)]
    return [origin + path for origin in document["hosts"] for path in paths] if paths else []


def _prefixes(mount: str) -> list[str]:
    name = mount.removesuffix(BELOW)
    return [f"{name}/", f"{name}?"] if mount.endswith(BELOW) else [f"{name}?"]


def set_mounts(draft: Draft, vendor_id: str, mounts: Iterable[str]) -> Draft:
    """Return `draft` with `mounts` in place of those that a vendor had."""
    new = copy.deepcopy(draft)
    vendor = next(one for one in new["vendors"] if one["id"] == vendor_id)
    vendor.pop("mounts", None)
    if wanted := list(dict.fromkeys(mounts)):
        vendor["mounts"] = wanted
    return new


def mount_errors(draft: Draft) -> dict[str, str]:
    """Return a sentence for each invalid mount, by the path of its field."""
    errors: dict[str, str] = {}
    owners: dict[str, str] = {}
    for number, vendor in enumerate(draft["vendors"]):
        for place, mount in enumerate(vendor.get("mounts", ())):
            field = f"vendors.{number}.mounts.{place}"
            owner = owners.setdefault(mount, vendor["name"])
            if any(f"{mount.removesuffix(BELOW)}/".startswith(reserved) for reserved in RESERVED):
                errors[field] = translatable(
                    "This path belongs to this service or to standard web files, so no vendor can be proxied there."
                )
            elif owner != vendor["name"]:
                errors[field] = translatable(f"{mount} is already a mount of {owner}.")
    return errors


def is_mounted(mounts: Iterable[str], path: str) -> bool:
    """Return whether `path` (without a query) is at or under one of `mounts`."""
    return any_matches([*mounts, *(mount.removesuffix(BELOW) for mount in mounts)], path)


def mount_warnings(draft: Draft, pages: Iterable[str]) -> Iterator[str]:
    """Yield a sentence for each mount with pages of the site under it; `pages` are known addresses or paths.

    Anything such a page loads from there would be blocked as the vendor's.
    """
    paths = [urlsplit(page).path or "/" for page in [draft["controller"]["policy_url"], *pages] if page]
    for vendor in draft["vendors"]:
        for mount in vendor.get("mounts", ()):
            if covered := next((path for path in paths if is_mounted([mount], path)), None):
                yield (
                    translatable(
                        f"{mount} of {vendor['name']} also covers pages of the site, such as "
                        f"{covered}. What pages load from there is blocked as that vendor's. Enter a "
                        "path that serves only the vendor."
                    )
                )
