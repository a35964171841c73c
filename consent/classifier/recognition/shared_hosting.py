"""Shared file hosts (CDNs, storage buckets), where the host name identifies the owner instead of the provider."""

import re

from consent.core.host_patterns import host_and_path, matches

OWN_CDN = (
    *("*.cloudfront.net", "*.azureedge.net", "*.azurefd.net", "*.b-cdn.net", "*.cdn77.org", "*.kxcdn.com"),
    *("*.fastly.net", "*.netdna-ssl.com", "*.akamaized.net", "*.rocketcdn.me", "*.r2.dev", "*.imgix.net"),
    *("*.amazonaws.com", "*.digitaloceanspaces.com", "*.blob.core.windows.net", "storage.googleapis.com"),
    *("*.myshopify.com", "cdn.shopify.com", "*.shopifycdn.com", "*.bigcommerce.com", "*.wpenginepowered.com"),
    *("*.gitlab.io", "*.github.io", "*.netlify.app", "*.vercel.app", "*.pages.dev"),
    *("*.herokuapp.com", "*.onrender.com", "*.web.app", "*.firebaseapp.com", "*.workers.dev"),
)
"""Hosts where sites keep their own files, mostly under a name that belongs to the site alone."""
SHARED = re.compile(r"storage\.googleapis\.com|cdn\.shopify\.com|s3[a-z0-9.-]*\.amazonaws\.com")
"""The subset of hosts that many sites share by folder."""


def is_own_cdn(address: str) -> bool:
    """Return whether a site may keep its own files at `address`."""
    return any(matches(address, entry) for entry in OWN_CDN)


def has_unshared_name(address: str) -> bool:
    """Return whether `address` is on such a host under a name nobody else shares."""
    return is_own_cdn(address) and not SHARED.fullmatch(host_and_path(address)[0])
