"""Vendor details for the second layer: groups, purposes, cookies and links, in one language."""

from typing import TypedDict

from consent.core.documents.vendors import SiteVendor
from consent.core.groups import GROUPS
from consent.presentation.texts import duration
from consent.runtime.compiled_config import CompiledConfig


class VendorPurpose(TypedDict):
    """A purpose of a vendor, and its description."""

    code: str
    text: str


class VendorItem(TypedDict):
    """A vendor's cookie or storage item, with purpose and lifetime in words."""

    name: str
    kind: str
    group: str
    purpose: str
    lifetime: str


class VendorLink(TypedDict):
    """A link to a vendor's page."""

    url: str
    text: str


class VendorDetails(TypedDict):
    """What the second layer shows about a vendor."""

    id: str
    name: str
    company: str
    country: str | None
    privacy_url: str | None
    opt_out_url: str | None
    groups: list[str]
    purposes: list[VendorPurpose]
    cookies: list[VendorItem]
    links: list[VendorLink]


def vendor_facts(config: CompiledConfig, vendor: SiteVendor, language: str) -> VendorDetails:
    """Return the details of `vendor`, one of the vendors of `config`."""
    tags = [tag for tag in config.document["tags"] if tag["vendor"] == vendor["id"] and tag["enabled"]]
    cookies = [cookie for cookie in config.document["cookies"] if cookie["vendor"] == vendor["id"]]
    texts = config.texts(language)
    codes = sorted({code for tag in tags for code in tag["purposes"]} | {c["purpose"] for c in cookies if c["purpose"]})
    return {
        "id": vendor["id"],
        "name": vendor["name"],
        "company": vendor["company"],
        "country": vendor["country"],
        "privacy_url": vendor["privacy_url"],
        "opt_out_url": vendor["opt_out_url"],
        "groups": sorted({tag["group"] for tag in tags if tag["group"] in GROUPS}, key=GROUPS.index),
        "purposes": [{"code": code, "text": texts.get(f"purpose_{code}", code)} for code in codes],
        "cookies": [
            {
                "name": cookie["name"],
                "kind": cookie["kind"],
                "group": cookie["group"],
                "purpose": texts.get(f"purpose_{cookie['purpose']}", ""),
                "lifetime": duration(cookie["lifetime_s"], language) if cookie["lifetime_s"] is not None else "",
            }
            for cookie in cookies
        ],
        "links": [
            {"url": url, "text": texts[f"vendor_{text}"].replace("{vendor}", vendor["name"])}
            for url, text in ((vendor["privacy_url"], "policy"), (vendor["opt_out_url"], "opt_out"))
            if url
        ],
    }
