"""What tags of a container, such as Google Tag Manager, keep in the browser: deleted with a refusal, claimed nowhere."""

from collections.abc import Iterator
from typing import Any

from consent.classify.catalogue import VENDORS, Vendor, load_catalogue
from consent.core.groups import ESSENTIAL
from consent.core.paths import matches

Cookie = dict[str, Any]


def contained_cookies(document: dict[str, Any]) -> list[Cookie]:
    """Return the site's own cookies and stored items that containers commonly bring, where a config has such a tag.

    Left out is what the config has a name for: there its own entry, and whose it is, decides.
    """
    vendors = {tag["vendor"] for tag in document["tags"] if tag["enabled"]}
    catalogue = load_catalogue(VENDORS)
    if not any(vendor.is_container for vendor in catalogue.vendors if vendor.id in vendors):
        return []
    found = (cookie for vendor in catalogue.vendors if vendor.is_contained for cookie in _own(vendor))
    return [cookie for cookie in found if not any(_share(cookie, one) for one in document["cookies"])]


def _own(vendor: Vendor) -> Iterator[Cookie]:
    """Yield what may be deleted of a vendor, of its group alone: whose container brought it is not known."""
    for cookie in vendor.document["cookies"]:
        if cookie["group"] != ESSENTIAL and not cookie["third_party"]:
            yield {**{fact: cookie[fact] for fact in ("name", "pattern", "kind", "group", "domain")}, "vendor": None}


def _share(one: Cookie, other: Cookie) -> bool:
    """Tell whether some name may be that of both."""
    return one["kind"] == other["kind"] and (matches(one["name"], other["name"]) or matches(other["name"], one["name"]))
