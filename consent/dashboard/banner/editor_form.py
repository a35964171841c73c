"""Parse the banner editor's form into a changed draft."""

from flask import request

from consent.core.documents.config import Draft
from consent.core.documents.texts import OwnLink, OwnLinks
from consent.core.documents.theme import ButtonWeights, ReopenButton, Theme
from consent.dashboard.banner.theme_templates import QUIET
from consent.dashboard.frame.drafts import typed_number
from consent.dashboard.frame.locale import Labels
from consent.presentation.texts import TEXT_KEYS, banner_texts
from consent.presentation.theme import FILLED

MAX_LINKS = 2
OFFSET = 12
"""Default distance in CSS pixels between the button that reopens the settings and the bottom of the window."""

TEXT_WORDS = Labels(
    {
        "title": "Title",
        "text": "Text",
        "accept_all": "Accept button",
        "reject_all": "Reject button",
        "settings": "Settings button",
        "notice_title": "Title of the notice",
        "notice": "Text of the notice",
        "opt_out": "Opt-out button",
        "label": "Name of the whole banner, for screen readers",
        "withdrawal": "How to change a choice",
        "vendors_link": "Link to the third parties, instead of their number in the text",
        "policy": "Link to the privacy policy",
        "save": "Save button",
        "close": "Close without saving (cross)",
        "dismiss": "Close button of the notice",
        "status": "Mark that an opt-out is honored",
        "gpc_active": "Global Privacy Control was treated as a refusal",
        "gpc_conflict": "Global Privacy Control conflicts with an existing choice",
        "dnt_active": "Do Not Track was treated as an objection",
        "dnt_conflict": "Do Not Track conflicts with an existing choice",
        "preferences_title": "Title of the settings",
        "preferences_text": "What to do in the settings",
        "always_on": "Essential cannot be switched off",
        "locked": "Group that stays off because of the visitor's age",
        "limited": "Vendor that runs in limited mode when off",
        "vendors": "Heading of the third parties",
        "vendor_policy": "Link to a vendor's privacy policy",
        "vendor_opt_out": "Link to a vendor's opt-out",
        "cookie_name": "Column: name of a cookie",
        "cookie_purpose": "Column: purpose of a cookie",
        "cookie_lifetime": "Column: life of a cookie",
        "session_lifetime": "Life of a cookie of the session",
        "keep_proof": "Checkbox that keeps proof of a choice",
        "receipts": "Link to the visitor's own receipts",
        "back": "Link that opens the settings again",
        "download": "Download button of a receipt",
        "frame": "In place of a video or map that is blocked",
        "load_once": "Load-once button",
        "always_allow": "Always-allow button",
    }
)
"""What each text is for, except the texts of groups and of links that laws require."""


def typed_draft(draft: Draft, language: str) -> Draft:
    """Return `draft` with the form's theme, and its texts and links in `language`."""
    texts = draft["texts"] | {"languages": draft["texts"]["languages"] | {language: _words(language)}}
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


def _words(language: str) -> dict[str, str]:
    """Return the form's custom texts, without empty ones and those equal to the shipped text."""
    shipped = banner_texts(language)
    typed = {key: request.form.get(f"text.{key}", "").strip() for key in TEXT_KEYS}
    return {key: words for key, words in typed.items() if words and words != shipped[key]}


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
