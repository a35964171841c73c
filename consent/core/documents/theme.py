"""The theme of a banner, and its variants."""

from typing import NotRequired, TypedDict


class DarkColors(TypedDict):
    """The theme's colors in dark mode, as `#rrggbb`."""

    accent: NotRequired[str]
    surface: NotRequired[str]
    text: NotRequired[str]


class ButtonWeights(TypedDict):
    """How prominent the buttons of the first layer are."""

    accept: NotRequired[str]
    reject: NotRequired[str]
    settings: NotRequired[str]


class Logo(TypedDict):
    """The logo on the first layer: its SHA-256 as hex digits, media type and size in pixels."""

    sha256: str
    type: str
    width: int
    height: int


class ReopenButton(TypedDict, total=False):
    """The button that reopens the second layer; `offset` is in CSS pixels, `own_link` hides it on pages with a link."""

    side: str
    offset: int
    icon: bool
    own_link: bool


class Theme(TypedDict):
    """The theme of a banner; colors are `#rrggbb`, `radius` and `foot` (a bar of the page) are in CSS pixels."""

    accent: str
    radius: int
    position: str
    font: str
    surface: NotRequired[str]
    text: NotRequired[str]
    dark: NotRequired[DarkColors]
    scheme: NotRequired[str]
    buttons: NotRequired[ButtonWeights]
    logo: NotRequired[Logo]
    back: NotRequired[ReopenButton]
    foot: NotRequired[int]


class ThemeChange(TypedDict, total=False):
    """The parts of a theme that a variant changes."""

    accent: str
    radius: int
    position: str
    font: str
    surface: str
    text: str
    dark: DarkColors
    scheme: str
    buttons: ButtonWeights


class Variant(TypedDict):
    """One form of the banner: its weight among the others, and how its theme and texts differ from the banner's own."""

    id: str
    weight: int
    name: NotRequired[str]
    look: NotRequired[ThemeChange]
    texts: NotRequired[dict[str, dict[str, str]]]


class ShownVariant(TypedDict):
    """A variant as a config keeps it: its style sheet, and the differing strings by language and key."""

    style: str
    texts: dict[str, dict[str, str]]
