"""Server-side sessions: started by a sign-in, stored as database rows, ended when the row is deleted."""

import secrets
from typing import Any

from flask import Flask, g, request, session
from flask_security import current_user, logout_user, user_authenticated
from sqlalchemy.exc import OperationalError

from consent.core.browsers import browser_family, system_family
from consent.core.translatable import translatable
from consent.dashboard.frame.context import services
from consent.dashboard.frame.headers import DASHBOARD_BLUEPRINTS
from consent.dashboard.frame.security_log import log_sign_in
from consent.storage.accounts import sessions as store
from consent.storage.accounts.sessions import IDLE_SECONDS, Session
from consent.storage.database.base import db
from consent.storage.tables.accounts import User

_SESSION_KEYS = ("_user_id", "_fresh", "_id", "fs_cc", "fs_paa")


def init_app(app: Flask, is_https: bool) -> None:
    """Store the sessions of `app` in the database; the cookie contains the secret of one."""
    app.config.update(_cookie(is_https))
    user_authenticated.connect(_begin, app)
    app.before_request(_end_expired)


def _cookie(is_https: bool) -> dict[str, object]:
    return {
        # The prefix binds the cookie to this host; WebKit drops such cookies over http, even on loopback.
        "SESSION_COOKIE_NAME": "__Host-consent-session" if is_https else "consent-session",
        "SESSION_COOKIE_SECURE": is_https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_PATH": "/",
        "SESSION_COOKIE_DOMAIN": None,
        "PERMANENT_SESSION_LIFETIME": IDLE_SECONDS,
        # Only pages keep a session alive: static files, which are cached for a year, must not set a cookie.
        "SESSION_REFRESH_EACH_REQUEST": False,
    }


def _begin(app: Flask, user: User, authn_via: list[str] | None = None, **_: Any) -> None:
    """Issue a new session id and CSRF token, to prevent session fixation."""
    before: Session | None = g.pop("browser_session", None)
    method = before.method if before else "oidc" if authn_via == ["oidc"] else "password"
    if before:
        store.end(db.session, user.id, before.id)
    values = {name: session[name] for name in _SESSION_KEYS if name in session}
    session.clear()
    now = services().now
    session.update(values, id=store.begin(db.session, user.id, device_name(), method, now))
    session.permanent = True
    g.browser_session = store.find(db.session, session["id"], user.id, now)
    db.session.commit()
    log_sign_in(user.audit_id, method)


def _end_expired() -> None:
    """Sign out users whose session has expired, been idle for too long, or been revoked."""
    if (
        request.blueprint not in DASHBOARD_BLUEPRINTS
        or request.endpoint == "dashboard.static"
        or not current_user.is_authenticated
    ):
        return
    now = services().now
    row = store.find(db.session, session.get("id", ""), current_user.id, now)
    if row is None:
        logout_user()
        session.clear()
        return
    g.browser_session = row
    try:
        if store.record_use(db.session, row, now):
            db.session.commit()
    except OperationalError:
        # A long write, such as a retention run, holds the lock: skip recording the use, which the next page will do.
        db.session.rollback()


def this_session() -> Session:
    """Return the session of this request, whose user must be signed in."""
    row: Session = g.browser_session
    return row


def end_this() -> None:
    """Sign out and end the session, so that a copied cookie is worthless."""
    store.end(db.session, current_user.id, this_session().id)
    db.session.commit()
    logout_user()
    session.clear()


def end_others(user: User) -> int:
    """End all sessions of `user` except this request's, and return how many; the caller commits."""
    here: Session | None = g.get("browser_session")
    return store.end_all(db.session, user.id, but=here.id if here and here.user_id == user.id else None)


def end_everywhere(user: User) -> int:
    """End every session of `user`, invalidate their links, and return how many sessions ended; the caller commits."""
    user.fs_uniquifier = secrets.token_hex(32)
    return store.end_all(db.session, user.id)


def device_name() -> str:
    """Return the display name of this request's browser, such as `Firefox on Linux`."""
    agent = request.headers.get("User-Agent", "")
    browser, system = browser_family(agent), system_family(agent)
    # Stored in English; pages translate it for their reader.
    on = translatable("A browser") if browser == "other" else browser
    return f"{on} on {translatable('another system') if system == 'other' else system}"
