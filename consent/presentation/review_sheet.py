"""The review sheet of a language: each English sentence beside its translation and where it stands, to print and sign."""

from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

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
    "Banner: both layers, and what stands in place of held content": {
        key: text for key, text in LAYERS.items() if not key.startswith(LINK)
    },
    "Links that laws ask for": {key: text for key, text in LAYERS.items() if key.startswith(LINK)},
    "Groups": GROUPS,
    "Banner of who is signed in": ACCOUNT,
    "Banner of sites that share choices": HANDOVER,
    "Banner of sites in IAB Europe's framework (TCF)": TCF,
    "Page of a visitor's own receipts": RECEIPTS,
    "Cookie declaration": DECLARATION,
    "Page of requests under privacy laws, and its mails": REQUESTS,
    "What cookies and partners are for, behind their name": PURPOSES,
}
"""Where visitors read each text."""


def review_sheet(language: str) -> str:
    """Return the sheet as an HTML page of its own. Raises KeyError for a language that is not shipped."""
    info, texts = language_info(language), all_texts(language)
    templates = FileSystemLoader(Path(__file__).parent / "templates")
    environment = Environment(loader=templates, autoescape=select_autoescape(), undefined=StrictUndefined)
    places = [(where, [(key, english, texts[key]) for key, english in rows.items()]) for where, rows in PLACES.items()]
    return environment.get_template("review_sheet.html").render(info=info, places=places, count=len(texts))
