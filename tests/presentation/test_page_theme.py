"""Pages for visitors have the site's colors."""

from typing import Any

from consent.presentation.page_theme import page_style_sheet

LOOK: Any = {"accent": "#ffcc00", "radius": 4, "position": "bottom", "font": "serif"}


def test_a_pale_accent_has_black_words_on_it_and_is_never_the_color_of_words() -> None:
    css = page_style_sheet(LOOK)
    assert "--accent:#ffcc00;--on:#000}" in css
    assert "--card" not in css
    assert ".button,.button:hover{background:var(--accent);color:var(--on)" in css
    assert "main a:not(.button){color:inherit}" in css
    assert "Georgia" in css
    assert "body:lang(ur){font-family:" in css
    assert '"Noto Sans Tamil"' in css
    assert "border-radius:4px" in css


def test_each_scheme_has_its_own_colors_of_card_and_text() -> None:
    own = {"surface": "#fff8e7", "text": "#1b1b1f", "dark": {"accent": "#80deea", "surface": "#17181c"}}
    light, dark, *_ = page_style_sheet({**LOOK, **own}).splitlines()
    assert light.startswith("@media(prefers-color-scheme:light)")
    assert "--card:#fff8e7;--ground:#fff8e7;--ink:#1b1b1f;--soft:#1b1b1f" in light
    assert dark.startswith("@media(prefers-color-scheme:dark)")
    assert "--accent:#80deea;--on:#000;--card:#17181c;--ground:#17181c;--ink:CanvasText" in dark


def test_a_site_with_one_scheme_has_no_other() -> None:
    css = page_style_sheet({**LOOK, "scheme": "dark"})
    assert css.startswith(":root{color-scheme:dark}")
    assert "prefers-color-scheme" not in css
