"""GET /b/<site>.js: code, decision and texts in one response; its later parts; the pinned build for SRI."""

from collections.abc import Hashable

import orjson
from sqlalchemy.exc import SQLAlchemyError

from consent.api.http.context import ApiContext
from consent.api.http.edge_cache import shared_headers
from consent.api.http.request import Request
from consent.api.http.response import Answer, ApiError, matches_etag
from consent.api.http.response_cache import CachedBody
from consent.api.http.site import find_site
from consent.api.page.decision import (
    banner_facts,
    handover_names,
    late_parts_path,
    resolved_name,
    screens_address,
    short_hash,
    variants_to_draw,
    write_token,
)
from consent.api.page.preview import COOKIE as PREVIEW_COOKIE
from consent.api.page.preview import answer_preview_script
from consent.api.page.tcf_file import find_artifact
from consent.api.page.visit_context import Visit, read_visit, strictest_visit
from consent.core.documents.json_object import JsonObject
from consent.core.documents.resolved import Resolved
from consent.core.documents.script_payload import PageOptions, PayloadParts
from consent.core.groups import OPT_IN
from consent.geo.places import read_place
from consent.presentation.autoconsent import needs_handle
from consent.presentation.links import INSTEAD
from consent.runtime.blocking import early_parts
from consent.runtime.compiled_config import CompiledConfig
from consent.runtime.embed_snippets import CHECK_HEADER
from consent.runtime.handover_groups import partner_hosts
from consent.runtime.script_build import (
    AT_ONCE,
    CHOICES_ICON,
    EXPERIMENT,
    GPP,
    GPP_ELSEWHERE,
    HANDLE,
    OLD_CHOICES,
    SENDS,
    SIGHTINGS,
    TCF_API,
    TCF_ELSEWHERE,
    TCF_GPP,
    TRIGGERS,
    call_script,
)
from consent.runtime.script_payload import first_facts, page_form, pinned_facts
from consent.runtime.stale_pages import older_page_facts
from consent.web.compression import best_encoding

TYPE = "text/javascript; charset=utf-8"
VARY = "Accept-Encoding, Accept-Language, Sec-GPC, DNT"
IMMUTABLE = "public, max-age=31536000, immutable"
Headers = tuple[tuple[str, str], ...]


def answer_script(context: ApiContext, request: Request, site: str) -> Answer:
    """Return the script of a site; an invalid request gets the one for an unknown place, which is the strictest."""
    if PREVIEW_COOKIE in (request.environ.get("HTTP_COOKIE") or "") and (
        preview := answer_preview_script(context, request, site)
    ):
        return preview
    now, referrer = context.clock(), request.header("Referer")
    live, fetches = context.configs.live, context.buffers.script_fetches
    is_page = request.header(CHECK_HEADER) is None
    config = live.get(site)
    if config is None:
        if is_page and live.has_loaded:
            fetches.note_unknown_site(site, now)
        config = find_site(context, site)
    if is_page:
        fetches.note(config, referrer, now)
    return _visitor_script(context, request, _visit(context, request, config), now)


def _visit(context: ApiContext, request: Request, config: CompiledConfig) -> Visit:
    try:
        return read_visit(context, request, config)
    except ApiError:
        return strictest_visit(request, config)


def _visitor_script(context: ApiContext, request: Request, visit: Visit, now: float) -> Answer:
    """Return the script with the visitor's facts; the script itself reads the site's consent cookie."""
    # With a choice of ours, the browser doesn't read that of another tool.
    reads_old = visit.config.old_choices is not None and visit.choice is None
    key = (*visit.key(now), reads_old, *handover_names(context, visit))
    ready = context.caches.scripts.get(key, lambda: CachedBody(_script(context, visit, now, reads_old=reads_old)))
    headers = (*_cache_headers(context, request, visit, now), ("ETag", ready.etag))
    if matches_etag(request.header("If-None-Match"), ready.etag):
        return Answer(304, list(headers))
    return _code_answer(context, request, key, ready, headers)


def _cache_headers(context: ApiContext, request: Request, visit: Visit, now: float) -> Headers:
    """Return the headers that say who may cache the script: the visitor's browser and, if allowed, an edge cache."""
    if seconds := context.settings.edge_cache:
        vary = (VARY, *context.locator.place_headers)
        if shared := shared_headers(request, visit.config, visit.place, now, seconds=seconds, vary=vary):
            return shared
    return ("Cache-Control", visit.config.cache_control), ("Vary", VARY)


def answer_acts(
    context: ApiContext, request: Request, site: str, build: str, config_name: str, language: str
) -> Answer:
    """Return what a page fetches after the first layer, code and facts, as a module; `build` names the code."""
    config = find_site(context, site)
    older = None if config_name == short_hash(config.name) else _earlier_config(context, config, config_name)
    if language not in (older or config).languages:
        raise ApiError(404, "unknown_build", "The site does not offer this language.")
    is_own = build == short_hash(context.configs.build.acts_sha256)
    now = context.clock()
    country, _, subdivision = request.query.get("place", "").partition("-")
    # Truncated, so that a client can't fill the cache with long made-up keys.
    rule, place = request.query.get("rule", ""), read_place(country[:3], subdivision[:4], "page")
    resolved = config.resolved_for(place, now, language)
    name = resolved_name(resolved)
    if older is None:
        facts = config.acts_facts(language)
    else:
        before = older.resolved_for(place, now, language)
        facts, resolved = older_page_facts(older, config, (before, resolved), language)
    key = ("acts", config.name, build, language, name, older and older.name)
    content = {"acts": facts, "resolved": page_form(resolved)}
    ready = context.caches.scripts.get(
        key, lambda: _module(context.configs.build.acts if is_own else _stored_code(context, "acts", build), content)
    )
    # A page older than the last publish, a rule or this release gets the current content, which it must not cache.
    is_named = is_own and (config_name, rule) == (short_hash(config.name), name)
    cache = IMMUTABLE if is_named else "no-store"
    return _code_answer(context, request, key, ready, (("Cache-Control", cache), ("Vary", "Accept-Encoding")))


def _earlier_config(context: ApiContext, config: CompiledConfig, digits: str) -> CompiledConfig | None:
    """Return the site's earlier config whose name begins with `digits`, or None, also if the look-up fails."""
    try:
        return context.configs.live.by_digits(config, digits) if len(digits) == len(short_hash(config.name)) else None
    except SQLAlchemyError:
        return None


def answer_pinned_script(context: ApiContext, request: Request, site: str, sha256: str) -> Answer:
    """Return the whole code alone, which never changes under its name; it fetches the decision itself."""
    find_site(context, site)
    is_own = sha256 == context.configs.build.sha256
    key = ("pinned", sha256)
    ready = context.caches.scripts.get(
        key, lambda: CachedBody(context.configs.build.whole if is_own else _stored_code(context, "banner", sha256))
    )
    return _code_answer(context, request, key, ready, (("Cache-Control", IMMUTABLE), ("Vary", "Accept-Encoding")))


def answer_screens(context: ApiContext, request: Request, site: str, digits: str) -> Answer:
    """Return the code of the second layer of a site with TCF, as a module."""
    find_site(context, site)
    build, key = context.configs.build, ("screens", digits)
    is_own = digits == short_hash(build.screens_sha256)
    ready = context.caches.scripts.get(
        key, lambda: _code_module(build.screens if is_own else _stored_code(context, "screens", digits))
    )
    return _code_answer(context, request, key, ready, (("Cache-Control", IMMUTABLE), ("Vary", "Accept-Encoding")))


def _stored_code(context: ApiContext, kind: str, digits: str) -> bytes:
    """Return stored code for a page of another release: two may serve at once, and pages outlive an upgrade.

    A prefix shorter than the name is rejected: it might match another build tomorrow. Raises ApiError.
    """
    name = context.configs.build.sha256 if kind == "banner" else short_hash(context.configs.build.acts_sha256)
    if len(digits) != len(name):
        raise ApiError(404, "unknown_build", "This build of the script does not exist.")
    artifact = find_artifact(context, kind, digits)
    if artifact is None:
        raise ApiError(404, "unknown_build", "This build of the script does not exist.")
    return artifact


def _script(context: ApiContext, visit: Visit, now: float, *, reads_old: bool) -> bytes:
    """Return the core called with the visitor's facts, and with the parts needed at once."""
    shown = banner_facts(context, visit, now)
    token = write_token(context, visit, shown.resolved["regime"], shown.day)
    draw = variants_to_draw(context, visit, shown)
    later: PayloadParts = {"later": late_parts_path(context, shown)}
    if screens := screens_address(context, shown):
        later["screens"] = screens
    old = visit.config.old_facts(shown.resolved) if reads_old else None
    options = PageOptions(old=old) if old else PageOptions()
    if visit.config.handover is not None:
        later["handover"] = partner_hosts(context.configs.live, visit.config)
    build = context.configs.build
    sends = [build.sends[name] for name in late_parts(visit, shown.resolved)]
    has_tcf = visit.config.tcf_applies(visit.place.country)
    early = [build.early[name] for name in early_parts(visit.config.document, has_tcf=has_tcf)]
    if old:
        early.append(build.early[OLD_CHOICES])
    if runs_at_once(shown.resolved, visit.config):
        facts = as_literal({**pinned_facts(shown, token, draw), **later, **options})
        return call_script(build.core, facts, sends, [build.acts, *early])
    return call_script(build.core, as_literal({**first_facts(shown, token, draw), **later, **options}), sends, early)


def late_parts(visit: Visit, resolved: Resolved) -> list[str]:
    """Return the names of the parts needed on every page of the site, in the place and on the day of `resolved`."""
    config, language, place = visit.config, visit.language, visit.place
    names = {SENDS[name] for name in config.sends if name in SENDS}
    has_tcf = config.tcf_applies(place.country)
    if GPP in names and not config.gpp_sections(place.country, place.subdivision):
        names = names - {GPP} | {TCF_GPP if has_tcf else GPP_ELSEWHERE}
    if config.has_tcf:
        names.add(TCF_API if has_tcf else TCF_ELSEWHERE)
    if config.sightings:
        names.add(SIGHTINGS)
    if config.variants:
        names.add(EXPERIMENT)
    if any(needs_handle(language, one.texts(language)["reject_all"]) for one in (config, *config.variants)):
        names.add(HANDLE)
    if config.one_choices_link and INSTEAD in resolved["links"]:
        names.add(CHOICES_ICON)
    # A page in another language than its script may have tags limited to its language.
    if any("trigger" in tag and tag["hold"] in (None, "out_of_page") for tag in resolved["tags"]):
        names.add(TRIGGERS)
    return sorted(names)


def runs_at_once(resolved: Resolved, config: CompiledConfig) -> bool:
    """Return whether a tag that we load may run before any choice, in full or limited."""
    if any(group["level"] < OPT_IN for group in resolved["groups"].values()):
        return True
    loads = config.acts_facts(config.default_language)["tags"]
    return any(
        (tag["level"] < OPT_IN or tag["limited"]) and not tag["hold"] and loads[tag["id"]]["type"] != "marked"
        for tag in resolved["tags"]
    )


def as_literal(facts: JsonObject) -> bytes:
    """Return `facts` as a JavaScript literal without `<`, so that it can't end a script element around it."""
    literal = orjson.dumps(facts).replace(b"<", b"\\u003c")
    return literal.replace("\u2028".encode(), b"\\u2028").replace("\u2029".encode(), b"\\u2029")


def _code_module(code: bytes) -> CachedBody:
    return CachedBody(b"export default " + code + b";")


def _module(acts: bytes, facts: JsonObject) -> CachedBody:
    return CachedBody(AT_ONCE + b"export default[" + acts + b"," + as_literal(facts) + b"];")


def _code_answer(context: ApiContext, request: Request, key: Hashable, ready: CachedBody, headers: Headers) -> Answer:
    """Return the script `ready`, which is cached under `key`; its answers are always the same and built once."""
    encoding = best_encoding(request.header("Accept-Encoding") or "")
    if encoding == "br" and not ready.is_smallest:
        context.caches.brotli_worker.add(ready, lambda: context.caches.scripts.update_weight(key))
    # Only the first header may differ between answers.
    name = f"{encoding} {headers[0][1]}"
    answer = ready.answers.get(name)
    if answer is None:
        body = ready.in_encoding(encoding)
        answer = ready.answers[name] = Answer(200, _code_headers(encoding, headers), body)
        context.caches.scripts.update_weight(key)
    return answer


def _code_headers(encoding: str, headers: Headers) -> list[tuple[str, str]]:
    return [
        ("Content-Type", TYPE),
        ("X-Content-Type-Options", "nosniff"),
        # Must load in pages that isolate themselves (COEP) and in pages that check SRI.
        ("Cross-Origin-Resource-Policy", "cross-origin"),
        ("Access-Control-Allow-Origin", "*"),
        *([("Content-Encoding", encoding)] if encoding else []),
        *headers,
    ]
