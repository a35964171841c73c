"""A second factor beside the password: codes of an authenticator app (TOTP, RFC 6238), and recovery codes.

The seeds and recovery codes are encrypted in the database under a key that is derived from CONSENT_SECRET_KEY.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

import segno
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
    Totp,
    TwoFactorRescueForm,
    TwoFactorSetupForm,
    current_user,
    tf_disabled,
    tf_profile_changed,
)
from flask_security.utils import check_and_get_token_status
from wtforms import RadioField, StringField

from consent.dashboard import guessing
from consent.dashboard.headers import OURS
from consent.dashboard.services import Services, services
from consent.dashboard.sessions import end_others, this_session
from consent.dashboard.telling import tell_as_self
from consent.storage import staff
from consent.storage.models import User, db

WINDOW_S = 30
"""A code counts for one step before and after its own, for clocks that are wrong."""
SET_UP_WITHIN = timedelta(minutes=30)
WRONG = "This code is not right, or was used already."
OPEN_WITHOUT = ("dashboard.static", "dashboard.logout", "dashboard.prove", "dashboard.check_proof")


class SetUpForm(TwoFactorSetupForm):
    """The form that begins a set-up. One plain field: WTForms warns of the choices that Flask-Security lists."""

    setup = StringField()  # type: ignore[assignment]


class RescueForm(TwoFactorRescueForm):
    """A form that is never shown, without choices, of which WTForms warns."""

    help_setup = RadioField(choices=[])


class Codes(Totp):
    """Checks codes for Flask-Security, each at most once."""

    def generate_qrcode(self, username: str, totp: str) -> str:
        """Return the QR code as an address of an image, black on white in dark mode too."""
        return segno.make(self.get_totp_uri(username, totp)).svg_data_uri(light="white", scale=4)

    def get_last_counter(self, user: User) -> int | None:  # type: ignore[override]
        """Return the time step of the last code that was taken."""
        return user.totp_counter

    def set_last_counter(self, user: User, tmatch: Any) -> None:  # type: ignore[override]
        """Remember the time step of a code, so that it is not taken again."""
        user.totp_counter = tmatch.counter


def settings(secret_key: str, base_url: str) -> dict[str, Any]:
    """Return what Flask-Security needs for codes."""
    return {
        "SECURITY_TWO_FACTOR": True,
        "SECURITY_TWO_FACTOR_ENABLED_METHODS": ["authenticator"],
        "SECURITY_TWO_FACTOR_AUTHENTICATOR_VALIDITY": WINDOW_S,
        "SECURITY_TWO_FACTOR_SETUP_WITHIN": SET_UP_WITHIN,
        "SECURITY_TWO_FACTOR_RESCUE_EMAIL": False,
        "SECURITY_TWO_FACTOR_SETUP_URL": "/account/second-factor",
        "SECURITY_TWO_FACTOR_TOKEN_VALIDATION_URL": "/login/code",
        "SECURITY_TWO_FACTOR_POST_SETUP_VIEW": "security.mf_recovery_codes",
        "SECURITY_TWO_FACTOR_SETUP_TEMPLATE": "dashboard/second_factor.html",
        "SECURITY_TWO_FACTOR_VERIFY_CODE_TEMPLATE": "dashboard/code.html",
        "SECURITY_MSG_TWO_FACTOR_INVALID_TOKEN": (WRONG, "error"),
        "SECURITY_MSG_TWO_FACTOR_CHANGE_METHOD_SUCCESSFUL": (
            "From now on signing in asks for a code. Keep recovery codes for the day the app is lost.",
            "success",
        ),
        "SECURITY_MSG_TWO_FACTOR_LOGIN_SUCCESSFUL": ("Signed in.", "success"),
        "SECURITY_MSG_TWO_FACTOR_DISABLED": ("Signing in no longer asks for a code.", "success"),
        "SECURITY_MSG_TWO_FACTOR_SETUP_EXPIRED": ("That took longer than half an hour. Begin again.", "error"),
        "SECURITY_TOTP_SECRETS": {"1": _derived(secret_key, b"totp").hex()},
        "SECURITY_TOTP_ISSUER": urlsplit(base_url).hostname or "consent",
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES": True,
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES_N": 8,
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES_URL": "/account/recovery-codes",
        "SECURITY_MULTI_FACTOR_RECOVERY_URL": "/login/recovery",
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES_TEMPLATE": "dashboard/recovery_codes.html",
        "SECURITY_MULTI_FACTOR_RECOVERY_TEMPLATE": "dashboard/recovery.html",
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES_KEYS": [base64.urlsafe_b64encode(_derived(secret_key, b"recovery"))],
        "SECURITY_MSG_INVALID_RECOVERY_CODE": (WRONG, "error"),
    }


def init_app(app: Flask, given: Services, fresh: Callable[[Any], Any]) -> None:
    """Have `app` ask for codes where there is a second factor, and for one to be set up where it is needed."""
    views = app.view_functions
    views["security.two_factor_setup_validate"] = _same_key(views["security.two_factor_setup_validate"])
    for name in ("two_factor_setup", "two_factor_setup_validate", "mf_recovery_codes"):
        views[f"security.{name}"] = _of_somebody(fresh(views[f"security.{name}"]))
    views["security.mf_recovery"] = _recovery(views["security.mf_recovery"])
    views["security.two_factor_rescue"] = views["security.tf_select"] = lambda: abort(404)
    for name in ("two_factor_token_validation", "mf_recovery"):
        guessing.slow_down(app, f"security.{name}", lambda: f"code {session.get('tf_user_id', '-')}")
    app.before_request(_demand)
    tf_profile_changed.connect(_set_up, app)
    tf_disabled.connect(_removed, app)


def takes_code(user: User, code: str) -> bool:
    """Tell whether `code` is a code of the person's app that was not used yet; the caller commits."""
    if not (user.tf_primary_method and code.strip().isdecimal()):
        return False
    factory = current_app.extensions["security"].totp_factory
    return bool(factory.verify_totp(code.strip(), user.tf_totp_secret, user, window=WINDOW_S))


def is_missing() -> bool:
    """Tell whether the caller has to set up a second factor first. A provider that signs people in has its own."""
    needed = services().second_factor
    if needed == "optional" or current_user.tf_primary_method or this_session().method == "oidc":
        return False
    return needed == "everyone" or staff.is_admin_somewhere(db.session, current_user.id)


def _demand() -> ResponseReturnValue | None:
    """Let whoever needs a second factor and has none do nothing but set it up."""
    if request.blueprint not in OURS or request.endpoint in OPEN_WITHOUT or not current_user.is_authenticated:
        return None
    if (request.endpoint or "").startswith("security.two_factor_setup") or not is_missing():
        return None
    return redirect(url_for("security.two_factor_setup"))


def _of_somebody(view: Callable[..., Any]) -> Callable[..., ResponseReturnValue]:
    """Have the view only for who is signed in, and never show codes again that were shown once."""

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
            tell_as_self(current_user, "recovery.made", None, None)
        return answer

    return checked


def _same_key(view: Callable[..., Any]) -> Callable[[str], ResponseReturnValue]:
    """After a wrong code, show the key that the app has already: Flask-Security would begin again with another."""

    @wraps(view)
    def checked(token: str) -> ResponseReturnValue:
        answer: ResponseReturnValue = view(token=token)
        _, _, state = check_and_get_token_status(token, "tf_setup", SET_UP_WITHIN)
        # A code that was right, or came too late, has cleared the session. Nobody else's token shows its key.
        begun = session.get("tf_totp_secret")
        if begun is None or begun != (state or {}).get("totp_secret"):
            return answer
        # Flask-Security flashed the sentence that stands beside the field here.
        session.pop("_flashes", None)
        key = current_app.extensions["security"].totp_factory.fetch_setup_values(begun, current_user)
        shown = {"authr_qrcode": key["image"], "authr_key": key["key"], "state_token": token, "wrong": WRONG}
        return render_template("dashboard/second_factor.html", chosen_method="authenticator", **shown), 422

    return checked


def _recovery(view: Callable[[], Any]) -> Callable[[], ResponseReturnValue]:
    """Tell the log of a recovery code that was used."""

    @wraps(view)
    def checked() -> ResponseReturnValue:
        was_in = current_user.is_authenticated
        answer: ResponseReturnValue = view()
        if not was_in and current_user.is_authenticated:
            tell_as_self(current_user, "recovery.used", None, None)
        return answer

    return checked


def _set_up(app: Flask, user: User, **_: Any) -> None:
    end_others(user)
    tell_as_self(user, "factor.set", None, None)


def _removed(app: Flask, user: User, **_: Any) -> None:
    user.mf_recovery_codes = user.totp_counter = None
    tell_as_self(user, "factor.removed", None, None)


def _derived(secret_key: str, use: bytes) -> bytes:
    return hmac.new(secret_key.encode(), b"dashboard " + use, hashlib.sha256).digest()
