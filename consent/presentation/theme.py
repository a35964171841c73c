"""Theme of the banner: design tokens, and a style sheet composed from those that a site uses."""

import re
from typing import TypedDict

from consent.core.documents.config import Config
from consent.core.documents.json_object import JsonObject
from consent.core.documents.script_payload import PageTheme
from consent.core.documents.theme import Logo, Theme

Scheme = dict[str, str]

DEFAULT_ACCENT = "#0b57d0"
LIGHT, DARK = "light", "dark"
SYSTEM: dict[str, Scheme] = {
    LIGHT: {"surface": "Canvas", "text": "CanvasText"},
    DARK: {"surface": "Canvas", "text": "CanvasText"},
}
"""The browser's system colors, for tokens that the site doesn't set."""
TOKENS = ("accent", "surface", "text")
FILLED, OUTLINED, LINK = "filled", "outlined", "link"
BUTTONS = {"accept": "nth-last-child(3)", "reject": "nth-last-child(2)", "settings": "last-child"}
"""The buttons of the first layer, and the position of each among its siblings."""
SANS = "system-ui,sans-serif"
FONTS = {"system": SANS, "inherit": SANS, "serif": "ui-serif,Georgia,serif"}
DARKEST_FOR_BLACK = 0.179
"""Luminance above which black is more legible than white; the better one always has a contrast of at least 4.5."""

# Only the layout that a site uses is sent. `[data-position]` is only set on the first layer.
LAYOUTS = {
    "bottom": "",
    "corner": ":host([data-position]){max-width:30em!important;margin:0!important}",
    "center": ":host([data-position]){inset-block-end:25vh!important}",
    "bar": ":host([data-position]){max-width:none!important;padding:0!important}"
    ":host([data-position]) .card{border-width:1px 0 0;border-radius:0}"
    "@media(min-width:64em){:host([data-position]) .card{flex-direction:row;align-items:center;justify-content:center;"
    "gap:48px;padding:20px 32px}"
    ":host([data-position]) .words{flex:0 1 34em;max-height:40vh}:host([data-position]) .acts{flex:none}}",
}
ON_PHONES = "@media(max-width:32em)"
"""Screens on which the first layer takes the full width."""
INHERIT = ":host,::slotted(*),::slotted([slot]),.acts button{font-family:inherit!important}"
LINES = {
    "ja": "auto-phrase",
    "ko": "keep-all",
    "zh-Hans": "normal",
    "zh-Hant": "normal",
    "mr": "normal",
    "ur": "normal",
}
"""Line breaking: Japanese breaks between phrases, if the browser supports it, and Korean only between words."""
HEIGHTS = {**dict.fromkeys(("bn", "gu", "hi", "kn", "ml", "mr", "pa", "ta", "te", "th"), 1.6), "ur": 2}
"""Line height relative to the font size in scripts that stack marks above and below letters; elsewhere 1.4.

Urdu is written in Nastaliq, which slopes down along the line.
"""
FALLBACKS = {"ur": f'"Noto Nastaliq Urdu","Urdu Typesetting",{SANS}', "ta": f'{SANS},"Noto Sans Tamil"'}
"""Fonts of the visitor's device, named for languages where its default may lack glyphs.

Default Arabic fonts lack some of Nastaliq, and Chromium on Linux renders some Tamil words in a Grantha font.
"""
WEIGHTS = {
    FILLED: "",
    OUTLINED: "background:none!important;color:inherit!important;border-color:currentColor!important",
    LINK: "background:none!important;color:inherit!important;border-color:transparent!important;"
    "text-decoration:underline!important;font-weight:400!important",
}
FILLED_SETTINGS = "background:var(--accent)!important;color:var(--on)!important;border-color:#8886!important"
"""For *Settings*, which is plain text unless the theme sets its weight."""


class LegacyTheme(TypedDict):
    """The theme in the format of builds that predate style sheets."""

    accent: str
    ink: str
    radius: int
    position: str


LOGO_HEIGHT, LOGO_WIDTH = 32, 160
"""The maximum size of a logo, in CSS pixels."""


def page_theme(document: Config) -> PageTheme:
    """Return a config's theme for the script: the style sheet frozen when it was published, and the position."""
    css = document.get("style") or style_sheet(document["look"], document["site"])
    return {"css": css, "position": document["look"]["position"]}


def theme_in(theme: PageTheme, language: str) -> PageTheme:
    """Return the result of `page_theme` adapted to text in `language`.

    The layers' `all: initial` also resets the language, and characters shared between languages have different shapes.
    """
    rules = []
    if language in LINES:
        rules.append(f'-webkit-locale:"{language}"!important;word-break:{LINES[language]}!important')
    if language in HEIGHTS:
        rules.append(f"line-height:{HEIGHTS[language]}!important")
    if language in FALLBACKS:
        rules.append(f"--font:{FALLBACKS[language]}!important")
    if not rules:
        return theme
    return theme | {"css": f"{theme['css']}:host,::slotted(*),::slotted(h2),::slotted([slot]){{{';'.join(rules)}}}"}


def legacy_theme(theme: Theme) -> LegacyTheme:
    """Return the theme for builds that predate style sheets."""
    accent = tokens(theme, LIGHT)["accent"]
    return {"accent": accent, "ink": ink_on(accent), "radius": theme["radius"], "position": theme["position"]}


def style_sheet(theme: Theme, site: str) -> str:
    """Return the rules that `theme` adds to every banner's; tokens are colors, numbers and words from closed sets."""
    buttons = {name: str(weight) for name, weight in theme.get("buttons", {}).items()}
    return "".join(
        [
            _variables(theme),
            LAYOUTS[theme["position"]],
            INHERIT if theme["font"] == "inherit" else "",
            *(
                f"::slotted([slot]:{place}){{{rules}}}"
                for name, place in BUTTONS.items()
                if (rules := _weight(name, buttons.get(name)))
            ),
            _logo(theme["logo"], site) if theme.get("logo") else "",
            _bottom_offset(theme["foot"]) if theme.get("foot") and theme["position"] != "center" else "",
        ]
    )


def _weight(button: str, weight: str | None) -> str:
    """Return the rules for a button of this weight; None if the theme doesn't set it."""
    return FILLED_SETTINGS if (button, weight) == ("settings", FILLED) else WEIGHTS[weight or FILLED]


def schemes(theme: Theme) -> list[str]:
    """Return the color schemes that visitors can get: both, unless the site has only one."""
    scheme = theme.get("scheme", "auto")
    return [LIGHT, DARK] if scheme == "auto" else [scheme]


def tokens(theme: Theme, scheme: str) -> Scheme:
    """Return a scheme's colors: the site's, else the browser's; dark uses the light accent if it has none."""
    own: JsonObject = theme if scheme == LIGHT else theme.get("dark", {})
    known: Scheme = {name: str(own[name]) for name in TOKENS if own.get(name)}
    accent = known.get("accent") or str(theme["accent"])
    if not re.fullmatch("#[0-9a-f]{6}", accent):
        accent = DEFAULT_ACCENT
    return {**SYSTEM[scheme], **known, "accent": accent}


def logo_address(site: str, logo: Logo) -> str:
    """Return the path of a logo relative to the service's base URL."""
    return f"/b/{site}/logo/{logo['sha256']}"


def ink_on(color: str) -> str:
    """Return black or white, whichever is more legible on `color` (`#rgb` or `#rrggbb`)."""
    return "#000" if luminance(color) > DARKEST_FOR_BLACK else "#fff"


def luminance(color: str) -> float:
    """Return the relative luminance of `#rgb` or `#rrggbb`, 0 to 1 (WCAG 2.2)."""
    digits = color[1:] if len(color) == 7 else "".join(2 * digit for digit in color[1:])
    red, green, blue = (_linear(int(digits[at : at + 2], 16) / 255) for at in (0, 2, 4))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colors, 1 to 21 (WCAG 2.2)."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def _variables(theme: Theme) -> str:
    """Return the custom properties, also for slotted elements, as a page may set the same names on every element."""
    offered = schemes(theme)
    first = _colors(tokens(theme, offered[0]))
    round_ = f"--round:{theme['radius']}px!important;--font:{FONTS[theme['font']]}!important"
    css = f":host,::slotted(*){{{first};{round_}}}"
    if len(offered) == 1:
        return css + f":host{{color-scheme:{offered[0]}!important}}"
    dark = _colors(tokens(theme, DARK))
    return css + (f"@media(prefers-color-scheme:dark){{:host,::slotted(*){{{dark}}}}}" if dark != first else "")


def _colors(scheme: Scheme) -> str:
    accent = scheme["accent"]
    values = {"accent": accent, "on": ink_on(accent), "card": scheme["surface"], "text": scheme["text"]}
    return ";".join(f"--{name}:{value}!important" for name, value in values.items())


def _bottom_offset(height: int) -> str:
    """Return the rule that leaves room on phones for the page's own bottom bar, `height` CSS pixels high."""
    return f"{ON_PHONES}{{:host([data-position]:not([up])){{inset-block-end:{height}px!important}}}}"


def _logo(logo: Logo, site: str) -> str:
    """Return the rule that draws the logo before the text, with its final size reserved before it has loaded."""
    scale = min(LOGO_HEIGHT / logo["height"], LOGO_WIDTH / logo["width"], 1)
    width, height = (max(round(side * scale), 1) for side in (logo["width"], logo["height"]))
    return (
        f':host([data-position]) .card:before{{content:"";flex:none;align-self:start;width:{width}px;height:{height}px;'
        f'background:url("$base{logo_address(site, logo)}") 0 0/contain no-repeat}}'
    )
