"""Demo toolbar: simulate another visitor, reset the browser, and show the vendors' hits."""

import json
import re
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Response,
    current_app,
    g,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
)

from consent.demo.upstream import UnavailableError, Upstream
from consent.demo.visit import COOKIE, LANGUAGES, PLACES, make_visit, read_visit, requested_visit, write_visit

DEMO_COOKIES = re.compile(r"consent_demo\w*|demo_\w+|shop_session|cart")
"""What 'forget everything' clears. Cookies are shared across ports, so on 127.0.0.1 the dashboard's must not match."""

toolbar = Blueprint("toolbar", __name__, url_prefix="/demo")


@toolbar.before_app_request
def know_visit() -> None:
    """Determine the simulated visit of this request from its query string, else from the cookie."""
    now = read_visit(request.cookies.get(COOKIE, ""))
    is_visit_change = request.method == "GET" and not request.path.startswith("/consent/") and "visit" in request.args
    g.visit = requested_visit(request.args, now) if is_visit_change else now
    g.new_visit = is_visit_change and g.visit != now


@toolbar.after_app_request
def save_visit(response: Response) -> Response:
    """Store a visit from the query string in the cookie, so that the script's requests use it too."""
    if g.get("new_visit"):
        response.set_cookie(COOKIE, write_visit(g.visit), samesite="Lax", httponly=True)
    return response


@toolbar.app_context_processor
def bar() -> dict[str, object]:
    """Return the toolbar's template variables."""
    places = PLACES if g.visit.place in PLACES else {**PLACES, g.visit.place: g.visit.place}
    return {
        "visit": g.visit,
        "places": places,
        "languages": LANGUAGES,
        "dashboard": current_app.config["SERVICE_URL"],
    }


@toolbar.post("/visit-as")
def visit_as() -> Response:
    """Save the visit chosen in the toolbar, and redirect back."""
    form = request.form
    visit = make_visit(form.get("place", ""), form.get("gpc") == "1", form.get("language", ""))
    response = _redirect_back()
    response.set_cookie(COOKIE, write_visit(visit), samesite="Lax", httponly=True)
    return response


@toolbar.post("/forget")
def forget() -> Response:
    """Reset this browser to a new visitor of the shop, keeping the simulated visit."""
    response = _redirect_back()
    host = request.host.rpartition(":")[0] or request.host
    wide = [".".join(host.split(".")[-2:])] if host.endswith(".localhost") else []
    for name in filter(DEMO_COOKIES.fullmatch, request.cookies):
        response.delete_cookie(name)
        for domain in wide:
            # Analytics scripts set their cookie on the widest domain that accepts it.
            response.delete_cookie(name, domain=domain)
    response.headers["Clear-Site-Data"] = '"storage"'
    return response


@toolbar.get("/hits")
def hits() -> Response:
    """Show the requests to the vendors' hosts so far, as JSON or as a page."""
    report = _hits("GET", "/hits")
    as_page = request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html"
    response = make_response(render_template("hits.html", report=report)) if as_page else jsonify(report)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Vary"] = "Accept"
    return response


@toolbar.post("/hits/reset")
def reset_hits() -> Response:
    """Reset the counts of the vendors' hosts."""
    _hits("POST", "/hits/reset")
    return _redirect_back()


def _hits(method: str, target: str) -> dict[str, object]:
    vendors: Upstream = current_app.extensions["vendors"]
    try:
        report: dict[str, object] = json.loads(vendors.request(method, target).body)
    except (UnavailableError, ValueError):
        return {"total": 0, "hosts": {}, "cookies": {}, "away": True}
    return report


def _redirect_back() -> Response:
    """Return a redirect to the page that the form was on, never to another host."""
    target = request.form.get("back", "/")
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or not parts.path.startswith("/") or parts.path.startswith("//") or "\\" in target:
        target = "/"
    return make_response(redirect(urlsplit(target).path or "/", 303))
