"""GET /r/<site>: the visitor's page of own receipts, found by the browser's cookie; no account, no session."""

import hashlib
import hmac
import json
import secrets
from collections.abc import Sequence
from typing import NamedTuple

import segno
from babel import Locale
from babel.dates import format_date, format_datetime
from flask import render_template

from consent.api.http.context import ApiContext
from consent.api.http.request import Request
from consent.api.http.response import NO_STORE, Answer, ApiError
from consent.api.http.site import find_site
from consent.api.page.choice_cookies import read_secret
from consent.api.page.decision import write_token
from consent.api.page.import_choice import METHOD
from consent.api.page.visit_context import Visit, read_visit, strictest_visit
from consent.api.visitor.proof import TEXT, prove
from consent.archive.read_receipt import read_detached
from consent.core.amend import has_grant
from consent.core.choice import parse_choice
from consent.core.decide import decide
from consent.core.documents.resolved import Resolved
from consent.core.groups import OPT_IN, OPTIONAL
from consent.core.receipt import OWN_LAYER, ReceiptRecord
from consent.delivery.receiver_status import receiver_statuses
from consent.presentation.languages import language_info
from consent.presentation.page_theme import THEME_FILE, page_style_sheet
from consent.presentation.texts import group_lines, labeled, page_texts, receipt_texts
from consent.runtime.asked_groups import asked_groups
from consent.runtime.build_record import build_entry
from consent.runtime.compiled_config import CompiledConfig, utc_time
from consent.signing.receipt_claims import visitor_of
from consent.storage.archive import detached_months
from consent.storage.archive.detached_months import Detached
from consent.storage.log import entries, tree_store
from consent.storage.receipts import receipts
from consent.storage.selection.subjects import Subject
from consent.web.static_files import static_folder

MAX_SHOWN = 50
SECURITY = [
    ("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
     " form-action 'self'; frame-ancestors 'none'; base-uri 'none'"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    NO_STORE,
    ("Vary", "Cookie, Accept-Language"),
]  # fmt: skip
FILES = {
    "receipts.css": "text/css",
    THEME_FILE: "text/css",
    "receipts.js": "text/javascript",
    "own_banner.js": "text/javascript",
    "script_check.js": "text/javascript",
}
SCRIPT_PROOF, CONFIG_PROOF = "script.tlog-proof", "config.tlog-proof"
"""Proofs that what is served now is in the log: anyone who gets the script may have them, even if the log isn't
public."""


class Card(NamedTuple):
    """One receipt in words: `answers` are pairs of a name and True, False or None, `shown` are paragraphs.

    `expires` is empty if nothing was granted: a refusal needs no renewal. For a receipt in a file elsewhere, only id
    and time are known.
    """

    id: str
    action: str
    time: str
    time_iso: str
    expires: str
    answers: list[tuple[str, bool | None]]
    shown: list[str]
    is_logged: bool
    qr: str
    is_archived: bool = False
    is_imported: bool = False


class ReceiverCard(NamedTuple):
    """A system that is notified of choices: whether and when it was, and the groups concerned, each allowed or not."""

    name: str
    words: str
    time: str
    time_iso: str
    answers: list[tuple[str, bool]]


def answer_my_receipts(context: ApiContext, request: Request, site: str) -> Answer:
    """Return the page: what was chosen and shown, each with its proof. An unknown secret is treated as no secret."""
    config = find_site(context, site)
    visit = page_visit(context, request, config)
    secret = read_secret(request, config)
    rows: Sequence[ReceiptRecord | Detached] = ()
    receivers: list[ReceiverCard] = []
    if secret:
        visitor = visitor_of(context.keys.secret, secret)
        rows = _newest_receipts(context, config.site_id, visitor)
        receivers = receiver_cards(context, visit, visitor)
    form = _form(context, visit, secret) if secret and rows else None
    offered = [language_info(code) for code in config.languages]
    return receipts_page(context, visit, rows, form=form, receivers=receivers, languages=offered)


def receiver_cards(context: ApiContext, visit: Visit, subject_no: str) -> list[ReceiverCard]:
    """Return in words which systems were notified of the last choice of a visitor, or of an account by its number."""
    texts = receipt_texts(visit.language) | visit.config.texts(visit.language)
    with context.engine.connect() as connection:
        found = receiver_statuses(connection, visit.config.site_id, subject_no)
    return [
        ReceiverCard(
            status.name,
            texts[f"delivery_{status.state}"],
            *_format_time(status.time, visit.language),
            [(texts[group], is_allowed) for group, is_allowed in status.groups.items()],
        )
        for status in found
    ]


def _newest_receipts(context: ApiContext, site_id: int, visitor: str) -> list[ReceiptRecord | Detached]:
    """Return a visitor's newest receipts, newest first; those of detached months come from their files, if present."""
    with context.engine.connect() as connection:
        here = receipts.timeline(connection, site_id, visitor, MAX_SHOWN)
        detached = detached_months.of_subject(connection, site_id, Subject("visitor", visitor))[-MAX_SHOWN:]
    read = read_detached(context.engine, site_id, detached) if detached else {}
    rows = [*here, *(read.get(one.id, one) for one in detached)]
    return sorted(rows, key=lambda one: (one.time, one.id), reverse=True)[:MAX_SHOWN]


def receipts_page(
    context: ApiContext, visit: Visit, rows: Sequence[ReceiptRecord | Detached], status: int = 200, **facts: object
) -> Answer:
    """Return the page with the receipts `rows`, in the visitor's language; for a detached one it says whom to ask."""
    config, language = visit.config, visit.language
    texts = config.texts(language) | receipt_texts(language) | page_texts(language)
    for key in ("receipts_text", "receipts_archived"):
        texts[key] = texts[key].replace("{controller}", config.document["controller"]["name"])
    with context.engine.connect() as connection:
        head = tree_store.head(connection, config.site_id)
    size = head.size if head else 0
    body = render_template(
        "own_receipts.html",
        site=config.site,
        title=receipt_title(config, language),
        language=language,
        direction=Locale.parse(language, sep="-").text_direction,
        texts=texts,
        labeled=labeled,
        cards=[
            _archived_card(one, language)
            if isinstance(one, Detached)
            else _card(context, config, one, texts, language, size)
            for one in rows
        ],
        home=min(config.origins, default=""),
        script=f"../b/{config.site}/{context.configs.build.sha256}.js",
        build=context.configs.build,
        config_name=config.name,
        is_honored=is_honored(context, visit),
        takes_requests=config.takes_requests,
        **facts,
    )
    return Answer(status, [("Content-Type", "text/html; charset=utf-8"), *SECURITY], body.encode())


def answer_page_file(context: ApiContext, request: Request, site: str, name: str) -> Answer:
    """Return a style sheet, script or proof of the page."""
    config = find_site(context, site)
    if name in (SCRIPT_PROOF, CONFIG_PROOF):
        return _proof_of_served(context, config, name)
    if name not in FILES:
        raise ApiError(404, "not_found", "This file does not exist.")
    headers = [("Content-Type", f"{FILES[name]}; charset=utf-8"), ("X-Content-Type-Options", "nosniff")]
    return Answer(200, [*headers, ("Cache-Control", "no-cache")], page_file(config, name))


def page_file(config: CompiledConfig, name: str) -> bytes:
    """Return a file of a visitors' page: a shared one, or this site's style sheet."""
    if name == THEME_FILE:
        return page_style_sheet(config.document["look"]).encode()
    return (static_folder() / name).read_bytes()


def _proof_of_served(context: ApiContext, config: CompiledConfig, name: str) -> Answer:
    """Return the proof that the build or config that visitors get is in the log; 404 until it is."""
    with context.engine.connect() as connection:
        if name == SCRIPT_PROOF:
            entry = build_entry(connection, config.site_id, config.name, context.configs.build.sha256)
        else:
            entry = entries.config_entry(connection, config.site_id, config.name)
        text = prove(connection, config.site_id, entry.log_index, entry.jws.encode()) if entry else None
    if text is None:
        raise ApiError(404, "not_found", "The proof is not ready; try again in a minute.")
    headers = [TEXT, ("X-Content-Type-Options", "nosniff"), NO_STORE]
    return Answer(200, [*headers, ("Content-Disposition", f'attachment; filename="{name}"')], text.encode())


def page_visit(context: ApiContext, request: Request, config: CompiledConfig) -> Visit:
    """Return the visit, or one without any trusted facts if the page's URL is invalid."""
    try:
        return read_visit(context, request, config)
    except ApiError:
        return strictest_visit(request, config)


def is_honored(context: ApiContext, visit: Visit) -> bool:
    """Return whether an opt-out counts here and the law of the place requires saying so (11 CCR 7025(c)(6))."""
    resolved = visit.config.resolved_at(visit.place.country, visit.place.subdivision, context.clock())
    return decide(resolved, resolved["day"], visit.signals, parse_choice(visit.choice, visit.tcf)).status is not None


def form_mac(context: ApiContext, site: str, secret: str) -> str:
    """Return a value that only this page can put into its form, since other pages can't read it (CSRF)."""
    message = b"own receipts\0" + site.encode() + b"\0" + secret.encode()
    return hmac.digest(context.keys.secret, message, hashlib.sha256).hex()


def receipt_title(config: CompiledConfig, language: str) -> str:
    """Return the name of the page; older configs have no text of their own for it."""
    return config.texts(language).get("receipts") or receipt_texts(language)["receipt_id"]


def _form(context: ApiContext, visit: Visit, secret: str) -> dict[str, str] | None:
    """Return the fields of the withdrawal form, or None if the choice's cookie grants nothing."""
    choice = parse_choice(visit.choice, visit.tcf)
    if choice is None or not has_grant(choice):
        return None
    resolved = visit.config.resolved_at(visit.place.country, visit.place.subdivision, context.clock())
    return {
        "csrf": form_mac(context, visit.config.site, secret),
        "key": secrets.token_hex(16),
        "config": visit.config.name,
        "token": write_token(context, visit, resolved["regime"], resolved["day"]),
    }


def _archived_card(receipt: Detached, language: str) -> Card:
    time, time_iso = _format_time(receipt.time, language)
    return Card(receipt.id, "", time, time_iso, "", [], [], is_logged=True, qr=_qr(receipt.id), is_archived=True)


def _format_time(time: int, language: str) -> tuple[str, str]:
    """Return the time as text in the language, and in ISO format."""
    moment = utc_time(time)
    return format_datetime(moment, "long", locale=Locale.parse(language, sep="-")), moment.isoformat()


def _qr(receipt_id: str) -> str:
    svg: str = segno.make(receipt_id, error="m", micro=False).svg_inline(scale=5, border=3, light="#fff", dark="#000")
    return svg


def _card(
    context: ApiContext, config: CompiledConfig, receipt: ReceiptRecord, texts: dict[str, str], language: str, size: int
) -> Card:
    shown = context.configs.live.by_name(config.site, receipt.config)
    names = {v["id"]: v["name"] for v in (shown or config).document["vendors"]}
    vendors: dict[str, bool] = json.loads(receipt.vendors)
    asked = _answered_groups(shown, receipt) if shown else [*OPTIONAL]
    answers = [(texts[group], getattr(receipt, group)) for group in asked]
    locale = Locale.parse(language, sep="-")
    time, time_iso = _format_time(receipt.time, language)
    # After a partial withdrawal, show what is left instead of saying that consent was withdrawn.
    action = "save" if receipt.action == "withdraw" and receipt.grants else receipt.action
    return Card(
        id=receipt.id,
        action=texts[f"action_{action}"],
        time=time,
        time_iso=time_iso,
        expires=format_date(utc_time(receipt.expires), "long", locale=locale)
        if receipt.expires and receipt.grants
        else "",
        answers=[*answers, *((names.get(vendor, vendor), granted) for vendor, granted in vendors.items())],
        # A withdrawal on this page answered no layer, and only the site's page knows the words of a layer it drew.
        shown=_shown_texts(shown, receipt) if shown and receipt.layer and receipt.method != OWN_LAYER else [],
        is_logged=receipt.log_index is not None and receipt.log_index < size,
        qr=_qr(receipt.id),
        is_imported=receipt.method == METHOD,
    )


def _answered_groups(shown: CompiledConfig, receipt: ReceiptRecord) -> list[str]:
    """Return the groups that the answer was about: those asked for, and others it names unless it refused all."""
    asked = asked_groups(shown.document, _resolved(shown, receipt))
    answers = {group: getattr(receipt, group) for group in OPTIONAL}
    refuses_all = not any(answer is None or answer for answer in answers.values())
    return [group for group, answer in answers.items() if group in asked or (answer is not None and not refuses_all)]


def _resolved(shown: CompiledConfig, receipt: ReceiptRecord) -> Resolved:
    return shown.resolved_at(receipt.country, receipt.subdivision, receipt.time)


def _shown_texts(shown: CompiledConfig, receipt: ReceiptRecord) -> list[str]:
    """Return the words of the answered layer, in the language it was read in."""
    texts = shown.texts(receipt.language)
    groups = list(group_lines(texts, receipt.language, _answered_groups(shown, receipt)).values())
    if receipt.layer == 2:
        what = f"{texts['essential_text']} ({texts['always_on']})"
        essential = labeled(texts["essential"], what, receipt.language)
        words = [texts["preferences_title"], texts["preferences_text"], essential, *groups, texts["keep_proof"]]
        return [*words, " · ".join(texts[key] for key in ("accept_all", "reject_all", "save"))]
    asks = any(group["level"] == OPT_IN for group in _resolved(shown, receipt)["groups"].values())
    keys = ("title", "text") if asks else ("notice_title", "notice")
    buttons = ("accept_all", "reject_all", "settings") if asks else ("opt_out", "settings", "dismiss")
    tail = [texts["withdrawal"]] if asks else []
    return [*(texts[key] for key in keys), *(groups if asks else []), *tail, " · ".join(texts[key] for key in buttons)]
