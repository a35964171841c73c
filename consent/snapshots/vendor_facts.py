"""What the second layer tells of a vendor: groups, purposes, cookies and links, in one language."""

from typing import Any

from consent.core.groups import GROUPS
from consent.snapshots.compile import CompiledConfig
from consent.snapshots.texts import duration


def vendor_facts(config: CompiledConfig, vendor: dict[str, Any], language: str) -> dict[str, Any]:
    """Return what is told of `vendor`, one of those of `config`."""
    tags = [tag for tag in config.document["tags"] if tag["vendor"] == vendor["id"] and tag["enabled"]]
    cookies = [cookie for cookie in config.document["cookies"] if cookie["vendor"] == vendor["id"]]
    texts = config.texts(language)
    codes = sorted({code for tag in tags for code in tag["purposes"]} | {c["purpose"] for c in cookies if c["purpose"]})
    return {
        **{fact: vendor[fact] for fact in ("id", "name", "company", "country", "privacy_url", "opt_out_url")},
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
            {"url": vendor[f"{kind}_url"], "text": texts[f"vendor_{text}"].replace("{vendor}", vendor["name"])}
            for kind, text in (("privacy", "policy"), ("opt_out", "opt_out"))
            if vendor[f"{kind}_url"]
        ],
    }
