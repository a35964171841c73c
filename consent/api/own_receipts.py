"""GET /r/<site>: the receipts that this browser's own cookie leads to, as a page for the visitor. No account, no session."""

import hashlib
import hmac
import json
import secrets
from collections.abc import Sequence
from typing import Any, NamedTuple

import segno
from babel import Locale
from babel.dates import format_date, format_datetime
from flask import render_template

from consent.api.answer import Answer, ApiError
from consent.api.choice_cookies import read_secret
from consent.api.decision import write_token
from consent.api.public import Public
from consent.api.request import Request
from consent.api.visit import Visit, find_site, read_visit, strictest_visit
from consent.assets import static_folder
from consent.core.choice import parse_choice
from consent.core.groups import OPT_IN, OPTIONAL
from consent.months.reading import read_detached
from consent.proof.personal import visitor_of
from consent.snapshots.compile import CompiledConfig, day_of_time, utc_time
from consent.snapshots.labels import group_lines, labelled
from consent.snapshots.texts import receipt_texts
from consent.storage import detached, log, receipts
from consent.storage.detached import Detached
from consent.storage.receipts import FoundReceipt
from consent.storage.subjects import Subject

SHOWN_AT_MOST = 50
SECURITY = [
    ("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
     " form-action 'self'; frame-ancestors 'none'; base-uri 'none'"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cache-Control", "no-store"),
    ("Vary", "Cookie, Accept-Language"),
]  # fmt: skip
FILES = {"receipts.css": "text/css", "receipts.js": "text/javascript", "own_banner.js": "text/javascript"}


class Card(NamedTuple):
    """One receipt in words: `answers` are pairs of a name and True, False or None, `shown` paragraphs.

    `expires` is empty where nothing was granted: a refusal needs no renewal. Of one that lies in a file elsewhere nothing is
    known but id and time.
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


def answer_own_receipts(public: Public, request: Request, site: str) -> Answer:
    """Answer the page: what was chosen and shown, each with its proof. An unknown secret is answered as none is."""
    config = find_site(public, site)
    visit = page_visit(public, request, config)
    secret = read_secret(request, config)
    found: Sequence[FoundReceipt | Detached] = ()
    if secret:
        found = _all_of(public, config.site_id, visitor_of(public.keys.secret, secret))
    return receipts_page(public, visit, found, form=_form(public, visit, secret) if secret and found else None)


def _all_of(public: Public, site_id: int, visitor: str) -> list[FoundReceipt | Detached]:
    """Return the newest receipts of a visitor, newest first; one of a detached month as its file has it, if it is here."""
    with public.engine.connect() as connection:
        here = receipts.timeline(connection, site_id, visitor, SHOWN_AT_MOST)
        away = detached.of_subject(connection, site_id, Subject("visitor", visitor))[-SHOWN_AT_MOST:]
    read = read_detached(public.engine, site_id, away) if away else {}
    found = [*here, *(read.get(one.id, one) for one in away)]
    return sorted(found, key=lambda one: (one.time, one.id), reverse=True)[:SHOWN_AT_MOST]


def receipts_page(
    public: Public, visit: Visit, found: Sequence[FoundReceipt | Detached], status: int = 200, **facts: Any
) -> Answer:
    """Return the page with the receipts `found`, in the visitor's language; of a detached one it says whom to ask."""
    config, language = visit.config, visit.language
    texts = config.texts(language) | receipt_texts(language)
    for key in ("receipts_text", "receipts_archived"):
        texts[key] = texts[key].replace("{controller}", config.document["controller"]["name"])
    with public.engine.connect() as connection:
        head = log.head(connection, config.site_id)
    size = head.size if head else 0
    body = render_template(
        "own_receipts.html",
        site=config.site,
        title=receipt_title(config, language),
        language=language,
        direction=Locale.parse(language, sep="-").text_direction,
        texts=texts,
        labelled=labelled,
        cards=[
            _archived_card(one, language)
            if isinstance(one, Detached)
            else _card(public, config, one, texts, language, size)
            for one in found
        ],
        home=min(config.origins, default=""),
        script=f"../b/{config.site}/{public.build.sha256}.js",
        **facts,
    )
    return Answer(status, [("Content-Type", "text/html; charset=utf-8"), *SECURITY], body.encode())


def answer_own_file(public: Public, request: Request, site: str, name: str) -> Answer:
    """Answer the style or the script of the page."""
    find_site(public, site)
    if name not in FILES:
        raise ApiError(404, "not_found", "There is no such file.")
    headers = [("Content-Type", f"{FILES[name]}; charset=utf-8"), ("X-Content-Type-Options", "nosniff")]
    return Answer(200, [*headers, ("Cache-Control", "no-cache")], (static_folder() / name).read_bytes())


def page_visit(public: Public, request: Request, config: CompiledConfig) -> Visit:
    """Return the visit, of which nothing is believed where the address of the page is faulty."""
    try:
        return read_visit(public, request, config)
    except ApiError:
        return strictest_visit(request, config)


def form_mac(public: Public, site: str, secret: str) -> str:
    """Return what only this page can put into its form: a page of others cannot read it (CSRF)."""
    said = b"own receipts\0" + site.encode() + b"\0" + secret.encode()
    return hmac.digest(public.keys.secret, said, hashlib.sha256).hex()


def receipt_title(config: CompiledConfig, language: str) -> str:
    """Return the name of the page; a config of earlier times has no text of its own for it."""
    return config.texts(language).get("receipts") or receipt_texts(language)["receipt_id"]


def _form(public: Public, visit: Visit, secret: str) -> dict[str, str] | None:
    """Return the fields of the withdrawal, where the cookie of the choice has something to withdraw."""
    choice = parse_choice(visit.choice)
    if choice is None or True not in (*choice.groups.values(), *choice.vendors.values()):
        return None
    day, place = day_of_time(public.clock()), visit.place
    regime = visit.config.resolved(place.country, place.subdivision, day)["regime"]
    return {
        "csrf": form_mac(public, visit.config.site, secret),
        "key": secrets.token_hex(16),
        "config": visit.config.name,
        "token": write_token(public, visit, regime, day),
    }


def _archived_card(receipt: Detached, language: str) -> Card:
    time, time_iso = _time_in_words(receipt.time, language)
    return Card(receipt.id, "", time, time_iso, "", [], [], is_logged=True, qr=_qr(receipt.id), is_archived=True)


def _time_in_words(time: int, language: str) -> tuple[str, str]:
    """Return the time in the words of the language, and for machines."""
    moment = utc_time(time)
    return format_datetime(moment, "long", locale=Locale.parse(language, sep="-")), moment.isoformat()


def _qr(receipt_id: str) -> str:
    svg: str = segno.make(receipt_id, error="m", micro=False).svg_inline(scale=5, border=3, light="#fff", dark="#000")
    return svg


def _card(
    public: Public, config: CompiledConfig, receipt: FoundReceipt, texts: dict[str, str], language: str, size: int
) -> Card:
    shown = public.live.by_name(config.site, receipt.config)
    names = {v["id"]: v["name"] for v in shown.document["vendors"]} if shown else {}
    vendors: dict[str, bool] = json.loads(receipt.vendors)
    answers = [(texts[group], getattr(receipt, group)) for group in OPTIONAL]
    locale = Locale.parse(language, sep="-")
    time, time_iso = _time_in_words(receipt.time, language)
    # Who takes a part back reads what is left, not that the consent is withdrawn.
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
        # A withdrawal on this page answered no layer.
        shown=_shown_texts(shown, receipt) if shown and receipt.layer else [],
        is_logged=receipt.log_index is not None and receipt.log_index < size,
        qr=_qr(receipt.id),
    )


def _shown_texts(shown: CompiledConfig, receipt: FoundReceipt) -> list[str]:
    """Return the words of the layer that was answered in the language that it was read in."""
    texts = shown.texts(receipt.language)
    groups = list(group_lines(texts, receipt.language).values())
    if receipt.layer == 2:
        what = f"{texts['essential_text']} ({texts['always_on']})"
        essential = labelled(texts["essential"], what, receipt.language)
        words = [texts["preferences_title"], texts["preferences_text"], essential, *groups, texts["keep_proof"]]
        return [*words, " · ".join(texts[key] for key in ("accept_all", "reject_all", "save"))]
    resolved = shown.resolved(receipt.country, receipt.subdivision, day_of_time(receipt.time))
    asks = any(group["level"] == OPT_IN for group in resolved["groups"].values())
    keys = ("title", "text") if asks else ("notice_title", "notice")
    buttons = ("accept_all", "reject_all", "settings") if asks else ("opt_out", "settings", "dismiss")
    tail = [texts["withdrawal"]] if asks else []
    return [*(texts[key] for key in keys), *(groups if asks else []), *tail, " · ".join(texts[key] for key in buttons)]
