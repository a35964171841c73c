"""Looks to begin with in the banner editor: each sets layout, roundness, font and buttons, and leaves colors as they are."""

from typing import TypedDict

from consent.presentation.theme import FILLED, LINK, OUTLINED

QUIET = "quiet"
"""The weight of *Settings* where a look names none: it answers nothing, and is plain text beside the two that do."""


class LookTemplate(TypedDict):
    """Values of the editor's fields, by their names; Accept and Reject have the same weight in each."""

    position: str
    radius: int
    font: str
    button_accept: str
    button_reject: str
    button_settings: str


def _look(position: str, radius: int, font: str, answers: str, settings: str) -> LookTemplate:
    return {
        "position": position,
        "radius": radius,
        "font": font,
        "button_accept": answers,
        "button_reject": answers,
        "button_settings": settings,
    }


TEMPLATES: dict[str, LookTemplate] = {
    "Card": _look("bottom", 12, "system", FILLED, QUIET),
    "Bar": _look("bar", 4, "system", FILLED, QUIET),
    "Corner": _look("corner", 12, "system", FILLED, QUIET),
    "Center": _look("center", 16, "system", FILLED, QUIET),
    "Outlined": _look("bottom", 0, "inherit", OUTLINED, LINK),
    "Serif": _look("corner", 2, "serif", OUTLINED, LINK),
}
