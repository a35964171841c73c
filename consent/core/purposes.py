"""Purpose keys: fingerprints of the vendors and purposes that a grant for a group covers."""

import hashlib
import json
from collections.abc import Iterable

from consent.core.documents.config import PurposeKey
from consent.core.documents.tags import Tag
from consent.core.documents.vendors import Cookie

MAX_GROUP_KEYS = 12
"""Maximum number of keys per group in a config: the current one and its predecessors."""


def purpose_key(purposes: Iterable[str], vendors: Iterable[str]) -> str:
    """Return the SHA-256, as 64 hex digits, over the sorted purpose codes and vendor ids of a group."""
    names = {"purposes": sorted(set(purposes)), "vendors": sorted(set(vendors))}
    return hashlib.sha256(json.dumps(names, separators=(",", ":")).encode()).hexdigest()


def key_entry(tags: list[Tag], cookies: list[Cookie], group: str) -> PurposeKey:
    """Return `{key, purposes, vendors}` for what `tags` and `cookies` do in `group`."""
    own_tags = [tag for tag in tags if tag["group"] == group and tag["enabled"]]
    vendors = sorted({tag["vendor"] for tag in own_tags})
    purposes = {code for tag in own_tags for code in tag["purposes"]}
    purposes |= {c["purpose"] for c in cookies if c["group"] == group and c["vendor"] in vendors and c["purpose"]}
    return {"key": purpose_key(purposes, vendors), "purposes": sorted(purposes), "vendors": vendors}


def next_keys(earlier: list[PurposeKey], entry: PurposeKey) -> list[PurposeKey]:
    """Return the keys for a new config: `entry` first, then the `MAX_GROUP_KEYS` - 1 most recent others."""
    others = [old for old in earlier if old["key"] != entry["key"]]
    return [entry, *others[: MAX_GROUP_KEYS - 1]]
