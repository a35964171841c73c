"""GET and POST /p/<site>: start and leave the preview of a draft on the site itself, each with a button.

A link alone changes nothing in a browser: a page of another site could load it as an image.
"""

from urllib.parse import parse_qsl

from flask import render_template

from consent.api.http.context import ApiContext
from consent.api.http.request import Request
from consent.api.http.response import NO_STORE, Answer, ApiError
from consent.api.page.preview import COOKIE, active_preview

PAGE = [
    ("Content-Type", "text/html; charset=utf-8"),
    (
        "Content-Security-Policy",
        "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    ),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    NO_STORE,
]


def answer_preview_page(context: ApiContext, request: Request, site: str) -> Answer:
    """Return the page of a link, with the buttons that start and leave the preview."""
    key = request.query.get("key", "")
    cookie = request.cookie(COOKIE + site) or ""
    active = active_preview(context, site, key or cookie)
    if active is None:
        return _page(context, {"site": site, "ended": True}, 404)
    facts = {"site": site, "name": active.name, "key": key, "in_preview": bool(active_preview(context, site, cookie))}
    return _page(context, facts, 200)


def answer_preview_choice(context: ApiContext, request: Request, site: str) -> Answer:
    """Start the preview with the form's key, or leave it, and return the page that confirms it."""
    form = _form(request)
    if "leave" in form:
        facts: dict[str, object] = {"site": site, "left": True, "hosts": _hosts(context, site)}
        return _page(context, facts, 200, _cookie(context, site, "", 0))
    key = form.get("key", "")
    active = active_preview(context, site, key)
    if active is None:
        return _page(context, {"site": site, "ended": True}, 404)
    facts = {"site": site, "name": active.name, "in_preview": True, "hosts": active.config.document["hosts"]}
    return _page(context, facts, 200, _cookie(context, site, key, active.link.ends_at - int(context.clock())))


def _form(request: Request) -> dict[str, str]:
    """Return the form's fields. Raises ApiError if another website sent it or if it can't be read."""
    if request.header("Sec-Fetch-Site") not in (None, "same-origin", "none"):
        raise ApiError(403, "origin_not_allowed", "The form was sent by another website.")
    try:
        return dict(parse_qsl(request.body().decode("ascii"), keep_blank_values=True, max_num_fields=10))
    except ValueError:
        raise ApiError(400, "invalid_field", "The form is invalid.") from None


def _page(context: ApiContext, facts: dict[str, object], status: int, cookie: str = "") -> Answer:
    body = render_template("preview.html", **facts).encode()
    # Otherwise the browser would keep showing the cached script.
    clear = [("Clear-Site-Data", '"cache"')] if context.settings.is_https and cookie else []
    return Answer(status, [*PAGE, *clear, *([("Set-Cookie", cookie)] if cookie else [])], body)


def _cookie(context: ApiContext, site: str, token: str, seconds: int) -> str:
    # If the service has its own host, requests from the site's pages are cross-site, which requires https.
    across = "SameSite=None; Secure" if context.settings.is_https else "SameSite=Lax"
    return f"{COOKIE}{site}={token}; Path=/; Max-Age={seconds}; HttpOnly; {across}"


def _hosts(context: ApiContext, site: str) -> list[str]:
    config = context.configs.live.get(site)
    return list(config.document["hosts"]) if config else []
