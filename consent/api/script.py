"""GET /b/<site>.js: code, decision and texts in one answer; GET /b/<site>/<sha256>.js: the built code alone."""

from consent.api.answer import Answer, ApiError, to_json
from consent.api.compression import best_encoding
from consent.api.decision import cache_control, showing, write_token
from consent.api.prepared import Ready
from consent.api.public import Public
from consent.api.request import Request
from consent.api.visit import Visit, find_site, read_visit, strictest_visit
from consent.snapshots.compile import day_of_time
from consent.snapshots.script_facts import script_facts

TYPE = "text/javascript; charset=utf-8"
VARY = "Accept-Encoding, Accept-Language, Sec-GPC, DNT"
IMMUTABLE = "public, max-age=31536000, immutable"


def answer_script(public: Public, request: Request, site: str) -> Answer:
    """Answer the script of a site; a faulty request gets the one for a place unknown, which is the strictest."""
    config = find_site(public, site)
    try:
        visit = read_visit(public, request, config)
    except ApiError:
        visit = strictest_visit(request, config)
    day = day_of_time(public.clock())
    key = (config.name, public.banner_sha256, visit.place, visit.language, visit.signals, day)
    ready = public.scripts.get(key, lambda: _script(public, visit, day))
    headers = [("Cache-Control", cache_control(visit)), ("Vary", VARY), ("ETag", ready.etag)]
    if request.header("If-None-Match") == ready.etag:
        return Answer(304, headers)
    return _code_answer(request, ready, headers)


def answer_pinned_script(public: Public, request: Request, site: str, sha256: str) -> Answer:
    """Answer the built code alone, which never changes under its name; it asks for the decision by itself."""
    find_site(public, site)
    if sha256 != public.banner_sha256:
        raise ApiError(404, "unknown_build", "There is no such build of the script here.")
    ready = public.scripts.get(("pinned", sha256), lambda: pinned_code(public.banner))
    return _code_answer(request, ready, [("Cache-Control", IMMUTABLE), ("Vary", "Accept-Encoding")])


def pinned_code(banner: bytes) -> bytes:
    """Return the built code as it is served and hashed for SRI: called without facts."""
    return banner + b"();"


def _script(public: Public, visit: Visit, day: int) -> bytes:
    # `<` never stands in the data as itself: a proxy or page that inlines the script cannot be left by it.
    shown = showing(public, visit, day)
    token = write_token(public, visit, shown.resolved["regime"], day)
    facts = to_json(script_facts(shown, token)).replace(b"<", b"\\u003c")
    return (
        public.banner
        + b"("
        + facts.replace("\u2028".encode(), b"\\u2028").replace("\u2029".encode(), b"\\u2029")
        + b");"
    )


def _code_answer(request: Request, ready: Ready, headers: list[tuple[str, str]]) -> Answer:
    """Return the script `ready`; its headers, like its bytes, are the same each time and made once."""
    encoding = best_encoding(request.header("Accept-Encoding") or "")
    found = ready.answers.get(encoding)
    if found is None:
        found = ready.answers[encoding] = Answer(200, _code_headers(encoding, headers), ready.in_encoding(encoding))
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
