"""Recognize, by a signed cookie, browsers that have signed in before or set a password through a link.

Other people's guesses don't rate-limit these browsers.
"""

import hmac
import secrets
from typing import Any

from flask import Flask, Response, after_this_request, request
from flask_security import user_authenticated
from itsdangerous import BadSignature, URLSafeTimedSerializer

from consent.core.days import DAY_SECONDS
from consent.dashboard.frame.context import services
from consent.storage.accounts import users
from consent.storage.database.base import db
from consent.storage.tables.accounts import User

MAX_AGE_SECONDS = 180 * DAY_SECONDS
MAX_ACCOUNTS = 5
NAME, HTTPS_NAME = "consent-browser", "__Host-consent-browser"


def init_app(app: Flask) -> None:
    """Set the cookie on each completed sign-in."""
    user_authenticated.connect(_remember, app)


def known_browser(account: str) -> str | None:
    """Return this browser's random id if it has signed in to `account` before, else None.

    `account` is an email address, or a user's identifier in a session. A user's browsers are forgotten when all of the
    user's sessions are ended, such as by a new password.
    """
    held = _read()
    if not held["users"]:
        return None
    user = users.by_account(db.session, account)
    known = user is not None and user.is_active and _mark(user) in held["users"]
    return str(held["id"]) if known else None


def _remember(app: Flask, user: User, **_: Any) -> None:
    remember(user)


def remember(user: User) -> None:
    """Set the cookie that gives this browser its own rate limit for sign-ins to `user`."""
    held = _read()
    marks = [_mark(user), *(mark for mark in held["users"] if mark != _mark(user))][:MAX_ACCOUNTS]
    text = _serializer().dumps({"id": held["id"] or secrets.token_urlsafe(16), "users": marks})

    @after_this_request
    def set_cookie(response: Response) -> Response:
        is_https = services().is_https
        response.set_cookie(
            HTTPS_NAME if is_https else NAME,
            text,
            max_age=MAX_AGE_SECONDS,
            path="/",
            secure=is_https,
            httponly=True,
            samesite="Strict",
        )
        return response


def _read() -> dict[str, Any]:
    """Return this browser's id and its users' marks, both empty without a valid cookie."""
    text = request.cookies.get(HTTPS_NAME if services().is_https else NAME, "")
    try:
        held: dict[str, Any] = _serializer().loads(text, max_age=MAX_AGE_SECONDS)
    except BadSignature:
        return {"id": "", "users": []}
    return held


def _mark(user: User) -> str:
    return hmac.digest(services().keys.secret, b"browser of\0" + user.fs_uniquifier.encode(), "sha256").hex()[:32]


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(services().keys.secret, salt="browsers that signed in")
