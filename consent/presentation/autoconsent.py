"""Compatibility with automatic opt-out tools (autoconsent), which click a banner's reject button by its words."""

from consent.presentation.texts import banner_texts

READ_BY_TOOLS = ("de", "en", "es", "fr", "fr-CA", "it", "nl", "pl")
"""Languages whose shipped reject label matches the patterns of DuckDuckGo's autoconsent, as a test verifies."""


def needs_handle(language: str, rejection: str) -> bool:
    """Return whether tools may not recognize a button labeled `rejection`, so that an English one is added."""
    return language not in READ_BY_TOOLS or rejection != banner_texts(language)["reject_all"]
