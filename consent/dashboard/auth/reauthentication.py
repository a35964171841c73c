"""Require recent re-authentication for sensitive actions: a password or code within the last ten minutes."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from consent.core.translatable import translatable
from consent.dashboard.auth import rate_limit
from consent.dashboard.auth.one_time_codes import verify_and_spend_code
from consent.dashboard.auth.password_queue import password_slot
from consent.dashboard.auth.passwords import MAX_LENGTH
from consent.dashboard.auth.session_cookie import this_session
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.context import services
from consent.dashboard.frame.permissions import allowed
from consent.dashboard.frame.safe_redirects import path_before, path_here, safe_target
from consent.dashboard.frame.security_log import log_failed_reauthentication
from consent.storage.accounts import sessions
from consent.storage.database.base import db

FRESH_SECONDS = 600
SAFE = ("GET", "HEAD", "OPTIONS")
WRONG = translatable("Wrong password or code. Try again.")

View = Callable[..., ResponseReturnValue]


def requires_recent_sign_in(view: View) -> View:
    """Require a recent sign-in before the view changes anything; apply this decorator below `allowed`."""

    @wraps(view)
    def guarded(**kwargs: Any) -> ResponseReturnValue:
        return missing_proof() or view(**kwargs)

    return guarded


def missing_proof() -> ResponseReturnValue | None:
    """Return the page that prompts for a password or code, or None if the proof is recent or in this form.

    The page resubmits the form, so that nothing has to be typed twice. For views that need proof only sometimes.
    """
    if request.method in SAFE or is_fresh():
        return None
    error = ""
    if "proof" in request.form:
        if proves(request.form["proof"]):
            return None
        error = WRONG
    if request.headers.get("HX-Request"):
        return Response(status=401, headers={"HX-Redirect": url_for("dashboard.prove", next=path_before())})
    if request.files:
        return redirect(url_for("dashboard.prove", next=path_before()))
    fields = [(name, text) for name, text in request.form.items(multi=True) if name not in ("csrf_token", "proof")]
    return _page(path_here(), fields, error), 401


def is_fresh() -> bool:
    """Return whether the user of this session reauthenticated within the last ten minutes."""
    return this_session().authenticated_at + FRESH_SECONDS > services().now


def proves(secret: str) -> bool:
    """Return whether `secret` is the current user's password or a code, and record when it was given."""
    counted = rate_limit.count_attempt(f"proof {current_user.id} {this_session().id}")
    if not (verify_and_spend_code(current_user, secret) or _is_password(secret)):
        log_failed_reauthentication()
        return False
    sessions.set_authenticated(db.session, this_session().id, services().now)
    db.session.commit()
    rate_limit.refund(counted)
    return True


def _is_password(secret: str) -> bool:
    # The hasher raises an error for passwords that are too long.
    if len(secret) > MAX_LENGTH or not current_user.password:
        return False
    with password_slot():
        return bool(current_user.verify_and_update_password(secret))


@blueprint.get("/account/proof")
@allowed("own_account")
def prove() -> ResponseReturnValue:
    """Prompt for reauthentication before a request that a form can't resubmit."""
    return _page(url_for("dashboard.prove"), [("next", _target())], "")


@blueprint.post("/account/proof")
@allowed("own_account")
def check_proof() -> ResponseReturnValue:
    """Check the password or code, and redirect to where it was needed."""
    if not proves(request.form.get("proof", "")):
        return _page(url_for("dashboard.prove"), [("next", _target())], WRONG), 422
    return redirect(_target())


def _target() -> str:
    return safe_target(request.values.get("next", ""))


def _page(action: str, fields: list[tuple[str, str]], error: str) -> str:
    return render_template(
        "dashboard/auth/reauthenticate.html", action=action, fields=fields, fault_text=error, back=path_before()
    )
