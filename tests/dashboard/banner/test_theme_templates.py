"""The editor's theme templates are fair and can be saved."""

import pytest

from consent.dashboard.banner.theme_templates import QUIET, TEMPLATES
from consent.presentation.theme import FILLED, LAYOUTS, style_sheet
from consent.publishing.theme_checks import theme_errors
from tests.golden import shipped_rules

LOOK = {"accent": "#0b57d0", "radius": 8, "position": "bottom", "font": "system"}


@pytest.mark.parametrize("name", TEMPLATES)
def test_each_template_may_be_published(name: str) -> None:
    fields = TEMPLATES[name]
    buttons = {key: fields[f"button_{key}"] for key in ("accept", "reject", "settings")}
    named = {key: weight for key, weight in buttons.items() if weight not in (FILLED, QUIET)}
    look = LOOK | {key: fields[key] for key in ("position", "radius", "font")} | {"buttons": named}
    assert list(theme_errors(look, shipped_rules())) == []
    assert buttons["accept"] == buttons["reject"]
    assert look["position"] in LAYOUTS


def test_settings_are_plain_text_unless_a_look_says_otherwise() -> None:
    assert "last-child" not in style_sheet(LOOK, "shop")
    filled = style_sheet(LOOK | {"buttons": {"settings": FILLED}}, "shop")
    assert "::slotted([slot]:last-child){background:var(--accent)!important" in filled
