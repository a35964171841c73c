"""Passkeys (WebAuthn, Level 2): in place of the password, or as second factor after it; added and removed by their user."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_security import WebauthnUtil, current_user, wan_deleted, wan_registered
from flask_security.tf_plugin import TwoFactorSelectForm
from flask_security.webauthn import WebAuthnRegisterForm
from webauthn.helpers.structs import AuthenticatorSelectionCriteria, ResidentKeyRequirement, UserVerificationRequirement
from wtforms import RadioField, StringField

from consent.core.translatable import translatable
from consent.dashboard.auth.session_cookie import end_others
from consent.dashboard.frame.audit import audit_as_self
from consent.dashboard.frame.context import services
from consent.dashboard.frame.safe_redirects import is_local_path
from consent.dashboard.frame.security_log import not_signed_in
from consent.storage.tables.accounts import User

FIRST, SECOND = "first", "secondary"
WITHIN = timedelta(minutes=5)
MAX_PASSKEYS = 20
"""Passkeys of one user."""
NAME_MISSING = translatable("Give it a name, such as the device that it is on.")
NAME_IN_USE = translatable("You already have a passkey with this name.")
NAME_NOT_FOUND = translatable("You have no passkey with this name.")
FAILED = translatable("This passkey was not accepted. Try again, or sign in another way.")


class OwnAddress(WebauthnUtil):
    """Binds passkeys to the address of the service, whatever a proxy sends as host, and wants the user verified."""

    def origin(self) -> str:
        """Return the origin that signatures of passkeys must name."""
        parts = urlsplit(services().base_url)
        return f"{parts.scheme}://{parts.netloc}"

    def authenticator_selection(self, user: User, usage: str) -> AuthenticatorSelectionCriteria:  # type: ignore[override]
        """Return which passkeys are asked for: any device or key; one that stands alone is found without a name."""
        resident = ResidentKeyRequirement.REQUIRED if usage == FIRST else ResidentKeyRequirement.PREFERRED
        return AuthenticatorSelectionCriteria(
            resident_key=resident, user_verification=self.user_verification(user, [usage])
        )

    def user_verification(self, user: User | None, usage: list[str]) -> UserVerificationRequirement:  # type: ignore[override]
        """Return whether the device has to verify its user: a passkey that stands alone is both factors."""
        required, preferred = UserVerificationRequirement.REQUIRED, UserVerificationRequirement.PREFERRED
        return required if FIRST in usage else preferred


class AddForm(WebAuthnRegisterForm):
    """The name and use of a new passkey. A plain field: WTForms warns of the choices that Flask-Security lists."""

    usage = StringField(default=SECOND)  # type: ignore[assignment]

    def validate(self, **kwargs: Any) -> bool:
        """Return whether the passkey may be added."""
        if self.usage.data not in (FIRST, SECOND):
            self.usage.data = SECOND
        if not super().validate(**kwargs):
            return False
        if len(current_user.webauthn) >= MAX_PASSKEYS:
            self.name.errors = [
                gettext("You have %(max_passkeys)s passkeys: remove one first.", max_passkeys=MAX_PASSKEYS)
            ]
            return False
        return True


class FactorForm(TwoFactorSelectForm):
    """Which second factor is used, where somebody has two."""

    which = RadioField(choices=[], validate_choice=False)


def settings(base_url: str) -> dict[str, object]:
    """Return what Flask-Security needs for passkeys."""
    return {
        "SECURITY_WEBAUTHN": True,
        "SECURITY_WAN_RP_NAME": f"Consent at {urlsplit(base_url).hostname}",
        "SECURITY_WAN_ALLOW_USER_HINTS": False,
        "SECURITY_WAN_REGISTER_URL": "/account/passkeys",
        "SECURITY_WAN_DELETE_URL": "/account/passkeys/removal",
        "SECURITY_WAN_SIGNIN_URL": "/login/passkey",
        "SECURITY_WAN_SIGNIN_WITHIN": WITHIN,
        "SECURITY_WAN_REGISTER_WITHIN": WITHIN,
        "SECURITY_WAN_REGISTER_TEMPLATE": "dashboard/auth/passkeys.html",
        "SECURITY_WAN_SIGNIN_TEMPLATE": "dashboard/auth/passkey_sign_in.html",
        "SECURITY_TWO_FACTOR_SELECT_URL": "/login/factor",
        "SECURITY_TWO_FACTOR_SELECT_TEMPLATE": "dashboard/auth/factor_choice.html",
        "SECURITY_MSG_WEBAUTHN_REGISTER_SUCCESSFUL": (translatable("The passkey is added."), "success"),
        "SECURITY_MSG_WEBAUTHN_CREDENTIAL_DELETED": (translatable("The passkey is removed."), "success"),
        "SECURITY_MSG_WEBAUTHN_NAME_REQUIRED": (NAME_MISSING, "error"),
        "SECURITY_MSG_WEBAUTHN_NAME_INUSE": (NAME_IN_USE, "error"),
        "SECURITY_MSG_WEBAUTHN_NAME_NOT_FOUND": (NAME_NOT_FOUND, "error"),
        **dict.fromkeys(
            (
                "SECURITY_MSG_WEBAUTHN_UNKNOWN_CREDENTIAL_ID",
                "SECURITY_MSG_WEBAUTHN_ORPHAN_CREDENTIAL_ID",
                "SECURITY_MSG_WEBAUTHN_MISMATCH_USER_HANDLE",
                "SECURITY_MSG_WEBAUTHN_CREDENTIAL_WRONG_USAGE",
                "SECURITY_MSG_WEBAUTHN_NO_VERIFY",
                "SECURITY_MSG_WEBAUTHN_EXPIRED",
                "SECURITY_MSG_WEBAUTHN_CREDENTIAL_ID_INUSE",
                "SECURITY_MSG_API_ERROR",
            ),
            (FAILED, "error"),
        ),
    }


def init_app(app: Flask, fresh: Callable[[Any], Any]) -> None:
    """Require a recent sign-in before passkeys change, and write what changes into the audit trail."""
    views = app.view_functions
    for name in ("wan_register", "wan_register_response", "wan_delete"):
        views[f"security.{name}"] = _of_somebody(fresh(views[f"security.{name}"]))
    for name in ("wan_signin", "wan_signin_response"):
        views[f"security.{name}"] = _only_before(views[f"security.{name}"])
    wan_registered.connect(_added, app)
    wan_deleted.connect(_removed, app)


def is_second_factor(user: User) -> bool:
    """Return whether a passkey is asked for after the user's password."""
    return any(passkey.usage == SECOND for passkey in user.webauthn)


def _of_somebody(view: Callable[..., Any]) -> Callable[..., ResponseReturnValue]:
    @wraps(view)
    def checked(**kwargs: Any) -> ResponseReturnValue:
        if not current_user.is_authenticated:
            return redirect(url_for("security.login"))
        answer: ResponseReturnValue = view(**kwargs)
        return answer

    return checked


def _only_before(view: Callable[..., Any]) -> Callable[..., ResponseReturnValue]:
    """Sign in by passkey only who is not signed in; a sign-in that was refused is noted."""

    @wraps(view)
    def checked(**kwargs: Any) -> ResponseReturnValue:
        if current_user.is_authenticated:
            return redirect(url_for("dashboard.start"))
        for target in (request.args.get("next"), request.form.get("next")):
            if target and not is_local_path(target):
                return redirect(url_for("security.wan_signin"))
        answer = make_response(view(**kwargs))
        if kwargs and not current_user.is_authenticated:
            not_signed_in()
        return answer

    return checked


def _added(app: Flask, user: User, name: str, **_: Any) -> None:
    end_others(user)
    audit_as_self(user, "passkey.added", None, {"passkeys": len(user.webauthn)})


def _removed(app: Flask, user: User, name: str, **_: Any) -> None:
    audit_as_self(user, "passkey.removed", {"passkeys": len(user.webauthn)}, None)
