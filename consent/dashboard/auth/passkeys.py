"""Passkeys (WebAuthn, Level 2), instead of the password or as a second factor; users add and remove their own."""

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
from consent.dashboard.frame.security_log import log_failed_sign_in
from consent.storage.tables.accounts import User

FIRST, SECOND = "first", "secondary"
WITHIN = timedelta(minutes=5)
MAX_PASSKEYS = 20
"""Per user."""
NAME_MISSING = translatable("Give it a name, such as the device that it is on.")
NAME_IN_USE = translatable("You already have a passkey with this name.")
NAME_NOT_FOUND = translatable("You have no passkey with this name.")
FAILED = translatable("This passkey was not accepted. Try again, or sign in another way.")


class OwnAddress(WebauthnUtil):
    """WebAuthn settings that bind passkeys to the service's own address, whatever host a proxy sends."""

    def origin(self) -> str:
        """Return the origin that passkey signatures must contain."""
        parts = urlsplit(services().base_url)
        return f"{parts.scheme}://{parts.netloc}"

    def authenticator_selection(self, user: User, usage: str) -> AuthenticatorSelectionCriteria:  # type: ignore[override]
        """Return the criteria for new passkeys: any device or key, discoverable if it replaces the password."""
        resident = ResidentKeyRequirement.REQUIRED if usage == FIRST else ResidentKeyRequirement.PREFERRED
        return AuthenticatorSelectionCriteria(
            resident_key=resident, user_verification=self.user_verification(user, [usage])
        )

    def user_verification(self, user: User | None, usage: list[str]) -> UserVerificationRequirement:  # type: ignore[override]
        """Return whether the device must verify its user, as one that replaces the password counts as both factors."""
        required, preferred = UserVerificationRequirement.REQUIRED, UserVerificationRequirement.PREFERRED
        return required if FIRST in usage else preferred


class AddForm(WebAuthnRegisterForm):
    """The name and use of a new passkey; a plain field, since WTForms warns about Flask-Security's choices."""

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
    """The choice of second factor for users who have two."""

    which = RadioField(choices=[], validate_choice=False)


def settings(base_url: str) -> dict[str, object]:
    """Return Flask-Security's settings for passkeys."""
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
    """Require a recent sign-in to change passkeys, and write changes to the audit trail."""
    views = app.view_functions
    for name in ("wan_register", "wan_register_response", "wan_delete"):
        views[f"security.{name}"] = _signed_in_only(fresh(views[f"security.{name}"]))
    for name in ("wan_signin", "wan_signin_response"):
        views[f"security.{name}"] = _signed_out_only(views[f"security.{name}"])
    wan_registered.connect(_added, app)
    wan_deleted.connect(_removed, app)


def is_second_factor(user: User) -> bool:
    """Return whether the user has a passkey that is required after the password."""
    return any(passkey.usage == SECOND for passkey in user.webauthn)


def _signed_in_only(view: Callable[..., Any]) -> Callable[..., ResponseReturnValue]:
    @wraps(view)
    def checked(**kwargs: Any) -> ResponseReturnValue:
        if not current_user.is_authenticated:
            return redirect(url_for("security.login"))
        answer: ResponseReturnValue = view(**kwargs)
        return answer

    return checked


def _signed_out_only(view: Callable[..., Any]) -> Callable[..., ResponseReturnValue]:
    """Allow passkey sign-in only to signed-out users and with a local `next`, and log refused sign-ins."""

    @wraps(view)
    def checked(**kwargs: Any) -> ResponseReturnValue:
        if current_user.is_authenticated:
            return redirect(url_for("dashboard.start"))
        for target in (request.args.get("next"), request.form.get("next")):
            if target and not is_local_path(target):
                return redirect(url_for("security.wan_signin"))
        answer = make_response(view(**kwargs))
        if kwargs and not current_user.is_authenticated:
            log_failed_sign_in()
        return answer

    return checked


def _added(app: Flask, user: User, name: str, **_: Any) -> None:
    end_others(user)
    audit_as_self(user, "passkey.added", None, {"passkeys": len(user.webauthn)})


def _removed(app: Flask, user: User, name: str, **_: Any) -> None:
    audit_as_self(user, "passkey.removed", {"passkeys": len(user.webauthn)}, None)
