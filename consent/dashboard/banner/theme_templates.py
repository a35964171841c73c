"""Looks to begin with in the banner editor: each sets layout, roundness, font and buttons, and leaves colors as they are."""

from typing import TypedDict

from consent.dashboard.frame.locale import Labels
from consent.presentation.theme import FILLED, LINK, OUTLINED

QUIET = "quiet"
"""The weight of *Settings* where a look names none: it answers nothing, and is plain text beside the two that do."""


class ThemeTemplate(TypedDict):
    """Values of the editor's fields, by their names; Accept and Reject have the same weight in each."""

    position: str
    radius: int
    font: str
    button_accept: str
    button_reject: str
    button_settings: str


def _theme_of(position: str, radius: int, font: str, answers: str, settings: str) -> ThemeTemplate:
    return {
        "position": position,
        "radius": radius,
        "font": font,
        "button_accept": answers,
        "button_reject": answers,
        "button_settings": settings,
    }


TEMPLATES: dict[str, ThemeTemplate] = {
    "card": _theme_of("bottom", 12, "system", FILLED, QUIET),
    "bar": _theme_of("bar", 4, "system", FILLED, QUIET),
    "corner": _theme_of("corner", 12, "system", FILLED, QUIET),
    "center": _theme_of("center", 16, "system", FILLED, QUIET),
    "outlined": _theme_of("bottom", 0, "inherit", OUTLINED, LINK),
    "serif": _theme_of("corner", 2, "serif", OUTLINED, LINK),
}
TEMPLATE_WORDS = Labels(
    {
        "card": "Card",
        "bar": "Bar",
        "corner": "Corner",
        "center": "Center",
        "outlined": "Outlined",
        "serif": "Serif",
    }
)
