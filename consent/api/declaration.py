"""GET /c/<site> and .json: the cookie declaration of the live config; and the one line that puts it into a page."""

import datetime

from babel import Locale
from babel.dates import format_date
from flask import render_template

from consent.api.answer import Answer, ApiError, json_answer
from consent.api.choice_cookies import host_name
from consent.api.own_receipts import page_visit
from consent.api.public import Public
from consent.api.request import Request
from consent.api.visit import Visit, find_site
from consent.assets import static_folder
from consent.core.groups import ESSENTIAL
from consent.snapshots.compile import CompiledConfig, day_of_time, utc_date
from consent.snapshots.declaration import Facts, declaration
from consent.snapshots.languages import language_info
from consent.snapshots.texts import declaration_texts, receipt_texts
from consent.storage import configs

READABLE = [
    # Any page may show it: nothing of it is about whoever asks.
    ("Access-Control-Allow-Origin", "*"),
    ("Cross-Origin-Resource-Policy", "cross-origin"),
    ("X-Content-Type-Options", "nosniff"),
]
FRESH = ("Cache-Control", "private, no-cache")
KEPT = ("Cache-Control", "public, max-age=300")
SECURITY = [
    ("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
     " frame-ancestors 'none'; base-uri 'none'; form-action 'none'"),
    ("Referrer-Policy", "no-referrer"),
]  # fmt: skip
VARY = ("Vary", "Accept-Encoding, Accept-Language, Host")
SCRIPT = "declaration.js"
FILES = {
    "receipts.css": "text/css",
    "declaration.css": "text/css",
    "declaration_page.js": "text/javascript",
    "own_banner.js": "text/javascript",
}


def answer_declaration(public: Public, request: Request, site: str) -> Answer:
    """Answer the page, in the visitor's language and by the law of the visitor's place."""
    visit = page_visit(public, request, find_site(public, site))
    body = render_template("declaration.html", **_page(public, request, visit))
    headers = [("Content-Type", "text/html; charset=utf-8"), *READABLE, FRESH, VARY, *SECURITY]
    return Answer(200, headers, body.encode())


def answer_declaration_json(public: Public, request: Request, site: str) -> Answer:
    """Answer the same as JSON."""
    visit = page_visit(public, request, find_site(public, site))
    return json_answer(
        _facts(public, visit), 200, [*READABLE[:2], FRESH, VARY], request.header("Accept-Encoding") or ""
    )


def answer_declaration_script(public: Public, request: Request, site: str) -> Answer:
    """Answer the script of the one line, the same for every site."""
    find_site(public, site)
    body = (static_folder() / SCRIPT).read_bytes()
    return Answer(200, [("Content-Type", "text/javascript; charset=utf-8"), *READABLE, KEPT], body)


def answer_declaration_file(public: Public, request: Request, site: str, name: str) -> Answer:
    """Answer the style or a script of the page."""
    find_site(public, site)
    if name not in FILES:
        raise ApiError(404, "not_found", "There is no such file.")
    body = (static_folder() / name).read_bytes()
    return Answer(200, [("Content-Type", f"{FILES[name]}; charset=utf-8"), *READABLE, KEPT], body)


def _facts(public: Public, visit: Visit) -> Facts:
    config = visit.config
    with public.engine.connect() as connection:
        changed = configs.published_at(connection, config.name)
    facts = declaration(config, visit.language, visit.place, day_of_time(public.clock()))
    return facts | {"changed": utc_date(changed).isoformat() if changed else None}


def _page(public: Public, request: Request, visit: Visit) -> Facts:
    config, language, facts = visit.config, visit.language, _facts(public, visit)
    texts = config.texts(language) | receipt_texts(language) | declaration_texts(language)
    facts_of_proof = {"{place}": "storage_location", "{retention}": "retention"}
    for mark, fact in facts_of_proof.items():
        texts["proof_kept"] = texts["proof_kept"].replace(mark, facts["controller"][fact].strip().rstrip("."))
    texts["declaration_text"] = texts["declaration_text"].replace("{controller}", facts["controller"]["name"])
    if facts["changed"]:
        day = format_date(datetime.date.fromisoformat(facts["changed"]), "long", locale=Locale.parse(language, sep="-"))
        texts["declaration_changed"] = texts["declaration_changed"].replace("{date}", day)
    return {
        "facts": facts,
        "texts": texts,
        "essential": ESSENTIAL,
        "countries": Locale.parse(language, sep="-").territories,
        "languages": [language_info(code) for code in config.languages],
        "home": min(config.origins, default=""),
        "banner": f"../b/{config.site}/{public.build.sha256}.js" if _is_own_host(request, config) else "",
    }


def _is_own_host(request: Request, config: CompiledConfig) -> bool:
    """Tell whether the cookie of the choice is read and set where this page is."""
    host = host_name(request.header("Host") or "")
    return host in config.host_names or bool(
        config.scope and (host == config.scope or host.endswith("." + config.scope))
    )
