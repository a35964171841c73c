"""Users' own tools, which press the rejection of a banner for them, and the words that they know."""

from consent.snapshots.texts import banner_texts

READ_BY_TOOLS = ("de", "en", "es", "fr", "fr-CA", "it", "nl", "pl")
"""Languages whose shipped rejection the patterns of DuckDuckGo's autoconsent know: a test holds it."""


def needs_handle(language: str, rejection: str) -> bool:
    """Tell whether tools may not know a button that says `rejection`, so that one in English has to stand beside it."""
    return language not in READ_BY_TOOLS or rejection != banner_texts(language)["reject_all"]
