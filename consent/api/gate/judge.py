"""GET /api/v1/sites/<site>/gate and POST …/gate/event: what a gate on the own host does with a visitor's event.

The gate's server describes the event in headers and passes on the visitor's own: cookies, signals, page. It uses GET if
it can't pass on the body (nginx's auth_request, Caddy's forward_auth).
"""

import re
from urllib.parse import urlsplit

from sqlalchemy.exc import SQLAlchemyError

from consent.api.gate.grant_moment import find_grant
from consent.api.http.context import ApiContext
from consent.api.http.request import Request
from consent.api.http.response import NO_STORE, Answer, ApiError
from consent.api.http.site import find_site
from consent.api.page.visit_context import SCOPE, choice_cookie, read_signals, stated_place, tcf_cookie
from consent.classifier.own_host.signatures import load_signatures
from consent.core.choice import Choice, parse_choice
from consent.core.decide import decide
from consent.runtime.compiled_config import CompiledConfig, day_of_time
from consent.runtime.gate.event_times import Grant
from consent.runtime.gate.verdict import Event, Verdict, Visitor, judge_event

MAX_EVENT = 1 << 20
"""Bytes of an event that are read; the gate's server omits a larger body, and the event is judged without it."""
MAX_URI = 8192
_METHOD = re.compile(r"[A-Z]{3,10}")
_VENDOR = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


def answer_gate(context: ApiContext, request: Request, site: str) -> Answer:
    """Return 204 if the event passes, 200 with a new body if ids were removed from it, 403 if the event is stopped."""
    config = find_site(context, site)
    context.tokens.check(request.header("Authorization") or "", SCOPE, config.site_id)
    return _gate(context, request, config, _without_body(request))


def answer_gate_event(context: ApiContext, request: Request, site: str) -> Answer:
    """Answer as the GET does, for an event whose body is the request's."""
    config = find_site(context, site)
    context.tokens.check(request.header("Authorization") or "", SCOPE, config.site_id)
    body = request.body(MAX_EVENT)
    is_left_out = not body and (request.header("X-Gate-Length") or "0") != "0"
    event = _event(request, None if is_left_out else body, has_body=bool(body) or is_left_out)
    return _gate(context, request, config, event)


def _gate(context: ApiContext, request: Request, config: CompiledConfig, event: Event) -> Answer:
    vendor = request.header("X-Gate-Vendor") or ""
    if vendor and (not _VENDOR.fullmatch(vendor) or vendor not in config.vendor_ids):
        raise ApiError(400, "invalid_field", "X-Gate-Vendor must be the id of a vendor of the site.")
    visitor = _visitor(context, request, config)
    if event.method == "OPTIONS":
        verdict = Verdict("stop", "preflight", vendor)
    else:
        verdict = judge_event(event, visitor, config.document, load_signatures(), vendor)
    if verdict.outcome == "strip" and request.header("X-Gate-Strip") != "1":
        verdict = Verdict("stop", "cannot_strip", verdict.vendor, verdict.rule)
    gated = context.monitoring.gated
    gated.add(config.site, verdict.vendor, verdict.outcome, verdict.reason)
    if missed := _missed_count(request):
        gated.add(config.site, vendor, "stop", "gate_unavailable", missed)
    return _answer(verdict, config, request)


def _missed_count(request: Request) -> int:
    """Return how many events the gate has stopped since its last request because the service didn't answer."""
    count = request.header("X-Gate-Missed") or ""
    return int(count) if count.isdigit() and len(count) < 10 else 0


def _answer(verdict: Verdict, config: CompiledConfig, request: Request) -> Answer:
    origin = request.header("Origin")
    headers = [NO_STORE, ("X-Gate", verdict.outcome), ("X-Gate-Reason", verdict.reason)]
    if verdict.vendor:
        headers.append(("X-Gate-Vendor", verdict.vendor))
    if verdict.outcome == "stop":
        # A page that can't read the answer assumes a network error and retries.
        allowed = [("X-Gate-Origin", origin)] if origin in config.origins and origin else []
        answered = [("X-Gate-Status", str(verdict.rule.status)), ("X-Gate-Body", verdict.rule.body)]
        kind = [("X-Gate-Type", verdict.rule.media_type)] if verdict.rule.media_type else []
        return Answer(403, [*headers, *allowed, *answered, *kind])
    headers += [("X-Gate-Uri", verdict.uri), ("X-Gate-Cookies", "keep" if verdict.outcome == "pass" else "drop")]
    if verdict.outcome == "pass" and (cookies := _cookies_without_secret(request, config)):
        headers.append(("X-Gate-Cookie", cookies))
    headers += [(f"X-Gate-Set-{name}", value) for name, value in verdict.headers.items()]
    if verdict.drop_headers:
        headers.append(("X-Gate-Drop", ", ".join(verdict.drop_headers)))
    if verdict.body is not None:
        return Answer(200, [*headers, ("Content-Type", "application/octet-stream")], verdict.body)
    return Answer(204, headers)


def _cookies_without_secret(request: Request, config: CompiledConfig) -> str:
    """Return the visitor's cookies without the secret that links their receipts, which only this service may see."""
    pairs = [pair.strip() for pair in request.environ.get("HTTP_COOKIE", "").split(";")]
    return "; ".join(pair for pair in pairs if pair and pair.partition("=")[0] != f"{config.cookie}_id")


def _without_body(request: Request) -> Event:
    length = request.header("X-Gate-Length") or ""
    # Without a declared length, assume a body for each method that may have one.
    unknown = _event_header(request, "Method", "GET") not in ("GET", "HEAD", "OPTIONS")
    return _event(request, None, has_body=unknown if not length.isdigit() else int(length) > 0)


def _event(request: Request, body: bytes | None, *, has_body: bool) -> Event:
    method, uri = _event_header(request, "Method", ""), _event_header(request, "Uri", "")
    if not _METHOD.fullmatch(method):
        raise ApiError(400, "invalid_field", "X-Gate-Method must be the event's HTTP method.")
    if not uri.startswith("/") or len(uri) > MAX_URI:
        raise ApiError(400, "invalid_field", "X-Gate-Uri must be the event's path and query, at most 8192 bytes.")
    return Event("GET" if method == "HEAD" else method, uri, request.header("Content-Type") or "", body, has_body)


def _event_header(request: Request, what: str, default: str) -> str:
    """Return a fact about the event from the gate's own header or that of Caddy's forward_auth."""
    return request.header(f"X-Gate-{what}") or request.header(f"X-Forwarded-{what}") or default


def _visitor(context: ApiContext, request: Request, config: CompiledConfig) -> Visitor:
    now, place = context.clock(), stated_place(context, request, {})
    choice = parse_choice(choice_cookie(request, config), tcf_cookie(request, config))
    day = day_of_time(now)
    resolved = config.resolved_for(place, now, None)
    decision = decide(resolved, day, read_signals(request, {}), choice, _page(request, config))
    return Visitor(decision, choice, now, lambda given: _grant(context, request, config, given, day))


def _grant(context: ApiContext, request: Request, config: CompiledConfig, choice: Choice, today: int) -> Grant:
    if today - choice.day > 1:
        return Grant(choice.day)
    try:
        return find_grant(context, request, config, choice)
    except SQLAlchemyError:
        return Grant(choice.day)


def _page(request: Request, config: CompiledConfig) -> str | None:
    """Return the path of the page that sent the event, if it belongs to the site and the browser sends it."""
    sender = urlsplit(request.header("Referer") or "")
    return (sender.path or "/") if f"{sender.scheme}://{sender.netloc}" in config.origins else None
