"""The mapping by which choices made with another tool count here: its name, and a suggestion for a user to correct."""

import re

from consent.core.documents.site_settings import OldChoices
from consent.signing.canonical_json import canonical, sha256_name
from consent.sites.moving.old_choices import TOOLS

CONFIRMED, ENDED = "old_choices.confirmed", "old_choices.ended"
"""The log's actions for a mapping that became live, and for the last one having ended."""


def mapping_name(mapping: OldChoices) -> str:
    """Return a mapping's name in receipts: `sha256:` and the hash of its canonical JSON."""
    return sha256_name(canonical(mapping))


def suggested(tool: str) -> OldChoices:
    """Return a mapping for `tool` with its default cookie and categories; users add the vendors that its banner named."""
    facts = TOOLS[tool]
    return {"tool": tool, "cookie": facts.cookie, "categories": dict(facts.categories), "vendors": [], "delete": False}


def is_name(name: str) -> bool:
    """Return whether `name` can name a category or service in a mapping."""
    return re.fullmatch(r"[\x21-\x7e]([\x20-\x7e]{0,78}[\x21-\x7e])?", name) is not None


def plain(name: str) -> str:
    """Return the ASCII letters and digits of a name, in lowercase."""
    return re.sub(r"[^a-z0-9]", "", name.lower())
