"""Codes and colors of vendors in lists: all different, stable, and legible on light and dark pages."""

import colorsys
import re
from pathlib import Path

import pytest

from consent.classifier.catalog import VENDORS, load_catalog
from consent.dashboard.frame.initials import HUES, MAX_CODE_LENGTH, code_of, hue_of, names_of

CSS = (Path(__file__).parents[3] / "static" / "dashboard" / "tags.css").read_text("utf-8")
NAMES = names_of(load_catalog(VENDORS, Path(__file__).parents[3] / "consent" / "demo" / "vendors"))
MIN_CONTRAST = 4.5


def test_the_codes_of_all_vendors_differ() -> None:
    codes = [code_of(vendor, name, NAMES) for vendor, name in NAMES]
    assert len({code.casefold() for code in codes}) == len(NAMES) > 600
    assert [code for code in codes if not 1 <= len(code) <= MAX_CODE_LENGTH] == []


@pytest.mark.parametrize(
    ("vendor", "code"),
    [
        *(("google-analytics", "GA4"), ("google-tag-manager", "GTM"), ("meta-pixel", "FB"), ("google-ads", "Ads")),
        *(("hotjar", "HJ"), ("stripe", "Str"), ("google-optimize", "Op"), ("demo-analytics", "Ana")),
    ],
)
def test_a_code_is_known_or_made_of_distinctive_words(vendor: str, code: str) -> None:
    assert code_of(vendor, dict(NAMES)[vendor], NAMES) == code


def test_a_vendor_outside_the_catalog_has_a_code_of_its_name() -> None:
    assert [code_of("own-1", name, NAMES) for name in ("Corner Shop Club", "corner", "(?)")] == ["CS", "Co", "?"]


def test_each_color_is_stable_and_legible() -> None:
    assert hue_of("hotjar") == hue_of("hotjar") < HUES
    hues = dict(re.findall(r"\.hue-(\d+) \{ --h: (\d+) \}", CSS))
    assert sorted(map(int, hues)) == list(range(HUES))
    pairs = re.findall(r"light-dark\(hsl\(var\(--h\) (\d+)% (\d+)%\), hsl\(var\(--h\) (\d+)% (\d+)%\)\)", CSS)
    text, back = (tuple(map(int, pair)) for pair in pairs)
    for hue in map(int, hues.values()):
        for at in (0, 2):
            assert _contrast(_luminance(hue, *text[at : at + 2]), _luminance(hue, *back[at : at + 2])) >= MIN_CONTRAST


def _luminance(hue: int, saturation: int, lightness: int) -> float:
    rgb = colorsys.hls_to_rgb(hue / 360, lightness / 100, saturation / 100)
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in rgb]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: float, other: float) -> float:
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)
