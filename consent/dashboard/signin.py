"""Log-in by Flask-Security: passwords only, no registration; sessions that end; slow for those who guess."""

import datetime
import re
import secrets
import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Flask, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter
from flask_security import (
    LoginForm,
    Security,
    SQLAlchemyUserDatastore,
    current_user,
    logout_user,
    password_changed,
    user_authenticated,
)

from consent.dashboard.mail_addresses import MailAddresses
from consent.dashboard.passwords import PasswordRules
from consent.dashboard.services import Services
from consent.dashboard.telling import tell_of
from consent.storage.actors import Name
from consent.storage.models import Role, User, db

IDLE_S = 12 * 3600
LONGEST_S = 14 * 86400
TRIES = "10 per minute; 60 per hour"
"""For each account and for each address: guessing is slowed, but nobody can lock somebody else out for long."""

_OWN_PATH = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*")
"""A slash, but neither `//` nor `/\\`, which browsers take for the beginning of a host; no control signs."""

datastore = SQLAlchemyUserDatastore(db, User, Role)


class PasswordLoginForm(LoginForm):
    """The log-in form without "remember me": a session is long enough as it is."""

    remember = None  # type: ignore[assignment]


def add_signin(app: Flask, given: Services) -> None:
    """Give `app` the routes /login and /account, and its session."""
    for name, value in _settings(given.is_https).items():
        app.config.setdefault(name, value)
    app.config.update(_session_cookie(given.is_https))
    security = Security(
        app,
        datastore,
        login_form=PasswordLoginForm,
        mail_util_cls=MailAddresses,
        password_util_cls=PasswordRules,
    )
    # Asked for JSON, Flask-Security would hand out tokens that outlive the session.
    security.want_json(lambda _request: False)
    user_authenticated.connect(_begin_session, app)
    password_changed.connect(_tell_of_password, app)
    _slow_down(app, given)


def _settings(is_https: bool) -> dict[str, Any]:
    return {
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
        "SECURITY_POST_CHANGE_VIEW": "/account",
        "SECURITY_SEND_PASSWORD_CHANGE_EMAIL": False,
        "SECURITY_LOGOUT_METHODS": None,
        "SECURITY_API_ENABLED_METHODS": ["session"],
        "SECURITY_STATIC_FOLDER": None,
        # Without freshness there is no second page that asks for the password.
        "SECURITY_FRESHNESS": datetime.timedelta(-1),
        "SECURITY_POST_LOGIN_VIEW": "/",
        "WTF_CSRF_CHECK_DEFAULT": False,
        "WTF_CSRF_TIME_LIMIT": None,
        "REMEMBER_COOKIE_SECURE": is_https,
        "REMEMBER_COOKIE_HTTPONLY": True,
        "RATELIMIT_STORAGE_URI": "memory://",
        "RATELIMIT_STRATEGY": "moving-window",
    }


def _session_cookie(is_https: bool) -> dict[str, Any]:
    return {
        # The prefix binds the cookie to this host; WebKit drops it on http, also on loopback.
        "SESSION_COOKIE_NAME": "__Host-consent-session" if is_https else "consent-session",
        "SESSION_COOKIE_SECURE": is_https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_PATH": "/",
        "SESSION_COOKIE_DOMAIN": None,
        "PERMANENT_SESSION_LIFETIME": IDLE_S,
        # Only pages keep a session alive: a static file that is kept for a year must carry no cookie.
        "SESSION_REFRESH_EACH_REQUEST": False,
    }


def _begin_session(app: Flask, **_: Any) -> None:
    """Give the session another id and CSRF token: what somebody planted before the log-in is worth nothing after it."""
    kept = {name: session[name] for name in ("_user_id", "_fresh", "_id", "fs_cc", "fs_paa") if name in session}
    session.clear()
    session.update(kept, id=secrets.token_hex(16), since=int(time.time()))
    session.permanent = True


def _tell_of_password(app: Flask, user: User, **_: Any) -> None:
    """Tell the log that somebody changed their own password; Flask-Security commits both after the request."""
    tell_of(Name(user.audit_id, "person", user.name or user.email), None, "password.changed", None, None)


def end_old_session() -> None:
    """End a session that is older than two weeks, however busy it was."""
    if current_user.is_authenticated and session.get("since", 0) + LONGEST_S < time.time():
        logout_user()
        session.clear()


def end_all_sessions(user: User) -> None:
    """Make every session of `user` worthless, on all devices."""
    datastore.set_uniquifier(user)
    datastore.put(user)  # type: ignore[no-untyped-call]
    db.session.commit()


def _slow_down(app: Flask, given: Services) -> None:
    limiter = Limiter(lambda: given.client_address(request), app=app)
    view = _only_own_targets(app.view_functions["security.login"])
    by_account = limiter.limit(TRIES, key_func=_account, methods=["POST"])
    by_address = limiter.limit(TRIES, methods=["POST"])
    app.view_functions["security.login"] = by_address(by_account(view))


def _only_own_targets(view: Callable[..., Any]) -> Callable[[], ResponseReturnValue]:
    """Have the log-in forget a `next` that is no path of this service, before anybody types a password after it."""

    @wraps(view)
    def checked() -> ResponseReturnValue:
        for target in (request.args.get("next"), request.form.get("next")):
            if target and not _OWN_PATH.fullmatch(target):
                return redirect(url_for("security.login"))
        answer: ResponseReturnValue = view()
        return answer

    return checked


def _account() -> str:
    return request.form.get("email", "").strip().lower()[:255] or "-"
