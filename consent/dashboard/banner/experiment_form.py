"""Parse a variant's form: how its theme and texts differ from the banner itself."""

from collections.abc import Mapping
from typing import Any, cast

from flask import request

from consent.core.documents.config import Draft
from consent.core.documents.theme import Theme, ThemeChange, Variant
from consent.dashboard.banner.theme_templates import QUIET
from consent.dashboard.frame.drafts import typed_number
from consent.sites.experiments.variants import CONTROL

TEXTS = ("title", "text", "accept_all", "reject_all", "settings", "withdrawal", "vendors_link")
"""A variant's texts, in the order of the form."""
LONG = ("text", "withdrawal")
PLAIN = ("position", "accent", "font")


def typed_variant(draft: Draft, variant_id: str, language: str) -> Variant:
    """Return the variant of `draft` with this id, or a new one, with the form's values."""
    known = next((one for one in draft["variants"] if one["id"] == variant_id), Variant(id=variant_id, weight=1))
    variant: Variant = {"id": variant_id, "weight": typed_number(request.form.get("weight", "1").strip())}
    if name := request.form.get("name", "").strip():
        variant["name"] = name
    if variant_id == CONTROL:
        return variant
    if change := _theme_change(draft["look"], known.get("look", ThemeChange())):
        variant["look"] = change
    texts = {code: words for code, words in known.get("texts", {}).items() if code != language}
    if words := _words():
        texts[language] = words
    if texts:
        variant["texts"] = texts
    return variant


def _theme_change(base: Theme, known: ThemeChange) -> ThemeChange:
    """Return how the form differs from `base`, plus the parts of `known` that the form has no field for."""
    form = request.form
    typed: dict[str, Any] = {name: form.get(name, "").lower() for name in PLAIN}
    typed["radius"] = typed_number(form.get("radius", "").strip())
    typed["buttons"] = {**known.get("buttons", {}), "settings": form.get("button_settings", "")}
    if "dark_accent" in form:
        typed["dark"] = {**known.get("dark", {}), "accent": form["dark_accent"].lower()}
    buttons = {"settings": QUIET, **base.get("buttons", {})}
    return cast(ThemeChange, _different({**known, **typed}, {**base, "buttons": buttons}))


def _different(values: Mapping[str, Any], base: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that differ from `base`; an empty value counts as equal."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, dict):
            if inner := _different(value, base.get(name, {})):
                found[name] = inner
        elif value not in ("", base.get(name)):
            found[name] = value
    return found


def _words() -> dict[str, str]:
    typed = {key: request.form.get(f"text.{key}", "").strip() for key in TEXTS}
    return {key: words for key, words in typed.items() if words}
