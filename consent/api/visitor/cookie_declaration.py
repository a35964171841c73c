"""GET /c/<site> and .json: the cookie declaration of the live config, and the script that embeds it."""

import datetime
from functools import cache

from babel import Locale
from babel.dates import format_date
from jinja2 import Environment, PackageLoader

from consent.api.http.context import ApiContext
from consent.api.http.request import Request
from consent.api.http.response import Answer, ApiError, json_answer
from consent.api.http.site import find_site
from consent.api.page.choice_cookies import host_name
from consent.api.page.visit_context import Visit
from consent.api.visitor.my_receipts import page_file, page_visit
from consent.core.documents.json_object import JsonObject
from consent.core.groups import ESSENTIAL
from consent.presentation.default_facts import fact_in
from consent.presentation.languages import language_info
from consent.presentation.page_theme import THEME_FILE
from consent.presentation.texts import declaration_texts, page_texts, receipt_texts
from consent.runtime.compiled_config import CompiledConfig, utc_date
from consent.runtime.cookie_declaration import Declaration, declaration
from consent.storage.database.nonblocking import leave_event_loop
from consent.storage.sites import configs
from consent.web.static_files import static_folder

READABLE = [
    # Any page may show it: it contains nothing about the visitor.
    ("Access-Control-Allow-Origin", "*"),
    ("Cross-Origin-Resource-Policy", "cross-origin"),
    ("X-Content-Type-Options", "nosniff"),
]
FRESH = ("Cache-Control", "private, no-cache")
CACHE_HEADER = ("Cache-Control", "public, max-age=300")
SECURITY = [
    ("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
     " frame-ancestors 'none'; base-uri 'none'; form-action 'self'"),
    ("Referrer-Policy", "no-referrer"),
]  # fmt: skip
VARY = ("Vary", "Accept-Encoding, Accept-Language, Host")
SCRIPT = "declaration.js"
FILES = {
    "receipts.css": "text/css",
    "declaration.css": "text/css",
    THEME_FILE: "text/css",
    "declaration_page.js": "text/javascript",
    "own_banner.js": "text/javascript",
}


def answer_declaration(context: ApiContext, request: Request, site: str) -> Answer:
    """Return the page, in the visitor's language and under the law of the visitor's place."""
    visit = page_visit(context, request, find_site(context, site))
    config, is_own = visit.config, _is_own_host(request, visit.config)
    law = config.resolved_at(visit.place.country, visit.place.subdivision, context.clock())
    # What the page says about a place: many places share one page, which takes milliseconds to render.
    by_law = (law["gpc"], law["dnt"], tuple(law["links"]))
    key = (config.name, visit.language, by_law, is_own, context.configs.build.sha256)
    return context.caches.declarations.get(key, lambda: _render(context, visit, is_own=is_own))


def _render(context: ApiContext, visit: Visit, *, is_own: bool) -> Answer:
    leave_event_loop()
    body = _templates().get_template("declaration.html").render(_page(context, visit, is_own=is_own))
    headers = [("Content-Type", "text/html; charset=utf-8"), *READABLE, FRESH, VARY, *SECURITY]
    return Answer(200, headers, body.encode())


@cache
def _templates() -> Environment:
    """Return the templates of the public pages, for a page rendered outside of Flask."""
    return Environment(loader=PackageLoader("consent.api"), autoescape=True)


def answer_declaration_json(context: ApiContext, request: Request, site: str) -> Answer:
    """Return the same as JSON."""
    visit = page_visit(context, request, find_site(context, site))
    return json_answer(
        _facts(context, visit), 200, [*READABLE[:2], FRESH, VARY], request.header("Accept-Encoding") or ""
    )


def answer_declaration_script(context: ApiContext, request: Request, site: str) -> Answer:
    """Return the script that embeds the declaration, the same for every site."""
    find_site(context, site)
    body = (static_folder() / SCRIPT).read_bytes()
    return Answer(200, [("Content-Type", "text/javascript; charset=utf-8"), *READABLE, CACHE_HEADER], body)


def answer_declaration_file(context: ApiContext, request: Request, site: str, name: str) -> Answer:
    """Return a style sheet or script of the page."""
    config = find_site(context, site)
    if name not in FILES:
        raise ApiError(404, "not_found", "This file does not exist.")
    body = page_file(config, name)
    return Answer(200, [("Content-Type", f"{FILES[name]}; charset=utf-8"), *READABLE, CACHE_HEADER], body)


class DatedDeclaration(Declaration):
    """The declaration with the day of the last publish, as an ISO date."""

    changed: str | None


def _facts(context: ApiContext, visit: Visit) -> DatedDeclaration:
    config = visit.config
    with context.engine.connect() as connection:
        changed = configs.published_at(connection, config.name)
    facts = declaration(config, visit.language, visit.place, context.clock())
    return {**facts, "changed": utc_date(changed).isoformat() if changed else None}


def _page(context: ApiContext, visit: Visit, *, is_own: bool) -> JsonObject:
    config, language, facts = visit.config, visit.language, _facts(context, visit)
    texts = config.texts(language) | receipt_texts(language) | declaration_texts(language) | page_texts(language)
    controller = facts["controller"]
    facts_of_proof = {"{place}": controller["storage_location"], "{retention}": controller["retention"]}
    for mark, fact in facts_of_proof.items():
        texts["proof_kept"] = texts["proof_kept"].replace(mark, fact_in(fact.strip().rstrip("."), language))
    texts["declaration_text"] = texts["declaration_text"].replace("{controller}", controller["name"])
    if facts["changed"]:
        day = format_date(datetime.date.fromisoformat(facts["changed"]), "long", locale=Locale.parse(language, sep="-"))
        texts["declaration_changed"] = texts["declaration_changed"].replace("{date}", day)
    return {
        "facts": facts,
        # Absolute, since a page that embeds the declaration copies the link.
        "requests": f"{config.requests_url}?language={language}" if config.requests_url else "",
        "texts": texts,
        "essential": ESSENTIAL,
        "countries": Locale.parse(language, sep="-").territories,
        "languages": [language_info(code) for code in config.languages],
        "home": min(config.origins, default=""),
        "banner": f"../b/{config.site}/{context.configs.build.sha256}.js" if is_own else "",
    }


def _is_own_host(request: Request, config: CompiledConfig) -> bool:
    """Return whether the choice's cookie can be read and set on this page's host."""
    host = host_name(request.header("Host") or "")
    return host in config.host_names or bool(
        config.scope and (host == config.scope or host.endswith("." + config.scope))
    )
