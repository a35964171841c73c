"""Parse the banner editor's form into a changed draft."""

from flask import request

from consent.core.documents.config import Draft
from consent.core.documents.texts import OwnLink, OwnLinks
from consent.core.documents.theme import ButtonWeights, ReopenButton, Theme
from consent.dashboard.banner.theme_templates import QUIET
from consent.dashboard.frame.drafts import typed_number
from consent.presentation.texts import TEXT_KEYS
from consent.presentation.theme import FILLED
from consent.sites.draft_parts import own_words

MAX_LINKS = 2
OFFSET = 12
"""Default distance in CSS pixels between the button that reopens the settings and the bottom of the window."""


def typed_draft(draft: Draft, language: str) -> Draft:
    """Return `draft` with the form's theme, and its texts and links in `language`."""
    words = {key: request.form.get(f"text.{key}", "") for key in TEXT_KEYS}
    texts = draft["texts"] | {"languages": draft["texts"]["languages"] | {language: own_words(language, words)}}
    links = {code: held for code, held in texts.pop("links", {}).items() if code != language}
    if own := _links():
        links[language] = own
    if links:
        texts["links"] = links
    return draft | {"look": _theme(draft), "texts": texts}


def _theme(draft: Draft) -> Theme:
    form = request.form
    theme: Theme = {
        "accent": form.get("accent", "").lower(),
        "position": form.get("position", ""),
        "font": form.get("font", ""),
        "radius": typed_number(form.get("radius", "")),
    }
    if form.get("scheme", "auto") != "auto":
        theme["scheme"] = form["scheme"]
    if form.get("own_light"):
        # The accent is always submitted.
        theme["surface"], theme["text"] = (form.get(name, "").lower() for name in ("surface", "text"))
    if form.get("own_dark"):
        theme["dark"] = {
            "accent": form.get("dark_accent", "").lower(),
            "surface": form.get("dark_surface", "").lower(),
            "text": form.get("dark_text", "").lower(),
        }
    if buttons := _buttons():
        theme["buttons"] = buttons
    if foot := typed_number(form.get("foot") or "0"):
        theme["foot"] = foot
    if back := _back():
        theme["back"] = back
    if logo := draft["look"].get("logo"):
        theme["logo"] = logo
    return theme


def _buttons() -> ButtonWeights:
    form, weights = request.form, ButtonWeights()
    if (accept := form.get("button_accept", FILLED)) != FILLED:
        weights["accept"] = accept
    if (reject := form.get("button_reject", FILLED)) != FILLED:
        weights["reject"] = reject
    if (settings := form.get("button_settings", QUIET)) != QUIET:
        weights["settings"] = settings
    return weights


def _back() -> ReopenButton:
    """Return how the button that reopens the settings differs from the default."""
    form, back = request.form, ReopenButton()
    if (side := form.get("back_side", "start")) != "start":
        back["side"] = side
    if (offset := typed_number(form.get("back_offset", str(OFFSET)))) != OFFSET:
        back["offset"] = offset
    if form.get("back_icon"):
        back["icon"] = True
    if form.get("back_own_link"):
        back["own_link"] = True
    return back


def _links() -> OwnLinks:
    form = request.form
    policy = form.get("link.policy", "").strip()
    pairs = [(form.get(f"link.label_{n}", "").strip(), form.get(f"link.url_{n}", "").strip()) for n in range(MAX_LINKS)]
    more: list[OwnLink] = [{"label": label, "url": url} for label, url in pairs if label or url]
    links = OwnLinks()
    if policy:
        links["policy"] = policy
    if more:
        links["more"] = more
    return links
