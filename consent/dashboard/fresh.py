"""Dangerous acts ask who is there: a password or a code within the last ten minutes, whoever holds the session."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from consent.dashboard import guessing
from consent.dashboard.blueprint import blueprint
from consent.dashboard.own_paths import own_or_start, path_before, path_here
from consent.dashboard.passwords import MOST
from consent.dashboard.permissions import allowed
from consent.dashboard.second_factor import takes_code
from consent.dashboard.security_log import not_proved
from consent.dashboard.services import services
from consent.dashboard.sessions import this_session
from consent.storage import sessions
from consent.storage.models import db

FRESH_S = 600
SAFE = ("GET", "HEAD", "OPTIONS")
WRONG = "This is not right. Try again."

View = Callable[..., ResponseReturnValue]


def fresh(view: View) -> View:
    """Have the view ask who is there before it changes anything; it stands below `allowed`."""

    @wraps(view)
    def asked(**kwargs: Any) -> ResponseReturnValue:
        return missing_proof() or view(**kwargs)

    return asked


def missing_proof() -> ResponseReturnValue | None:
    """Return the page that asks for a password or a code, or None where the proof is fresh or came with this form.

    The page carries the form on, so that nothing has to be typed twice. For views where it depends on what is asked.
    """
    if request.method in SAFE or is_fresh():
        return None
    fault = ""
    if "proof" in request.form:
        if proves(request.form["proof"]):
            return None
        fault = WRONG
    if request.headers.get("HX-Request"):
        return Response(status=401, headers={"HX-Redirect": url_for("dashboard.prove", next=path_before())})
    if request.files:
        return redirect(url_for("dashboard.prove", next=path_before()))
    fields = [(name, text) for name, text in request.form.items(multi=True) if name not in ("csrf_token", "proof")]
    return _page(path_here(), fields, fault), 401


def is_fresh() -> bool:
    """Tell whether the person of this session proved who they are within the last ten minutes."""
    return this_session().proved_at + FRESH_S > services().now


def proves(secret: str) -> bool:
    """Tell whether `secret` is the password of the person of this request, and note when it was given."""
    guessing.count_try(f"proof {current_user.id}")
    if not (takes_code(current_user, secret) or _is_password(secret)):
        not_proved()
        return False
    sessions.proved(db.session, this_session().id, services().now)
    db.session.commit()
    return True


def _is_password(secret: str) -> bool:
    # What hashes passwords raises for one that is longer than any that is taken.
    return bool(len(secret) <= MOST and current_user.password and current_user.verify_and_update_password(secret))


@blueprint.get("/account/proof")
@allowed("own_account")
def prove() -> ResponseReturnValue:
    """Ask who is there, before something that a form could not carry on."""
    return _page(url_for("dashboard.prove"), [("next", _target())], "")


@blueprint.post("/account/proof")
@allowed("own_account")
def check_proof() -> ResponseReturnValue:
    """Take the password or the code, and go back to where it was needed."""
    if not proves(request.form.get("proof", "")):
        return _page(url_for("dashboard.prove"), [("next", _target())], WRONG), 422
    return redirect(_target())


def _target() -> str:
    return own_or_start(request.values.get("next", ""))


def _page(action: str, fields: list[tuple[str, str]], fault: str) -> str:
    return render_template("dashboard/prove.html", action=action, fields=fields, fault_text=fault, back=path_before())
