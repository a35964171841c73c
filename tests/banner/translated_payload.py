"""The payload with a language's texts."""

from typing import Any

from consent.presentation.partner_counts import partners
from consent.presentation.texts import banner_texts, language_info
from tests.banner.payload import PARTNERS, make_payload


def payload_in(language: str, base: str) -> dict[str, Any]:
    """Return the made-up payload with the texts of `language` and a controller's name of typical length."""
    texts = {
        key: text.replace("{controller}", "Little Grove Limited").replace("{partners}", partners(PARTNERS, language))
        for key, text in banner_texts(language).items()
    }
    direction = language_info(language).direction
    return make_payload(base, texts=texts, language=language, direction=direction)
