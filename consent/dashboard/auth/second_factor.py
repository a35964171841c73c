"""Two-factor authentication with an authenticator app (TOTP, RFC 6238) and recovery codes.

Seeds and recovery codes are encrypted in the database with keys derived from CONSENT_SECRET_KEY.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from flask import (
    Flask,
    abort,
    current_app,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_security import (
    TwoFactorRescueForm,
    TwoFactorSetupForm,
    current_user,
    tf_disabled,
    tf_profile_changed,
)
from flask_security.utils import check_and_get_token_status
from wtforms import RadioField, StringField

from consent.core.translatable import translatable
from consent.dashboard.auth import rate_limit
from consent.dashboard.auth.one_time_codes import WINDOW_SECONDS
from consent.dashboard.auth.passkeys import is_second_factor
from consent.dashboard.auth.session_cookie import end_others, this_session
from consent.dashboard.frame.audit import audit_as_self
from consent.dashboard.frame.context import Services, services
from consent.dashboard.frame.headers import DASHBOARD_BLUEPRINTS
from consent.storage.accounts import users
from consent.storage.database.base import db
from consent.storage.tables.accounts import User

SET_UP_WITHIN = timedelta(minutes=30)
WRONG = translatable("This code is not right, or was used already.")
OPEN_WITHOUT = ("dashboard.static", "dashboard.logout", "dashboard.prove", "dashboard.check_proof")


class SetUpForm(TwoFactorSetupForm):
    """The form that starts a setup; a plain field, since WTForms warns about Flask-Security's choices."""

    setup = StringField()  # type: ignore[assignment]


class RescueForm(TwoFactorRescueForm):
    """A form that is never shown, without the choices that WTForms warns about."""

    help_setup = RadioField(choices=[])


def settings(secret_key: str, base_url: str) -> dict[str, object]:
    """Return Flask-Security's settings for codes."""
    return {
        "SECURITY_TWO_FACTOR": True,
        "SECURITY_TWO_FACTOR_ENABLED_METHODS": ["authenticator"],
        "SECURITY_TWO_FACTOR_AUTHENTICATOR_VALIDITY": WINDOW_SECONDS,
        "SECURITY_TWO_FACTOR_SETUP_WITHIN": SET_UP_WITHIN,
        "SECURITY_TWO_FACTOR_RESCUE_EMAIL": False,
        "SECURITY_TWO_FACTOR_SETUP_URL": "/account/second-factor",
        "SECURITY_TWO_FACTOR_TOKEN_VALIDATION_URL": "/login/code",
        "SECURITY_TWO_FACTOR_POST_SETUP_VIEW": "security.mf_recovery_codes",
        "SECURITY_TWO_FACTOR_SETUP_TEMPLATE": "dashboard/auth/second_factor.html",
        "SECURITY_TWO_FACTOR_VERIFY_CODE_TEMPLATE": "dashboard/auth/code.html",
        "SECURITY_MSG_TWO_FACTOR_INVALID_TOKEN": (WRONG, "error"),
        "SECURITY_MSG_TWO_FACTOR_CHANGE_METHOD_SUCCESSFUL": (
            translatable("From now on, signing in requires a code. Keep recovery codes in case you lose the app."),
            "success",
        ),
        "SECURITY_MSG_TWO_FACTOR_LOGIN_SUCCESSFUL": (translatable("Signed in."), "success"),
        "SECURITY_MSG_TWO_FACTOR_DISABLED": (translatable("Signing in no longer requires a code."), "success"),
        "SECURITY_MSG_TWO_FACTOR_SETUP_EXPIRED": (
            translatable("That took longer than half an hour. Start again."),
            "error",
        ),
        "SECURITY_TOTP_SECRETS": {"1": _derived(secret_key, b"totp").hex()},
        "SECURITY_TOTP_ISSUER": urlsplit(base_url).hostname or "consent",
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES": True,
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES_N": 8,
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES_URL": "/account/recovery-codes",
        "SECURITY_MULTI_FACTOR_RECOVERY_URL": "/login/recovery",
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES_TEMPLATE": "dashboard/auth/recovery_codes.html",
        "SECURITY_MULTI_FACTOR_RECOVERY_TEMPLATE": "dashboard/auth/recovery.html",
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES_KEYS": [base64.urlsafe_b64encode(_derived(secret_key, b"recovery"))],
        "SECURITY_MSG_INVALID_RECOVERY_CODE": (WRONG, "error"),
    }


def init_app(app: Flask, given: Services, fresh: Callable[[Any], Any]) -> None:
    """Set up the second factor: prompt for codes, and for setup where it is required."""
    views = app.view_functions
    views["security.two_factor_setup_validate"] = _keeping_key(views["security.two_factor_setup_validate"])
    for name in ("two_factor_setup", "two_factor_setup_validate", "mf_recovery_codes"):
        views[f"security.{name}"] = _signed_in_only(fresh(views[f"security.{name}"]))
    views["security.mf_recovery"] = _recovery(views["security.mf_recovery"])
    views["security.two_factor_rescue"] = lambda: abort(404)
    for name in ("two_factor_token_validation", "mf_recovery"):
        rate_limit.rate_limit_view(app, f"security.{name}", lambda: session.get("tf_user_id", "-"), hashes=False)
    views["security.two_factor_token_validation"] = _during_sign_in_only(views["security.two_factor_token_validation"])
    app.before_request(_require_second_factor)
    tf_profile_changed.connect(_set_up, app)
    tf_disabled.connect(_removed, app)


def must_set_up() -> bool:
    """Return whether the caller must set up a second factor first; a sign-in provider is trusted to have its own."""
    needed = services().sign_in.second_factor
    has_one = current_user.tf_primary_method or is_second_factor(current_user)
    if needed == "optional" or has_one or this_session().method == "oidc":
        return False
    return needed == "everyone" or users.is_admin_somewhere(db.session, current_user.id)


def _require_second_factor() -> ResponseReturnValue | None:
    """Redirect users without a required second factor to its setup."""
    if (
        request.blueprint not in DASHBOARD_BLUEPRINTS
        or request.endpoint in OPEN_WITHOUT
        or not current_user.is_authenticated
    ):
        return None
    if (request.endpoint or "").startswith(("security.two_factor_setup", "security.wan_register")) or not must_set_up():
        return None
    return redirect(url_for("security.two_factor_setup"))


def _signed_in_only(view: Callable[..., Any]) -> Callable[..., ResponseReturnValue]:
    """Allow the view only to signed-in users and without a query string, and audit new recovery codes."""

    @wraps(view)
    def checked(**kwargs: Any) -> ResponseReturnValue:
        if not current_user.is_authenticated or request.args:
            return redirect(url_for("security.login"))
        answer: ResponseReturnValue = view(**kwargs)
        if (
            request.method == "POST"
            and request.endpoint == "security.mf_recovery_codes"
            and current_user.is_authenticated
        ):
            audit_as_self(current_user, "recovery_codes.created", None, None)
        return answer

    return checked


def _keeping_key(view: Callable[..., Any]) -> Callable[[str], ResponseReturnValue]:
    """Show the same key again after a wrong code, since Flask-Security would create another."""

    @wraps(view)
    def checked(token: str) -> ResponseReturnValue:
        answer: ResponseReturnValue = view(token=token)
        _, _, state = check_and_get_token_status(token, "tf_setup", SET_UP_WITHIN)
        # A correct or late code has cleared the session. The token of another setup must not show its key.
        begun = session.get("tf_totp_secret")
        if begun is None or begun != (state or {}).get("totp_secret"):
            return answer
        # Flask-Security also flashed the message that is shown next to the field here.
        session.pop("_flashes", None)
        key = current_app.extensions["security"].totp_factory.fetch_setup_values(begun, current_user)
        shown = {"authr_qrcode": key["image"], "authr_key": key["key"], "state_token": token, "wrong": WRONG}
        return render_template("dashboard/auth/second_factor.html", chosen_method="authenticator", **shown), 422

    return checked


def _during_sign_in_only(view: Callable[[], Any]) -> Callable[[], ResponseReturnValue]:
    """Show the code form only between password and sign-in; Flask-Security would sign out users who open it later."""

    @wraps(view)
    def checked() -> ResponseReturnValue:
        if current_user.is_authenticated:
            return redirect(url_for("dashboard.start"))
        answer: ResponseReturnValue = view()
        return answer

    return checked


def _recovery(view: Callable[[], Any]) -> Callable[[], ResponseReturnValue]:
    """Write an audit entry when a recovery code is used."""

    @wraps(view)
    def checked() -> ResponseReturnValue:
        was_in = current_user.is_authenticated
        answer: ResponseReturnValue = view()
        if not was_in and current_user.is_authenticated:
            audit_as_self(current_user, "recovery_codes.used", None, None)
        return answer

    return checked


def _set_up(app: Flask, user: User, **_: Any) -> None:
    end_others(user)
    audit_as_self(user, "second_factor.enabled", None, None)


def _removed(app: Flask, user: User, **_: Any) -> None:
    user.totp_counter = None
    if not is_second_factor(user):
        user.mf_recovery_codes = None
    audit_as_self(user, "second_factor.disabled", None, None)


def _derived(secret_key: str, use: bytes) -> bytes:
    return hmac.new(secret_key.encode(), b"dashboard " + use, hashlib.sha256).digest()
