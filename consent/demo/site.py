"""The demo site's draft and tags, with the vendors in consent/demo/vendors."""

import json
from pathlib import Path

from consent.classifier.catalog import fill, load_catalog
from consent.core.documents.config import Draft
from consent.core.documents.tags import TagChange
from consent.core.documents.vendors import Cookie
from consent.demo.ports import Ports
from consent.presentation.languages import languages
from consent.sites.draft import add_tag, change_tag, new_draft

KEY, NAME = "demo", "Little Grove (demo shop)"
VENDORS = Path(__file__).parent / "vendors"
CONTROLLER = {
    "name": "Little Grove",
    "address": "12 Nursery Lane, 8000 Zürich, Switzerland",
    "contact": "privacy@shop.localhost",
    "policy_url": "http://www.shop.localhost:8001/privacy",
    "policy_revision": "2026-11-24",
    "storage_location": "On this computer, in the folder of the instance",
    "retention": "36 months after expiry or withdrawal",
}
TAGS = ("demo-session", "demo-chat", "demo-analytics", "demo-ads", "demo-video")
"""Each name is both a vendor and its only tag."""
PARAMETERS = {"demo-analytics": {"measurement_id": "D-1001"}}
CHANGES: dict[str, TagChange] = {
    "demo-session": {"third_party": False, "necessity": "Keeps the basket and protects the forms of the shop."},
    "demo-analytics": {"payment_note": "The shop counts its own orders, and no card is typed into its pages"},
    # Third-party scripts don't belong on a payment page (PCI DSS 4.0, 6.4.3).
    "demo-chat": {"pages": {"only": [], "except": ["/checkout*"]}},
    "demo-ads": {"pages": {"only": [], "except": ["/checkout*"]}},
}
COOKIE_SECONDS = 400 * 86400
"""The maximum lifetime that browsers allow for a cookie."""


def demo_draft(ports: Ports) -> Draft:
    """Return the demo site's draft with its five tags, using the demo's ports."""
    hosts = [f"http://{name}:8001" for name in ("www.shop.localhost", "127.0.0.1", "shop.localhost", "localhost")]
    draft = new_draft(KEY, hosts, CONTROLLER)
    catalog = load_catalog(VENDORS)
    for tag_id in TAGS:
        vendor, parameters = catalog.vendor(tag_id), PARAMETERS.get(tag_id, {})
        draft = add_tag(draft, vendor, tag_id, fill(vendor.tag(tag_id), parameters), parameters, tag_id)
        draft = change_tag(draft, tag_id, CHANGES.get(tag_id, {}))
    draft["cookies"] += [_consent_cookie(name) for name in ("consent_demo", "consent_demo_id")]
    draft["texts"] |= {"languages": {language: {} for language in languages()}, "confirmed": languages()}
    draft["look"]["accent"] = "#2f6b45"
    draft["overrides"] |= {"public_log": True, "visitor_requests": True}
    text = json.dumps(draft).replace(":8001", f":{ports.shop}").replace(":8002", f":{ports.vendors}")
    moved: Draft = json.loads(text)
    return moved


def _consent_cookie(name: str) -> Cookie:
    return {
        "name": name,
        "pattern": False,
        "kind": "cookie",
        "group": "essential",
        "vendor": None,
        "purpose": "consent_state",
        "lifetime_s": COOKIE_SECONDS,
        "domain": None,
        "third_party": False,
    }
