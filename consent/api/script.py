"""GET /b/<site>.js: code, decision and texts in one answer; what is fetched after it; the built code alone, for SRI."""

from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from consent.api.answer import Answer, ApiError, names_etag, to_json
from consent.api.decision import cache_control, later_address, resolved_name, short, showing, write_token
from consent.api.prepared import Ready
from consent.api.preview import answer_preview_script, is_held
from consent.api.public import Public
from consent.api.request import Request
from consent.api.visit import Visit, find_site, locate, plain_visit, read_visit, sent_by_page, strictest_visit
from consent.compression import best_encoding
from consent.core.groups import OPT_IN
from consent.core.rules import Place
from consent.snapshots.blocking import early_parts
from consent.snapshots.build import AT_ONCE, CHOICES_ICON, HANDLE, SENDS, SIGHTINGS, called
from consent.snapshots.compile import CompiledConfig, day_of_time
from consent.snapshots.links import INSTEAD
from consent.snapshots.older_pages import older_page_facts
from consent.snapshots.script_facts import first_facts, page_form, pinned_facts
from consent.snapshots.users_tools import needs_handle
from consent.storage import configs

TYPE = "text/javascript; charset=utf-8"
VARY = "Accept-Encoding, Accept-Language, Sec-GPC, DNT"
OF_304 = ("Cache-Control", "Vary", "ETag")
IMMUTABLE = "public, max-age=31536000, immutable"


def answer_script(public: Public, request: Request, site: str) -> Answer:
    """Answer the script of a site; a faulty request gets the one for a place unknown, which is the strictest."""
    if is_held(request) and (preview := answer_preview_script(public, request, site)):
        return preview
    now, referrer = public.clock(), request.header("Referer")
    # *Check my site* asks for the script too, and is no page.
    is_page = referrer != f"{public.base_url}/"
    if is_page and public.live.get(site) is None and public.live.were_read:
        public.seen.note_unanswered(site, now)
    config = find_site(public, site)
    if is_page:
        public.seen.note(config, referrer, now)
    answer = _visitor_answer(public, request, config, now)
    if names_etag(request.header("If-None-Match"), answer.etag):
        return Answer(304, [header for header in answer.headers if header[0] in OF_304])
    return answer


def _visitor_answer(public: Public, request: Request, config: CompiledConfig, now: float) -> Answer:
    """Return the script with what the visitor gets; the site's consent cookie is read by the script itself."""
    sent = sent_by_page(request)
    if sent is None:
        return _answer(public, request, _visit(public, request, config), now)
    place = locate(public, request)
    key = ("script", config.name, place, sent, day_of_time(now), config.site_day(now))
    return public.answers.get(key, lambda: _answer(public, request, plain_visit(request, config, place, None), now))


def _visit(public: Public, request: Request, config: CompiledConfig) -> Visit:
    try:
        return read_visit(public, request, config)
    except ApiError:
        return strictest_visit(request, config)


def _answer(public: Public, request: Request, visit: Visit, now: float) -> Answer:
    config, day = visit.config, day_of_time(now)
    key = (config.name, visit.place, visit.language, visit.signals, day, config.site_day(now))
    ready = public.scripts.get(key, lambda: Ready.of(_script(public, visit, day)))
    headers = [("Cache-Control", cache_control(visit)), ("Vary", VARY), ("ETag", ready.etag)]
    return _code_answer(public, request, ready, headers)


def answer_acts(public: Public, request: Request, site: str, build: str, config_name: str, language: str) -> Answer:
    """Answer what a page fetches after the first layer, code and facts, as a module; `build` names the code."""
    config = find_site(public, site)
    older = None if config_name == short(config.name) else _older(public, config, config_name)
    if language not in (older or config).languages:
        raise ApiError(404, "unknown_build", "The site has no such language.")
    is_own = build == short(public.build.acts_sha256)
    now = public.clock()
    country, _, subdivision = request.query.get("place", "").partition("-")
    rule, place = request.query.get("rule", ""), Place(country or None, subdivision or None)
    resolved = config.resolved_for(place, day_of_time(now), language, config.site_day(now))
    name = resolved_name(resolved)
    if older is None:
        facts = config.acts_facts(language)
    else:
        before = older.resolved_for(place, day_of_time(now), language, older.site_day(now))
        facts, resolved = older_page_facts(older, config, (before, resolved), language)
    key = ("acts", config.name, build, language, name, older and older.name)
    content = {"acts": facts, "resolved": page_form(resolved)}
    ready = public.scripts.get(
        key, lambda: _module(public.build.acts if is_own else _kept(public, "acts", build), content)
    )
    # A page that is older than the last publish, than a rule or this release gets what holds now, and only this once.
    is_named = is_own and (config_name, rule) == (short(config.name), name)
    cache = IMMUTABLE if is_named else "no-store"
    return _code_answer(public, request, ready, [("Cache-Control", cache), ("Vary", "Accept-Encoding")], cache)


def _older(public: Public, config: CompiledConfig, digits: str) -> CompiledConfig | None:
    """Return the earlier config of the site whose name begins with `digits`, or None, also where nobody can look."""
    try:
        return public.live.by_digits(config, digits) if len(digits) == len(short(config.name)) else None
    except SQLAlchemyError:
        return None


def answer_pinned_script(public: Public, request: Request, site: str, sha256: str) -> Answer:
    """Answer the whole code alone, which never changes under its name; it asks for the decision by itself."""
    find_site(public, site)
    is_own = sha256 == public.build.sha256
    ready = public.scripts.get(
        ("pinned", sha256), lambda: Ready.of(public.build.whole if is_own else _kept(public, "banner", sha256))
    )
    return _code_answer(public, request, ready, [("Cache-Control", IMMUTABLE), ("Vary", "Accept-Encoding")])


def _kept(public: Public, kind: str, digits: str) -> bytes:
    """Return code that a page of another release asks for: nodes of two serve at once, and pages outlive an upgrade.

    Fewer digits than a name has are none: they might be those of another build tomorrow.
    """
    name = public.build.sha256 if kind == "banner" else short(public.build.acts_sha256)
    if len(digits) != len(name):
        raise ApiError(404, "unknown_build", "There is no such build of the script here.")
    with public.engine.connect() as connection:
        found = configs.find_artefact(connection, kind, digits)
    if found is None:
        raise ApiError(404, "unknown_build", "There is no such build of the script here.")
    return found


def _script(public: Public, visit: Visit, day: int) -> bytes:
    """Return the core called with what the visitor gets, and with the parts that have work at once."""
    shown = showing(public, visit, day)
    token = write_token(public, visit, shown.resolved["regime"], day)
    later = {"later": later_address(public, shown)}
    build = public.build
    sends = [build.sends[name] for name in late_parts(visit.config, visit.language, shown.resolved["links"])]
    early = [build.early[name] for name in early_parts(visit.config.document)]
    if runs_at_once(shown.resolved, visit.config):
        facts = as_literal(pinned_facts(shown, token) | later)
        return called(build.core, facts, sends, [build.acts, *early])
    return called(build.core, as_literal(first_facts(shown, token) | later), sends, early)


def late_parts(config: CompiledConfig, language: str, links: list[str]) -> list[str]:
    """Return the names of the parts that work on every page of the site, where the place asks for `links`."""
    names = {SENDS[name] for name in config.sends}
    if config.sightings:
        names.add(SIGHTINGS)
    if needs_handle(language, config.texts(language)["reject_all"]):
        names.add(HANDLE)
    if config.one_choices_link and INSTEAD in links:
        names.add(CHOICES_ICON)
    return sorted(names)


def runs_at_once(resolved: dict[str, Any], config: CompiledConfig) -> bool:
    """Tell whether a tag that we load may run before any choice, in full or limited: what runs it comes with the script."""
    if any(group["level"] < OPT_IN for group in resolved["groups"].values()):
        return True
    loads = config.acts_facts(config.default_language)["tags"]
    return any(
        (tag["level"] < OPT_IN or tag["limited"]) and not tag["hold"] and loads[tag["id"]]["type"] != "marked"
        for tag in resolved["tags"]
    )


def as_literal(facts: dict[str, Any]) -> bytes:
    """Return `facts` as a JavaScript literal: `<` never stands in it, so that no page which inlines it is left by it."""
    literal = to_json(facts).replace(b"<", b"\\u003c")
    return literal.replace("\u2028".encode(), b"\\u2028").replace("\u2029".encode(), b"\\u2029")


def _module(acts: bytes, facts: dict[str, Any]) -> Ready:
    return Ready.of(AT_ONCE + b"export default[" + acts + b"," + as_literal(facts) + b"];")


def _code_answer(
    public: Public, request: Request, ready: Ready, headers: list[tuple[str, str]], kind: str = ""
) -> Answer:
    """Return the script `ready`; its headers, like its text, are the same each time for a `kind` and made once."""
    encoding = best_encoding(request.header("Accept-Encoding") or "")
    found = ready.answers.get(encoding + kind)
    if found is None:
        if encoding == "br" and encoding not in ready.encoded:
            public.squeezer.add(ready)
        found = ready.answers[encoding + kind] = Answer(
            200, _code_headers(encoding, headers), ready.in_encoding(encoding), ready.etag
        )
    return found


def _code_headers(encoding: str, headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [
        ("Content-Type", TYPE),
        ("X-Content-Type-Options", "nosniff"),
        # Pages that isolate themselves (COEP) and pages that check SRI must be able to load it.
        ("Cross-Origin-Resource-Policy", "cross-origin"),
        ("Access-Control-Allow-Origin", "*"),
        *([("Content-Encoding", encoding)] if encoding else []),
        *headers,
    ]
