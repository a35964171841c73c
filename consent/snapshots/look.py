"""The look of the banner, as the script puts it into its style sheet."""

import re
from typing import Any

DEFAULT_ACCENT = "#0b57d0"
DARKEST_FOR_BLACK = 0.18
"""Luminance above which black is read better than white: one of them always has a contrast of 4.5."""


def page_look(look: dict[str, Any]) -> dict[str, Any]:
    """Return accent, the `ink` that is read on it, radius in pixels and position, for a style sheet as they are."""
    accent = look["accent"] if re.fullmatch("#[0-9a-f]{6}", look["accent"]) else DEFAULT_ACCENT
    return {
        "accent": accent,
        "ink": ink_on(accent),
        "radius": look["radius"],
        "position": look["position"],
    }


def ink_on(colour: str) -> str:
    """Return black or white, whichever is read better on `colour`, `#rrggbb` (WCAG 2.2, relative luminance)."""
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    luminance = 0.2126 * red**2.2 + 0.7152 * green**2.2 + 0.0722 * blue**2.2
    return "#000" if luminance > DARKEST_FOR_BLACK else "#fff"
