"""Languages whose texts no speaker has read: the owner confirms each before it is published."""

from typing import Any

from consent.snapshots.draft import Draft
from consent.snapshots.languages import language_info


def is_confirmed(language: str, draft: Draft, live: dict[str, Any] | None) -> bool:
    """Tell whether `language` may be published: read by a speaker, confirmed in `draft`, or in the `live` config."""
    published = live["texts"]["languages"] if live else {}
    return language in published or language in confirmed(draft) or language_info(language).reviewed


def confirmed(draft: Draft) -> list[str]:
    """Return the languages that the owner has confirmed in `draft`."""
    languages: list[str] = draft["texts"].get("confirmed", [])
    return languages


def unconfirmed(draft: Draft, live: dict[str, Any] | None) -> list[str]:
    """Return the languages of `draft` that keep it from being published, in their order."""
    return [language for language in draft["texts"]["languages"] if not is_confirmed(language, draft, live)]


def unconfirmed_sentence(languages: list[str]) -> str:
    """Return in words what is missing before `languages` can be published."""
    names = ", ".join(language_info(language).english_name for language in languages)
    return f"No speaker has read these texts yet, and nobody here has confirmed them: {names}."
