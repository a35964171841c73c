"""The review sheet of a language: each English text, its translation and where it appears, to print and sign."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from consent.core.translatable import translatable
from consent.presentation.english import (
    ACCOUNT,
    DECLARATION,
    GROUPS,
    HANDOVER,
    LAYERS,
    PURPOSES,
    RECEIPTS,
    REQUESTS,
    TCF,
)
from consent.presentation.languages import language_info
from consent.presentation.texts import all_texts

LINK = "link_"
PLACES: Mapping[str, Mapping[str, str]] = {
    translatable("Banner: both layers, and the placeholder of blocked content"): {
        key: text for key, text in LAYERS.items() if not key.startswith(LINK)
    },
    translatable("Links required by law"): {key: text for key, text in LAYERS.items() if key.startswith(LINK)},
    translatable("Groups"): GROUPS,
    translatable("Banner of who is signed in"): ACCOUNT,
    translatable("Banner of sites that share choices"): HANDOVER,
    translatable("Banner of sites in IAB Europe's framework (TCF)"): TCF,
    translatable("Page of a visitor's own receipts"): RECEIPTS,
    translatable("Cookie declaration"): DECLARATION,
    translatable("Page of requests under privacy laws, and its emails"): REQUESTS,
    translatable("What cookies and partners are for, behind their name"): PURPOSES,
}
"""Where visitors read each text."""


Row = tuple[str, str, str]
"""The key of a text, its English, and its translation."""


def rows_by_place(language: str) -> list[tuple[str, list[Row]]]:
    """Return every text of a language with its English, grouped by where visitors read it.

    Raises KeyError for a language that isn't shipped.
    """
    texts = all_texts(language)
    return [(where, [(key, english, texts[key]) for key, english in rows.items()]) for where, rows in PLACES.items()]


def texts_name(language: str) -> str:
    """Return 16 hex digits that identify a language's shipped texts, so that a signature covers only the texts read."""
    return hashlib.sha256(json.dumps(all_texts(language), sort_keys=True).encode()).hexdigest()[:16]


def review_sheet(language: str) -> str:
    """Return the sheet as a standalone HTML page. Raises KeyError for a language that isn't shipped."""
    templates = FileSystemLoader(Path(__file__).parent / "templates")
    environment = Environment(loader=templates, autoescape=select_autoescape(), undefined=StrictUndefined)
    places = rows_by_place(language)
    count = sum(len(rows) for _, rows in places)
    sheet = environment.get_template("review_sheet.html")
    return sheet.render(info=language_info(language), places=places, count=count)
