"""Labels for scan findings: their kinds, and the situations in which they occurred."""

from consent.core.translatable import all_translatable, translatable
from consent.storage.scans.scans import REPORTED

KINDS = all_translatable(
    {
        "cookie": "Cookies",
        "local_storage": "Local storage",
        "session_storage": "Session storage",
        "indexed_db": "IndexedDB",
        "cache": "Caches",
        "service_worker": "Service workers",
        "host": "Contacted hosts",
        "fingerprint": "Fingerprints",
    }
)
NAMELESS = translatable("(without a name)")
"""The label of a cookie or item with an empty name, which browsers allow."""
CONFIG_KINDS = {"cookie": "cookie", "local_storage": "local", "session_storage": "session"}
"""The kinds that a config lists, with its own words for them."""
SITUATIONS = all_translatable(
    {
        "none": "before a choice",
        "reject": "after rejecting",
        "gpc": "under GPC",
        "withdraw": "after withdrawing",
        "close": "after closing the banner",
        "minor": "at an age that cannot consent",
        "unknown": "in an unknown place",
        "down": "while the service was down",
        "accept": "after accepting",
        REPORTED: "by visitors' browsers",
    }
)


def shown_name(name: str) -> str:
    """Return the label of a finding for users, even if its name is empty or blank."""
    return name if name.strip() else NAMELESS


def situation_labels(situations: str) -> list[str]:
    """Return a finding's comma-separated situations in words: a single phrase if it occurred in all that matter."""
    labels = [one for one in situations.split(",") if one]
    if {"none", "reject", "accept"} <= set(labels):
        return [translatable("before a choice and after each")]
    return [SITUATIONS[one] for one in labels]
