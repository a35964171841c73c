"""Sign-in with Flask-Security: password, second factor and passkeys once set up; no self-registration."""

import datetime
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Flask, abort, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_security import LoginForm, Security, SQLAlchemyUserDatastore, current_user, password_changed
from flask_security.babel import FsDomain

from consent.core.translatable import translatable
from consent.dashboard.auth import known_browsers, passkeys, password_links, rate_limit, second_factor, session_cookie
from consent.dashboard.auth.account_mail import AccountMail
from consent.dashboard.auth.one_time_codes import AppCodes, RecoveryCodes
from consent.dashboard.auth.passwords import PasswordRules, normalized
from consent.dashboard.auth.reauthentication import requires_recent_sign_in
from consent.dashboard.auth.setup_code import is_setup_open
from consent.dashboard.frame.audit import audit_user
from consent.dashboard.frame.context import Services, services
from consent.dashboard.frame.safe_redirects import is_local_path
from consent.dashboard.frame.security_log import log_failed_sign_in
from consent.storage.database.base import db
from consent.storage.tables.accounts import Passkey, Role, User

datastore = SQLAlchemyUserDatastore(db, User, Role, Passkey)


class PasswordLoginForm(LoginForm):
    """The sign-in form without "remember me", since sessions are long enough."""

    remember = None  # type: ignore[assignment]

    def validate(self, **kwargs: Any) -> bool:
        """Return whether the credentials are valid, however long they are."""
        # For an unknown address Flask-Security hashes the password as typed, and raises an error if it is too long.
        self.password.data = normalized(self.password.data or "")
        return bool(super().validate(**kwargs))


class SecurityTexts(FsDomain):
    """Translations of Flask-Security's messages from the dashboard's catalog."""

    def gettext(self, string: str, **variables: Any) -> str:
        """Return the message in the language of the page."""
        return str(gettext(string, **variables))


def add_signin(app: Flask, given: Services) -> None:
    """Register sign-in with `app`: the routes /login and /account, and sessions."""
    for name, value in _settings(app, given).items():
        app.config.setdefault(name, value)
    security = Security(
        app,
        datastore,
        login_form=PasswordLoginForm,
        mail_util_cls=AccountMail,
        password_util_cls=PasswordRules,
        totp_cls=AppCodes,
        mf_recovery_codes_util_cls=RecoveryCodes,
        two_factor_setup_form=second_factor.SetUpForm,
        two_factor_rescue_form=second_factor.RescueForm,
        two_factor_select_form=passkeys.FactorForm,
        wan_register_form=passkeys.AddForm,
        webauthn_util_cls=passkeys.OwnAddress,
    )
    security.i18n_domain = SecurityTexts(app)  # type: ignore[no-untyped-call]
    # For JSON requests, Flask-Security would issue tokens that outlive the session.
    security.want_json(lambda _request: False)
    # Such tokens are never accepted, and looking for one would parse every JSON body, however large.
    app.login_manager.request_loader(lambda _request: None)  # type: ignore[attr-defined]
    session_cookie.init_app(app, given.is_https)
    password_changed.connect(_password_changed, app)
    known_browsers.init_app(app)
    app.view_functions["security.login"] = _guarded_sign_in(app.view_functions["security.login"])
    app.view_functions["security.change_password"] = _only_with_password(app.view_functions["security.change_password"])
    rate_limit.rate_limit_view(app, "security.login", _account)
    rate_limit.rate_limit_view(app, "security.change_password", lambda: getattr(current_user, "email", "-"))
    password_links.init_app(app)
    second_factor.init_app(app, given, requires_recent_sign_in)
    passkeys.init_app(app, requires_recent_sign_in)


def _settings(app: Flask, given: Services) -> dict[str, object]:
    codes = second_factor.settings(app.config["SECRET_KEY"], given.base_url)
    return {
        **password_links.settings(),
        **passkeys.settings(given.base_url),
        **codes,
        "SECURITY_PASSWORD_HASH": "argon2",
        "SECURITY_PASSWORD_SCHEMES": ["argon2"],
        "SECURITY_DEPRECATED_PASSWORD_SCHEMES": [],
        # Plain argon2id: a pepper would have to be stored and rotated as carefully as a key.
        "SECURITY_PASSWORD_SINGLE_HASH": ["argon2"],
        "SECURITY_RETURN_GENERIC_RESPONSES": True,
        "SECURITY_MSG_GENERIC_AUTHN_FAILED": (translatable("Email or password is incorrect."), "error"),
        "SECURITY_MSG_UNAUTHENTICATED": (translatable("Please sign in."), "info"),
        "SECURITY_MSG_PASSWORD_CHANGE": (
            translatable("Your password is changed. Other sessions of yours have ended."),
            "success",
        ),
        "SECURITY_LOGIN_USER_TEMPLATE": "dashboard/auth/sign_in.html",
        "SECURITY_CHANGEABLE": True,
        "SECURITY_CHANGE_URL": "/account",
        "SECURITY_CHANGE_PASSWORD_TEMPLATE": "dashboard/auth/account.html",
        "SECURITY_POST_CHANGE_VIEW": "security.change_password",
        "SECURITY_SEND_PASSWORD_CHANGE_EMAIL": False,
        "SECURITY_LOGOUT_METHODS": None,
        "SECURITY_API_ENABLED_METHODS": ["session"],
        "SECURITY_STATIC_FOLDER": None,
        # Turn off Flask-Security's own reauthentication page.
        "SECURITY_FRESHNESS": datetime.timedelta(-1),
        "SECURITY_POST_LOGIN_VIEW": "dashboard.start",
        "WTF_CSRF_CHECK_DEFAULT": False,
        "WTF_CSRF_TIME_LIMIT": None,
        "REMEMBER_COOKIE_SECURE": given.is_https,
        "REMEMBER_COOKIE_HTTPONLY": True,
    }


def _password_changed(app: Flask, user: User, **_: Any) -> None:
    """End the user's other sessions and write the audit entry; Flask-Security commits both after the request."""
    session_cookie.end_others(user)
    audit_user(user, "password.changed", None, None)


def _guarded_sign_in(view: Callable[..., Any]) -> Callable[[], ResponseReturnValue]:
    """Redirect to an open setup page, drop a `next` that isn't a local path, and log refused sign-ins."""

    @wraps(view)
    def checked() -> ResponseReturnValue:
        if request.method == "GET" and services().sign_in.provider is None and is_setup_open():
            return redirect(url_for("setup.form"))
        for target in (request.args.get("next"), request.form.get("next")):
            if target and not is_local_path(target):
                return redirect(url_for("security.login"))
        answer: ResponseReturnValue = view()
        # A refused sign-in shows the form again; a successful one redirects.
        if request.method == "POST" and make_response(answer).status_code == 200:
            log_failed_sign_in()
        return answer

    return checked


def _only_with_password(view: Callable[..., Any]) -> Callable[[], ResponseReturnValue]:
    """Allow a password change only to users who have one; Flask-Security would set a first one for any session.

    Users who sign in through the provider have none. An admin can create a link for them to set one.
    """

    @wraps(view)
    def checked() -> ResponseReturnValue:
        if request.method == "POST" and current_user.is_authenticated and not current_user.password:
            abort(404)
        answer: ResponseReturnValue = view()
        return answer

    return checked


def _account() -> str:
    return request.form.get("email", "").strip().lower()[:255] or "-"
