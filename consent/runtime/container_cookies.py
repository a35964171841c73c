"""First-party cookies commonly set by tags in a container, such as Google Tag Manager.

They are deleted after a refusal, and not listed in the cookie declaration.
"""

from collections.abc import Iterator

from consent.classifier.catalog import VENDORS, Vendor, load_catalog
from consent.core.documents.config import SiteFacts
from consent.core.documents.script_payload import NamedCookie
from consent.core.documents.vendors import Cookie
from consent.core.groups import ESSENTIAL
from consent.core.paths import matches


def contained_cookies(document: SiteFacts) -> list[NamedCookie]:
    """Return the first-party cookies and stored items that containers commonly set, if the config has a container tag.

    Those that the config lists itself are left out: its own entry, with its vendor, applies.
    """
    vendors = {tag["vendor"] for tag in document["tags"] if tag["enabled"]}
    catalog = load_catalog(VENDORS)
    if not any(vendor.is_container for vendor in catalog.vendors if vendor.id in vendors):
        return []
    contained = (cookie for vendor in catalog.vendors if vendor.is_contained for cookie in _deletable_cookies(vendor))
    return [cookie for cookie in contained if not any(_overlap(cookie, one) for one in document["cookies"])]


def _deletable_cookies(vendor: Vendor) -> Iterator[NamedCookie]:
    """Yield what may be deleted of a vendor by group only: it is unknown whose container set it."""
    for cookie in vendor.document["cookies"]:
        if cookie["group"] != ESSENTIAL and not cookie["third_party"]:
            yield named_cookie({**cookie, "vendor": None})


def named_cookie(cookie: Cookie) -> NamedCookie:
    """Return `cookie` as pages get it."""
    return {
        "name": cookie["name"],
        "pattern": cookie["pattern"],
        "kind": cookie["kind"],
        "group": cookie["group"],
        "vendor": cookie["vendor"],
        "domain": cookie["domain"],
    }


def _overlap(one: NamedCookie, other: Cookie) -> bool:
    """Return whether some name could match both."""
    return one["kind"] == other["kind"] and (matches(one["name"], other["name"]) or matches(other["name"], one["name"]))
