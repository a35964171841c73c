"""Theme templates for the banner editor: each sets layout, corner radius, font and buttons, but not colors."""

from typing import TypedDict

from consent.dashboard.frame.locale import Labels
from consent.presentation.theme import FILLED, LINK, OUTLINED

QUIET = "quiet"
"""The default weight of *Settings*: plain text next to the two buttons that answer, since it isn't an answer."""


class ThemeTemplate(TypedDict):
    """Values of the editor's fields by name; Accept and Reject have the same weight in each template."""

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
