"""Style sheet that gives visitor pages the colors, font and corner radius of the site's banner."""

from consent.core.documents.theme import Theme
from consent.presentation.theme import FALLBACKS, FONTS, SYSTEM, ink_on, schemes, tokens

THEME_FILE = "theme.css"
"""Its file name, in the folder of each page."""
RULES = """\
.button,.button:hover{background:var(--accent);color:var(--on);border-color:#8886}
.button:hover{text-decoration:underline}
main a:not(.button){color:inherit}
"""
"""The accent is only used as a background, since it may not be legible as a text color."""


def page_style_sheet(theme: Theme) -> str:
    """Return the CSS with which `theme` overrides static/receipts.css; the checks before publishing ensure contrast."""
    offered = schemes(theme)
    blocks = [f":root{{{_variables(theme, scheme)}}}" for scheme in offered]
    if len(offered) == 1:
        colors = f":root{{color-scheme:{offered[0]}}}\n{blocks[0]}\n"
    else:
        pairs = zip(offered, blocks, strict=True)
        colors = "".join(f"@media(prefers-color-scheme:{scheme}){{{block}}}\n" for scheme, block in pairs)
    font, radius = FONTS[theme["font"]], theme["radius"]
    shape = f"body{{font-family:{font}}}\nmain :is(.card,.button,select){{border-radius:{radius}px}}\n"
    spoken = "".join(f"body:lang({language}){{font-family:{fonts}}}\n" for language, fonts in FALLBACKS.items())
    return colors + shape + spoken + RULES


def _variables(theme: Theme, scheme: str) -> str:
    """Return a scheme's custom properties; without the site's own card or text color, the page's defaults apply."""
    known = tokens(theme, scheme)
    accent, card, ink = known["accent"], known["surface"], known["text"]
    values = {"accent": accent, "on": ink_on(accent)}
    if (card, ink) != (SYSTEM[scheme]["surface"], SYSTEM[scheme]["text"]):
        line = f"color-mix(in srgb,{ink} 25%,{card})"
        values |= {"card": card, "ground": card, "ink": ink, "soft": ink, "bad": ink, "line": line}
    return ";".join(f"--{name}:{value}" for name, value in values.items())
