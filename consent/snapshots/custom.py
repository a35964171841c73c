"""Tags of code that somebody pasted: their hash, and the approval of an admin that names it."""

from typing import Any

from consent.proof.canonical import canonical, sha256_name

CODE = "html"
"""The type of load that a custom tag has: script, image and frame nodes as they were parsed."""


def is_custom(tag: dict[str, Any]) -> bool:
    """Tell whether `tag` is code that somebody pasted."""
    return bool(tag["load"]["type"] == CODE)


def code_hash(load: dict[str, Any]) -> str:
    """Return what an approval names: `sha256:` and 64 hex digits, over the canonical JSON of the load."""
    return sha256_name(canonical(load))


def is_approved(tag: dict[str, Any]) -> bool:
    """Tell whether an admin approved the very code that `tag` has now."""
    return bool(tag.get("approved", {}).get("code") == code_hash(tag["load"]))


def unapproved_sentence(tag: dict[str, Any]) -> str:
    """Return why `tag` cannot be switched on, or an empty string."""
    if is_approved(tag):
        return ""
    return f"An admin approves its code first, {short_hash(tag['load'])}."


def short_hash(load: dict[str, Any]) -> str:
    """Return the hash of a load as far as people compare it."""
    return code_hash(load)[: len("sha256:") + 16]
