"""GET and POST /p/<site>: start and leave the preview of a draft on the site itself, each by a pressed button.

A link alone changes nothing in a browser: a page of another site could load it as an image.
"""

from urllib.parse import parse_qsl

from flask import render_template

from consent.api.http.context import ApiContext
from consent.api.http.request import Request
from consent.api.http.response import Answer, ApiError
from consent.api.page.preview import COOKIE, active_preview

PAGE = [
    ("Content-Type", "text/html; charset=utf-8"),
    (
        "Content-Security-Policy",
        "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    ),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cache-Control", "no-store"),
]


def answer_preview_page(context: ApiContext, request: Request, site: str) -> Answer:
    """Answer the page of a link, with the buttons that start and leave the preview."""
    key = request.query.get("key", "")
    cookie = request.cookie(COOKIE + site) or ""
    held = active_preview(context, site, key or cookie)
    if held is None:
        return _page(context, {"site": site, "ended": True}, 404)
    facts = {"site": site, "name": held.name, "key": key, "in_preview": bool(active_preview(context, site, cookie))}
    return _page(context, facts, 200)


def answer_preview_choice(context: ApiContext, request: Request, site: str) -> Answer:
    """Start the preview by the key in the form, or leave it, and answer the page that says so."""
    form = _form(request)
    if "leave" in form:
        facts: dict[str, object] = {"site": site, "left": True, "hosts": _hosts(context, site)}
        return _page(context, facts, 200, _cookie(context, site, "", 0))
    key = form.get("key", "")
    held = active_preview(context, site, key)
    if held is None:
        return _page(context, {"site": site, "ended": True}, 404)
    facts = {"site": site, "name": held.name, "in_preview": True, "hosts": held.config.document["hosts"]}
    return _page(context, facts, 200, _cookie(context, site, key, held.link.ends_at - int(context.clock())))


def _form(request: Request) -> dict[str, str]:
    """Return the form's fields. Raises ApiError where another website sent it, or where it cannot be read."""
    if request.header("Sec-Fetch-Site") not in (None, "same-origin", "none"):
        raise ApiError(403, "origin_not_allowed", "The form was sent by another website.")
    try:
        return dict(parse_qsl(request.body().decode("ascii"), keep_blank_values=True, max_num_fields=10))
    except ValueError:
        raise ApiError(400, "invalid_field", "The form cannot be read.") from None


def _page(context: ApiContext, facts: dict[str, object], status: int, cookie: str = "") -> Answer:
    body = render_template("preview.html", **facts).encode()
    # What the browser has cached of the script would go on being shown.
    clear = [("Clear-Site-Data", '"cache"')] if context.settings.is_https and cookie else []
    return Answer(status, [*PAGE, *clear, *([("Set-Cookie", cookie)] if cookie else [])], body)


def _cookie(context: ApiContext, site: str, token: str, seconds: int) -> str:
    # Pages of the site ask from another site where the service is on a host of its own; that needs https.
    across = "SameSite=None; Secure" if context.settings.is_https else "SameSite=Lax"
    return f"{COOKIE}{site}={token}; Path=/; Max-Age={seconds}; HttpOnly; {across}"


def _hosts(context: ApiContext, site: str) -> list[str]:
    config = context.configs.live.get(site)
    return list(config.document["hosts"]) if config else []
