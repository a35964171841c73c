"""Variants of the banner: themes and texts that differ from the site's own, one of which each page view draws."""

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, cast

from consent.core.documents.config import Config, Draft
from consent.core.documents.theme import ShownVariant, Theme, Variant
from consent.core.translatable import translatable
from consent.presentation.texts import banner_texts, owner_texts
from consent.presentation.theme import style_sheet

CONTROL = "a"
"""The variant that is the banner itself; the others differ from it."""
IDS = ("a", "b", "c", "d")
UNDRAWN = "base"
"""The variant in receipts and counts if an experiment runs but none was drawn.

A choice was already known, or what was shown isn't a first layer that asks. Visitors then see the banner itself.
"""
VARIED_TEXTS = ("title", "text", "withdrawal", "vendors_link", "accept_all", "reject_all", "settings")
"""The texts that a variant may replace: those of the first layer."""
NESTED = ("dark", "buttons")
"""The parts of a theme that a variant changes field by field."""

FrozenTexts = Callable[[str, dict[str, str], Draft], dict[str, str]]


def is_experiment(variants: Sequence[Variant]) -> bool:
    """Return whether there is more than one variant to draw from."""
    return len(variants) > 1


def control(weight: int = 1) -> Variant:
    """Return the variant that is the banner itself."""
    return {"id": CONTROL, "weight": weight}


def varied_theme(theme: Theme, variant: Variant) -> Theme:
    """Return `theme` with the changes of `variant`."""
    base: Any = theme
    change: Any = variant.get("look", {})
    nested = {name: {**base.get(name, {}), **change[name]} for name in NESTED if name in change}
    return cast(Theme, {**base, **change, **nested})


def variant_draft(draft: Draft, variant: Variant) -> Draft:
    """Return the draft whose banner is the one `variant` shows, without an experiment, for checks and previews."""
    languages = draft["texts"]["languages"]
    words = {
        language: {**own, **owner_texts(language, variant.get("texts", {}))} for language, own in languages.items()
    }
    return {
        **draft,
        "look": varied_theme(draft["look"], variant),
        "texts": {**draft["texts"], "languages": words},
        "variants": [control()],
    }


def what_visitors_see(draft: Draft) -> tuple[str, dict[str, dict[str, str]]]:
    """Return what visitors see of a draft's banner: drafts with equal ones look the same, however they are written."""
    languages = draft["texts"]["languages"]
    words = {language: banner_texts(language) | owner_texts(language, languages) for language in languages}
    return style_sheet(draft["look"], draft["site"]), words


def shown_variants(draft: Draft, frozen_texts: FrozenTexts) -> dict[str, ShownVariant]:
    """Return the style sheet and texts of each variant as a config keeps them; empty without an experiment.

    `frozen_texts` returns the strings of a language with placeholders filled.
    """
    return {
        variant["id"]: _shown(draft, variant, frozen_texts) for variant in draft["variants"] if variant["id"] != CONTROL
    }


def _shown(draft: Draft, variant: Variant, frozen_texts: FrozenTexts) -> ShownVariant:
    varied, texts = variant_draft(draft, variant), {}
    for language in draft["texts"]["languages"]:
        if own := owner_texts(language, variant.get("texts", {})):
            frozen = frozen_texts(language, owner_texts(language, varied["texts"]["languages"]), varied)
            texts[language] = {key: frozen[key] for key in own}
    return {"style": style_sheet(varied["look"], draft["site"]), "texts": texts}


def variant_config(document: Config, variant_id: str) -> Config:
    """Return `document` as shown to visitors of one of its variants: a config with only that variant."""
    variant = next(variant for variant in document["variants"] if variant["id"] == variant_id)
    alone = {name: value for name, value in document.items() if name != "experiment"} | {"variants": [variant]}
    shown = document.get("experiment", {}).get(variant_id)
    if shown is not None:
        languages = {
            language: {**strings, **shown["texts"].get(language, {})}
            for language, strings in document["texts"]["languages"].items()
        }
        alone["look"] = varied_theme(document["look"], variant)
        alone["style"] = shown["style"]
        alone["texts"] = {**document["texts"], "languages": languages}
    return cast(Config, alone)


def is_drawn_in(variants: Sequence[Variant], language: str) -> bool:
    """Return whether pages in `language` draw: if any variant has texts, each variant with texts must have them there.

    Otherwise some variants would look the same under different names, and their numbers would mean nothing.
    """
    with_texts = [variant for variant in variants if variant.get("texts")]
    if not all(owner_texts(language, variant.get("texts", {})) for variant in with_texts):
        return False
    return bool(with_texts) or any(variant.get("look") for variant in variants)


def with_winner(draft: Draft, variant_id: str) -> Draft:
    """Return `draft` without its experiment, with the theme and texts of the variant `variant_id` as the banner's own."""
    variant = next(variant for variant in draft["variants"] if variant["id"] == variant_id)
    return variant_draft(draft, variant)


def with_variant(draft: Draft, variant: Variant) -> Draft:
    """Return `draft` with `variant` in place of the one with its id, or after the others."""
    variants = draft["variants"] or [control()]
    if variant["id"] in {one["id"] for one in variants}:
        return {**draft, "variants": [variant if one["id"] == variant["id"] else one for one in variants]}
    return {**draft, "variants": [*variants, variant]}


def without_variant(draft: Draft, variant_id: str) -> Draft:
    """Return `draft` without a variant; removing the last one besides the banner itself ends the experiment."""
    left = [variant for variant in draft["variants"] if variant["id"] != variant_id]
    return {**draft, "variants": left if is_experiment(left) else [control()]}


def in_languages(variants: Sequence[Variant], languages: Collection[str]) -> list[Variant]:
    """Return `variants` with texts in these languages only."""
    return [_in_languages(variant, languages) for variant in variants]


def _in_languages(variant: Variant, languages: Collection[str]) -> Variant:
    left = {language: words for language, words in variant.get("texts", {}).items() if language in languages}
    rest = cast(Variant, {name: value for name, value in variant.items() if name != "texts"})
    return {**rest, "texts": left} if left else rest


def free_variant(draft: Draft) -> str | None:
    """Return the first id that no variant of `draft` has, or None if all are taken; `a` is the banner itself."""
    taken = {variant["id"] for variant in draft["variants"]} | {CONTROL}
    return next((one for one in IDS if one not in taken), None)


def variant_errors(draft: Draft) -> dict[str, str]:
    """Return a sentence for each invalid variant field of a `draft` that has passed the schema, by its path."""
    fields = {}
    ids = [variant["id"] for variant in draft["variants"]]
    if is_experiment(draft["variants"]) and (ids[0] != CONTROL or len({*ids}) < len(ids)):
        fields["variants"] = translatable(
            "The first variant must be a, the banner itself, and each letter can be used only once."
        )
    elif {"look", "texts"} & draft["variants"][0].keys():
        fields["variants.0"] = translatable("Variant a is the banner itself: it has no look or texts of its own.")
    if is_experiment(draft["variants"]) and draft["overrides"].get("headless"):
        fields["variants"] = translatable("Your pages draw the layers themselves, so variants would not be seen.")
    for number, variant in enumerate(draft["variants"]):
        for path, sentence in _text_errors(draft, variant):
            fields[f"variants.{number}.texts.{path}"] = sentence
    return fields


def _text_errors(draft: Draft, variant: Variant) -> Iterator[tuple[str, str]]:
    for language, own in variant.get("texts", {}).items():
        if language not in draft["texts"]["languages"]:
            yield language, translatable("The site does not offer this language.")
        for key in own:
            if key not in VARIED_TEXTS:
                yield f"{language}.{key}", translatable("A variant can change the texts of the first layer only.")
