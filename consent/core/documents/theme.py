"""The look of a banner, and its variants."""

from typing import NotRequired, TypedDict


class DarkColors(TypedDict):
    """The colors of a look in the dark scheme, as `#rrggbb`."""

    accent: NotRequired[str]
    surface: NotRequired[str]
    text: NotRequired[str]


class ButtonWeights(TypedDict):
    """How much the buttons of the first layer stand out."""

    accept: NotRequired[str]
    reject: NotRequired[str]
    settings: NotRequired[str]


class Logo(TypedDict):
    """An image of the first layer: its SHA-256 as hex digits, media type and size in pixels."""

    sha256: str
    type: str
    width: int
    height: int


class ReopenButton(TypedDict, total=False):
    """The button that reopens the second layer; `offset` is in CSS pixels, `own_link` hides it where a page has a link."""

    side: str
    offset: int
    icon: bool
    own_link: bool


class Theme(TypedDict):
    """The look of a banner; colors are `#rrggbb`, `radius` and `foot`, of a bar of the page's own, are in CSS pixels."""

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
    """What a variant changes of a look."""

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
    """One form of the banner, its share among others, and how look and texts differ from the banner itself."""

    id: str
    weight: int
    name: NotRequired[str]
    look: NotRequired[ThemeChange]
    texts: NotRequired[dict[str, dict[str, str]]]


class ShownVariant(TypedDict):
    """What a config keeps of a variant: its style sheet, and by language and key the strings that differ."""

    style: str
    texts: dict[str, dict[str, str]]
