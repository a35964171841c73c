"""Compatibility with automatic opt-out tools (autoconsent), which click a banner's reject button by its words."""

from consent.presentation.texts import banner_texts

READ_BY_TOOLS = ("de", "en", "es", "fr", "fr-CA", "it", "nl", "pl")
"""Languages whose shipped rejection the patterns of DuckDuckGo's autoconsent know: a test holds it."""


def needs_handle(language: str, rejection: str) -> bool:
    """Return whether tools may not recognize a button labeled `rejection`, so that an English one is added beside it."""
    return language not in READ_BY_TOOLS or rejection != banner_texts(language)["reject_all"]
