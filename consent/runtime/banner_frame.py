"""Sandboxed page that renders a banner without network access, for receipts and draft previews."""

import base64
import hashlib
import json
from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import NamedTuple

from consent.core.documents.script_payload import Payload
from consent.presentation.texts import group_lines
from consent.presentation.theme import LegacyTheme, legacy_theme, logo_address, theme_in
from consent.runtime.script_payload import Showing, pinned_facts
from consent.runtime.tcf_facts import second_layer_files
from consent.runtime.vendor_details import vendor_facts
from consent.storage.database.base import Transaction
from consent.storage.sites import configs

BEFORE = (Path(__file__).parent / "banner_frame.js").read_text("utf-8")
MISSING = "This build of the banner cannot be drawn by this release."


class Frame(NamedTuple):
    """A page for a frame, and the Content-Security-Policy that it must be sent with."""

    page: str
    policy: str


def frame(
    transaction: Transaction,
    showing: Showing,
    build: bytes,
    time: int,
    *,
    layer: int,
    choice: str = "",
    schemes: str = "light dark",
    drafted: Iterable[bytes] = (),
) -> Frame:
    """Return the page that draws `layer` (1 or 2) at `time`, unix seconds, with the script `build`.

    `choice` is the value of the visitor's cookie and, after a space, of the second one (TCF); empty for a visitor
    without a choice. `drafted` are second-layer files of a draft, which aren't stored yet. `schemes` are the color
    schemes of the page around the banner. The policy allows only this script and blocks all traffic: no tag, no
    request, no receipt.
    """
    texts = showing.config.texts(showing.language)
    facts = {
        "time": time,
        "signals": {"gpc": showing.signals.gpc, "dnt": showing.signals.dnt},
        "banner": {
            **_for_frame(pinned_facts(showing, token="")),
            "look": _frame_theme(transaction, showing),
            # Older builds read each sentence of the first layer by name.
            "texts": texts | group_lines(texts, showing.language),
        },
        "vendors": [vendor_facts(showing.config, v, showing.language) for v in showing.config.document["vendors"]],
        "files": second_layer_files(transaction, showing.config, showing.place, showing.language, drafted),
        "layer": layer,
        "name": showing.config.cookie,
        "choice": choice,
    }
    # Escape `<`, so that no text can end the script element.
    given = json.dumps(facts, ensure_ascii=True).replace("<", "\\u003c")
    code = build.decode()
    # Current code gets its facts itself; builds that are a single function still have to be called.
    called = code if code.rstrip().endswith(";") else f"{code}();"
    script = f"{BEFORE}drawInFrame({given});\n{called}"
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; script-src 'sha256-{digest}'; img-src data:; sandbox allow-scripts;"
        " frame-ancestors 'self'; base-uri 'none'"
    )
    return Frame(
        f'<!doctype html>\n<html lang="{escape(showing.language)}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f'<meta name="color-scheme" content="{schemes}">'
        f'<title>Banner</title></head><body><p id="missing" hidden>{MISSING}</p><script>{script}</script></body></html>',
        policy,
    )


class FrameTheme(LegacyTheme):
    """The look in the form that every build reads."""

    css: str


def _frame_theme(transaction: Transaction, showing: Showing) -> FrameTheme:
    """Return the look, including the fields that older builds read, with the logo inlined in the style sheet."""
    document = showing.config.document
    css = theme_in(showing.config.look, showing.language)["css"]
    if logo := document["look"].get("logo"):
        image = configs.get_artifact(transaction, f"sha256:{logo['sha256']}") or b""
        data = f"data:{logo['type']};base64,{base64.b64encode(image).decode()}"
        css = css.replace("$base" + logo_address(document["site"], logo), data)
    return {**legacy_theme(document["look"]), "css": css}


def without_tags(facts: Payload) -> Payload:
    """Return `facts` without tags and without a former consent tool, whose layer the page would wait for."""
    drawn = facts | {"acts": facts["acts"] | {"tags": {}}}
    drawn.pop("old_tool", None)
    return drawn


def _for_frame(facts: Payload) -> Payload:
    """Return `facts` for a frame: its policy blocks tags, and it has no page that could draw layers of its own."""
    drawn = without_tags(facts)
    drawn.pop("headless", None)
    return drawn
