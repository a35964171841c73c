"""Flask blueprint of the dashboard: requires sign-in and CSRF tokens, and renders error pages."""

import hashlib
from functools import lru_cache
from typing import Any

from flask import Blueprint, Response, abort, current_app, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user
from flask_wtf import CSRFProtect
from werkzeug.routing import IntegerConverter

from consent.dashboard.frame.context import services
from consent.dashboard.frame.draft_labels import setting_words, variant_words
from consent.dashboard.frame.safe_redirects import path_here
from consent.web.static_files import static_folder

MAX_ID = 2**31 - 1
"""The limit of PostgreSQL's integer; SQLite fails from 2^63 on."""


class Number(IntegerConverter):
    """URL converter for ids, which answers 404 for any that the database can't hold."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"max": MAX_ID, **kwargs})


FOLDER = static_folder() / "dashboard"
YEAR = 365 * 86400


class Dashboard(Blueprint):
    """A blueprint whose static files are cached for a year under a URL that changes with their content."""

    def get_send_file_max_age(self, filename: str | None) -> int | None:
        """Return how long a browser may cache the file, in seconds."""
        return YEAR if request.args.get("v") else 0


blueprint = Dashboard(
    "dashboard",
    __name__,
    template_folder="../templates",
    static_folder=FOLDER,
    static_url_path="/static/dashboard",
)
csrf = CSRFProtect()


@blueprint.before_app_request
def refuse_nul() -> None:
    """Reject NUL characters, which PostgreSQL can't store and form fields in browsers can't contain."""
    given = (request.args, request.form) if request.method == "POST" else (request.args,)
    if any("\0" in text for fields in given for values in fields.listvalues() for text in values):
        abort(400)
    if "\0" in request.path:
        abort(404)


@blueprint.before_request
def admit() -> ResponseReturnValue | None:
    """Require a signed-in user, and for changes the session's CSRF token."""
    if request.endpoint == "dashboard.static":
        return None
    view = current_app.view_functions[request.endpoint or ""]
    if not hasattr(view, "action"):
        raise RuntimeError(f"{request.endpoint} is missing from consent.dashboard.frame.permissions")
    if not current_user.is_authenticated:
        return _to_login()
    session.modified = True  # restart the idle timeout
    if request.method not in ("GET", "HEAD", "OPTIONS"):
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            abort(403)
        csrf.protect()
    return None


def _to_login() -> ResponseReturnValue:
    is_page = request.method == "GET" and not request.headers.get("HX-Request")
    # Only a path, to prevent open redirects; Flask-Security checks it again before redirecting.
    target = url_for("security.login", next=path_here() if is_page else None)
    if request.headers.get("HX-Request"):
        return Response(status=401, headers={"HX-Redirect": target})
    return redirect(target)


@lru_cache
def _version(filename: str) -> str:
    return hashlib.sha256((FOLDER / filename).read_bytes()).hexdigest()[:12]


def asset(filename: str) -> str:
    """Return the URL of a static file, with a hash of its content so that browsers can cache it."""
    return url_for("dashboard.static", filename=filename, v=_version(filename))


def context() -> dict[str, object]:
    """Return the template variables of every dashboard page."""
    return {
        "asset": asset,
        "base_url": lambda: services().base_url,
        "is_demo": current_app.config.get("DEMO", False),
        "provider": lambda: services().sign_in.provider,
        "setting_words": setting_words,
        "variant_words": variant_words,
        "sends_mail": lambda: services().notifications.mailer is not None,
    }
