"""Log-in by Flask-Security: by password and, where it is set up, a code; no registration."""

import datetime
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Flask, abort, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import LoginForm, Security, SQLAlchemyUserDatastore, current_user, password_changed

from consent.dashboard import guessing, password_links, second_factor, sessions
from consent.dashboard.fresh import fresh
from consent.dashboard.mail_addresses import MailAddresses
from consent.dashboard.own_paths import is_own_path
from consent.dashboard.passwords import PasswordRules
from consent.dashboard.security_log import not_signed_in
from consent.dashboard.services import Services
from consent.dashboard.telling import tell_of_person
from consent.storage.models import Role, User, db

datastore = SQLAlchemyUserDatastore(db, User, Role)


class PasswordLoginForm(LoginForm):
    """The log-in form without "remember me": a session is long enough as it is."""

    remember = None  # type: ignore[assignment]


def add_signin(app: Flask, given: Services) -> None:
    """Give `app` the routes /login and /account, and its session."""
    for name, value in _settings(app, given).items():
        app.config.setdefault(name, value)
    security = Security(
        app,
        datastore,
        login_form=PasswordLoginForm,
        mail_util_cls=MailAddresses,
        password_util_cls=PasswordRules,
        totp_cls=second_factor.Codes,
        two_factor_setup_form=second_factor.SetUpForm,
        two_factor_rescue_form=second_factor.RescueForm,
    )
    # Asked for JSON, Flask-Security would hand out tokens that outlive the session.
    security.want_json(lambda _request: False)
    # Nobody logs in by such a token, and to look for one it would read each body that says it is JSON, however large.
    app.login_manager.request_loader(lambda _request: None)  # type: ignore[attr-defined]
    sessions.init_app(app, given.is_https)
    password_changed.connect(_password_changed, app)
    guessing.init_app(app, given)
    app.view_functions["security.login"] = _only_own_targets(app.view_functions["security.login"])
    app.view_functions["security.change_password"] = _only_a_password_there(
        app.view_functions["security.change_password"]
    )
    guessing.slow_down(app, "security.login", _account)
    password_links.init_app(app, _account)
    second_factor.init_app(app, given, fresh)


def _settings(app: Flask, given: Services) -> dict[str, Any]:
    codes = second_factor.settings(app.config["SECRET_KEY"], given.base_url)
    return {
        **password_links.settings(),
        **codes,
        "SECURITY_PASSWORD_HASH": "argon2",
        "SECURITY_PASSWORD_SCHEMES": ["argon2"],
        "SECURITY_DEPRECATED_PASSWORD_SCHEMES": [],
        # Plain argon2id: a pepper beside it would have to be kept and turned as carefully as a key.
        "SECURITY_PASSWORD_SINGLE_HASH": ["argon2"],
        "SECURITY_RETURN_GENERIC_RESPONSES": True,
        "SECURITY_MSG_GENERIC_AUTHN_FAILED": ("The mail address or the password is not right.", "error"),
        "SECURITY_MSG_UNAUTHENTICATED": ("Please sign in.", "info"),
        "SECURITY_MSG_PASSWORD_CHANGE": (
            "Your password is changed. Other sessions of yours have ended.",
            "success",
        ),
        "SECURITY_LOGIN_USER_TEMPLATE": "dashboard/login.html",
        "SECURITY_CHANGEABLE": True,
        "SECURITY_CHANGE_URL": "/account",
        "SECURITY_CHANGE_PASSWORD_TEMPLATE": "dashboard/account.html",
        "SECURITY_POST_CHANGE_VIEW": "security.change_password",
        "SECURITY_SEND_PASSWORD_CHANGE_EMAIL": False,
        "SECURITY_LOGOUT_METHODS": None,
        "SECURITY_API_ENABLED_METHODS": ["session"],
        "SECURITY_STATIC_FOLDER": None,
        # Without freshness there is no second page that asks for the password.
        "SECURITY_FRESHNESS": datetime.timedelta(-1),
        "SECURITY_POST_LOGIN_VIEW": "dashboard.start",
        "WTF_CSRF_CHECK_DEFAULT": False,
        "WTF_CSRF_TIME_LIMIT": None,
        "REMEMBER_COOKIE_SECURE": given.is_https,
        "REMEMBER_COOKIE_HTTPONLY": True,
    }


def _password_changed(app: Flask, user: User, **_: Any) -> None:
    """End their other sessions and tell the log; Flask-Security commits it all after the request."""
    sessions.end_others(user)
    tell_of_person(user, "password.changed", None, None)


def _only_own_targets(view: Callable[..., Any]) -> Callable[[], ResponseReturnValue]:
    """Have the log-in forget a `next` that is no path of this service, before anybody types a password after it."""

    @wraps(view)
    def checked() -> ResponseReturnValue:
        for target in (request.args.get("next"), request.form.get("next")):
            if target and not is_own_path(target):
                return redirect(url_for("security.login"))
        answer: ResponseReturnValue = view()
        # A form that comes back is a log-in that was refused; one that goes on is a redirect.
        if request.method == "POST" and make_response(answer).status_code == 200:
            not_signed_in()
        return answer

    return checked


def _only_a_password_there(view: Callable[..., Any]) -> Callable[[], ResponseReturnValue]:
    """Have a password changed by who has one: Flask-Security would give a first one to whoever holds the session.

    People whom the provider signs in have none. An admin can make a link with which they choose one.
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
