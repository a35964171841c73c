"""First-party reverse proxy of the demo shop, `/consent/…`, so that the consent cookie is the shop's own."""

import re
from urllib.parse import parse_qsl, quote, urlencode

from flask import Blueprint, Response, current_app, g, jsonify, request

from consent.demo.upstream import UnavailableError, Upstream
from consent.demo.visit import UNKNOWN, Visit
from consent.runtime.embed_snippets import CHECK_HEADER

MAX_BODY = 64 * 1024
"""Bytes of a body that are forwarded; the service itself refuses more than 8 KiB."""
PUBLIC = re.compile(
    r"b/demo(?:/[0-9a-f]{64}|/[0-9a-f]{16}/[0-9a-f]{16}/[A-Za-z-]+)?\.js|r/demo(?:/[a-z_]+\.(?:css|js))?|c/demo(?:\.js(?:on)?|/[a-z_]+\.(?:css|js))?|p/demo|rights/demo(?:/(?:sent|mail|state|[a-z]+\.css))?|api/v1/sites/demo/[a-z-]+(?:/[A-Za-z-]+)?|api/v1/receipts/[0-9a-f]{32}(?:/proof)?"
)
"""Paths that a visitor's browser may request; nothing else of the service is reachable through the shop."""
DECIDED = re.compile(r"b/demo\.js|r/demo|c/demo(?:\.json)?|api/v1/sites/demo/(?:decision|receipts)")
"""Paths whose answer depends on the visitor's place, which the shop sends with its token."""
REQUESTS = "rights/demo"
"""The page on which visitors make requests. They choose their place on it; the simulated one is its default."""
PASSED = (
    *("Content-Type", "Cookie", "Origin", "Sec-Fetch-Site", "Sec-Fetch-Mode", "Sec-Fetch-Dest", "Accept"),
    *("Accept-Encoding", "Accept-Language", "DNT", "If-None-Match", "Referer", "User-Agent", CHECK_HEADER),
)
OWN = {"country", "subdivision", "gpc", "dnt", "age_band", "age", "choice"}
"""Parameters that only the shop may set, since its token vouches for them."""
HOP_BY_HOP = {
    "connection",
    "keep-alive",
    "transfer-encoding",
    "content-length",
    "date",
    "server",
    "upgrade",
    "trailer",
}

proxy = Blueprint("proxy", __name__)


@proxy.route("/consent/<path:path>", methods=["GET", "POST"])
def pass_on(path: str) -> Response:
    """Forward one request to the service and return its response, or a JSON 502 if it is unavailable."""
    if not PUBLIC.fullmatch(path):
        return _error(404, "not_found", "There is nothing here.")
    if (request.content_length or 0) > MAX_BODY:
        return _error(413, "too_large", "The request body is limited to 8192 bytes.")
    service: Upstream = current_app.extensions["service"]
    try:
        reply = service.request(request.method, _target(path), _headers(path), request.get_data())
    except UnavailableError:
        return _error(502, "service_away", "The consent service does not answer.")
    response = Response(reply.body, reply.status)
    del response.headers["Content-Type"]
    for name, value in reply.headers:
        if name.lower() not in HOP_BY_HOP:
            response.headers.add(name, value)
    return response


def signals() -> dict[str, bool]:
    """Return whether the visitor's browser sends GPC or DNT; GPC can also be simulated."""
    visit: Visit = g.visit
    return {
        "gpc": visit.gpc or request.headers.get("Sec-GPC") == "1",
        "dnt": request.headers.get("DNT") == "1",
    }


def place_parameters(visit: Visit) -> dict[str, str]:
    """Return the query parameters for the simulated place and language, and the signals."""
    parts = {"country": visit.country, "subdivision": visit.subdivision, "language": visit.language}
    return {name: value for name, value in parts.items() if value} | {name: "1" for name, on in signals().items() if on}


def token_headers(visit: Visit) -> dict[str, str]:
    """Return the shop's token and, unless another place is simulated, the visitor's IP address."""
    headers = {"Authorization": f"Bearer {current_app.config['DECIDE_TOKEN']}"}
    # With a token but neither a place nor an address, the place is unknown.
    if not visit.country and visit.place != UNKNOWN:
        headers["X-Visitor-Address"] = request.remote_addr or ""
    return headers


def _target(path: str) -> str:
    pairs = parse_qsl(request.query_string.decode("ascii", "replace"), keep_blank_values=True)
    if DECIDED.fullmatch(path) and not _has_own_token():
        own = place_parameters(g.visit)
        pairs = [(name, value) for name, value in pairs if name not in OWN and name not in own] + list(own.items())
    elif path == REQUESTS and request.method == "GET" and g.visit.country and "place" not in dict(pairs):
        pairs.append(("place", g.visit.place))
    return "/" + quote(path) + (f"?{urlencode(pairs)}" if pairs else "")


def _headers(path: str) -> dict[str, str]:
    headers = {name: request.headers[name] for name in PASSED if name in request.headers}
    if signals()["gpc"]:
        headers["Sec-GPC"] = "1"
    if _has_own_token():
        return headers | {"Authorization": request.headers["Authorization"]}
    return headers | (token_headers(g.visit) if DECIDED.fullmatch(path) else {})


def _has_own_token() -> bool:
    """Return whether the caller sends its own token, as an audit does; the service then trusts that one."""
    return "Authorization" in request.headers


def _error(status: int, code: str, message: str) -> Response:
    response = jsonify(error={"code": code, "message": message, "fields": {}})
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    return response
