"""What the form of the banner editor says, as a change of the draft."""

import re
from typing import Any

from flask import request

from consent.snapshots.draft import Draft
from consent.snapshots.look import BUTTONS, FILLED, TOKENS
from consent.snapshots.texts import TEXT_KEYS, banner_texts

MOST_LINKS = 2

TEXT_WORDS = {
    "label": "Name of the whole banner, for screen readers",
    "withdrawal": "That a choice can be changed",
    "vendors_link": "Link to the third parties",
    "policy": "Link to the privacy policy",
    "save": "Button that saves a selection",
    "close": "Cross that closes without saving",
    "dismiss": "Button that closes the notice",
    "status": "Mark that an opt-out is honoured",
    "gpc_active": "Global Privacy Control was taken as a refusal",
    "gpc_conflict": "Global Privacy Control against a present choice",
    "dnt_active": "Do Not Track was taken as an objection",
    "dnt_conflict": "Do Not Track against a present choice",
    "preferences_title": "Title of the settings",
    "preferences_text": "What to do in the settings",
    "always_on": "Essential cannot be switched off",
    "locked": "A group stays off at the visitor's age",
    "limited": "A vendor that runs limited where it is off",
    "vendors": "Heading of the third parties",
    "vendor_policy": "Link to a vendor's privacy policy",
    "vendor_opt_out": "Link to a vendor's opt-out",
    "cookie_name": "Column: name of a cookie",
    "cookie_purpose": "Column: purpose of a cookie",
    "cookie_lifetime": "Column: life of a cookie",
    "session_lifetime": "Life of a cookie of the session",
    "keep_proof": "Tick that keeps proof of a choice",
    "receipts": "Link to the visitor's own receipts",
    "back": "Link that opens the settings again",
    "download": "Button that gives out a receipt",
    "frame": "In place of a video or map that is held",
    "load_once": "Button that loads it this once",
    "always_allow": "Button that allows its group",
}
"""What a text is for, where its key does not say it to somebody who never saw one."""


def typed_draft(draft: Draft, language: str) -> Draft:
    """Return `draft` with the look, and the words and links in `language`, that the form of this request says."""
    texts = draft["texts"]
    languages = texts["languages"] | {language: _words(language)}
    links = {code: held for code, held in texts.get("links", {}).items() if code != language}
    if own := _links():
        links[language] = own
    kept = {name: value for name, value in texts.items() if name != "links"}
    return draft | {
        "look": _look(draft),
        "texts": kept | {"languages": languages} | ({"links": links} if links else {}),
    }


def _look(draft: Draft) -> dict[str, Any]:
    form = request.form
    look: dict[str, Any] = {name: form.get(name, "") for name in ("accent", "position", "font")}
    look["radius"] = _number(form.get("radius", ""))
    if form.get("scheme", "auto") != "auto":
        look["scheme"] = form["scheme"]
    if form.get("own_light"):
        look |= {name: form.get(name, "").lower() for name in TOKENS}
    if form.get("own_dark"):
        look["dark"] = {name: form.get(f"dark_{name}", "").lower() for name in TOKENS}
    buttons = {name: form.get(f"button_{name}", FILLED) for name in BUTTONS}
    if any(weight != FILLED for weight in buttons.values()):
        look["buttons"] = {name: weight for name, weight in buttons.items() if weight != FILLED}
    if logo := draft["look"].get("logo"):
        look["logo"] = logo
    return look | {"accent": look["accent"].lower()}


def _words(language: str) -> dict[str, str]:
    """Return the own words of the form: what is empty, or says what is shipped, is none."""
    shipped = banner_texts(language)
    typed = {key: request.form.get(f"text.{key}", "").strip() for key in TEXT_KEYS}
    return {key: words for key, words in typed.items() if words and words != shipped[key]}


def _links() -> dict[str, Any]:
    form = request.form
    policy = form.get("link.policy", "").strip()
    pairs = [
        (form.get(f"link.label_{n}", "").strip(), form.get(f"link.url_{n}", "").strip()) for n in range(MOST_LINKS)
    ]
    more = [{"label": label, "url": url} for label, url in pairs if label or url]
    return {**({"policy": policy} if policy else {}), **({"more": more} if more else {})}


def _number(text: str) -> int | str:
    """Return `text` as a number where it is one; what is not is refused by the schema."""
    return int(text) if re.fullmatch(r"[0-9]{1,6}", text) else text
