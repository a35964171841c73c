"""A draft whose vendor facts come from an older catalog."""

import json
from typing import Any

from consent.classifier.catalog import VENDORS, fill, load_catalog
from consent.core.documents.config import Draft
from consent.sites.draft import add_tag
from consent.storage.sites import sites
from tests.dashboard.client import Dashboard

AMPLITUDE = {"api_key": "0123456789abcdef" * 2, "zone": "EU"}
OLDER_WORDS = "2 stored items added, 7 cookies changed, the revoke call changed"


def with_older_amplitude(draft: Draft, group: str = "analytics") -> Draft:
    """Return `draft` with Amplitude's tag and outdated facts about the vendor.

    All is in `group`, the cookies are on the vendor's host, and there are no stored items and no revoke call.
    """
    vendor = load_catalog(VENDORS).vendor("amplitude")
    draft = add_tag(draft, vendor, "amplitude", fill(vendor.tags[0], AMPLITUDE), AMPLITUDE)
    there = {"domain": "cdn.amplitude.com", "third_party": True, "group": group}
    draft["tags"][-1]["group"] = group
    others = [cookie for cookie in draft["cookies"] if cookie["vendor"] != "amplitude"]
    mine = [cookie | there for cookie in draft["cookies"] if cookie["vendor"] == "amplitude"]
    calls: dict[str, Any] = {"revoke": []}
    return draft | {
        "cookies": [*others, *(cookie for cookie in mine if cookie["kind"] == "cookie")],
        "vendors": [one | calls if one["id"] == "amplitude" else one for one in draft["vendors"]],
    }


def give_older_amplitude(dashboard: Dashboard, group: str = "analytics") -> None:
    """Give the dashboard's site such a draft."""
    with dashboard.engine.begin() as connection:
        site = sites.by_key(connection, "demo")
        assert site
        row = sites.read_draft(connection, site.id)
        draft = with_older_amplitude(json.loads(row.text), group)
        sites.save_draft(connection, site.id, json.dumps(draft), row.revision)
