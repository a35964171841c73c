"""The dashboard's blueprint: nothing of it is reached without a log-in, and nothing changes without a CSRF token."""

import hashlib
from functools import lru_cache
from typing import Any

from flask import Blueprint, Response, abort, current_app, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user
from flask_wtf import CSRFProtect
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from consent.assets import static_folder
from consent.dashboard.own_paths import path_here
from consent.dashboard.security_log import not_allowed
from consent.dashboard.services import services
from consent.snapshots.draft import DraftError
from consent.storage.sites import StaleDraft

FOLDER = static_folder() / "dashboard"
YEAR = 365 * 86400


class Dashboard(Blueprint):
    """A blueprint whose static files are kept for a year under a name that changes with their bytes."""

    def get_send_file_max_age(self, filename: str | None) -> int | None:
        """Return how long a browser may keep the file, in seconds."""
        return YEAR if request.args.get("v") else 0


blueprint = Dashboard(
    "dashboard",
    __name__,
    template_folder="templates",
    static_folder=FOLDER,
    static_url_path="/static/dashboard",
)
csrf = CSRFProtect()

SENTENCES = {
    400: ("This cannot be understood", "Something in the request is not of the form that is needed here."),
    403: ("Not yours to do", "Your roles do not include this. An admin can change them under People."),
    404: ("Nothing here", "There is no such page, or it belongs to a site that you have no role on."),
    405: ("Not like this", "This address cannot be opened in that way."),
    409: ("Changed meanwhile", "Somebody else saved at the same moment. Load the page again and repeat."),
    413: ("Too large", "That is more than this page takes."),
    429: ("Too many tries", "Wait a minute, then try again."),
}


@blueprint.before_app_request
def refuse_unkept() -> None:
    """Refuse the character 0, which PostgreSQL cannot keep and no browser's field can hold."""
    given = (request.args, request.form) if request.method == "POST" else (request.args,)
    if any("\0" in text for fields in given for values in fields.listvalues() for text in values):
        abort(400)
    if "\0" in request.path:
        abort(404)


@blueprint.before_request
def admit() -> ResponseReturnValue | None:
    """Let in who is signed in, and let change things who also carries the token of this session."""
    if request.endpoint == "dashboard.static":
        return None
    view = current_app.view_functions[request.endpoint or ""]
    if not hasattr(view, "action"):
        raise RuntimeError(f"{request.endpoint} stands in no row of consent.dashboard.permissions")
    if not current_user.is_authenticated:
        return _to_login()
    session.modified = True  # the idle time begins anew
    if request.method not in ("GET", "HEAD", "OPTIONS"):
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            abort(403)
        csrf.protect()
    return None


def _to_login() -> ResponseReturnValue:
    is_page = request.method == "GET" and not request.headers.get("HX-Request")
    # Only a path, so that nobody can be led elsewhere; Flask-Security checks it again before it follows.
    target = url_for("security.login", next=path_here() if is_page else None)
    if request.headers.get("HX-Request"):
        return Response(status=401, headers={"HX-Redirect": target})
    return redirect(target)


@blueprint.app_errorhandler(CSRFError)
def show_csrf_error(error: CSRFError) -> ResponseReturnValue:
    """Say that the page is too old to be sent."""
    return _error_page(400, "Load the page again", "It was opened in another session, so nothing was changed.")


@blueprint.app_errorhandler(HTTPException)
def show_error(error: HTTPException) -> ResponseReturnValue:
    """Say in two sentences what went wrong."""
    if error.response is not None:
        return error.response
    status = error.code or 500
    if status == 403:
        not_allowed()
    title, text = SENTENCES.get(status, ("This did not work", error.description or ""))
    return _error_page(status, title, text)


@blueprint.errorhandler(StaleDraft)
def show_stale(error: StaleDraft) -> ResponseReturnValue:
    """Say that somebody else was faster."""
    return _error_page(409, *SENTENCES[409])


@blueprint.errorhandler(DraftError)
def show_draft_error(error: DraftError) -> ResponseReturnValue:
    """Say what is wrong with a draft that nobody could save, such as one that was imported for an older release."""
    return _error_page(422, "The draft cannot be saved", f"It has faults elsewhere: {error}"[:1000])


def _error_page(status: int, title: str, text: str) -> ResponseReturnValue:
    name = "error" if current_user.is_authenticated else "alone_error"
    return render_template(f"dashboard/{name}.html", title=title, text=text), status


@lru_cache
def _version(filename: str) -> str:
    return hashlib.sha256((FOLDER / filename).read_bytes()).hexdigest()[:12]


def asset(filename: str) -> str:
    """Return the address of a static file, with a mark of its bytes so that a browser may keep it."""
    return url_for("dashboard.static", filename=filename, v=_version(filename))


def context() -> dict[str, Any]:
    """Return what every page of the dashboard can use."""
    return {
        "asset": asset,
        "base_url": lambda: services().base_url,
        "provider": lambda: services().provider,
        "sends_mail": lambda: services().mailer is not None,
    }
