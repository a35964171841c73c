"""One-time links to set a password: invitation, reset by an admin, reset by email.

The link is Flask-Security's reset token: signed, and invalid once the password or the user's session marker has
changed.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from flask import Flask, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_security import password_reset
from flask_security.recoverable import generate_reset_password_token
from flask_security.utils import check_and_get_token_status

from consent.core.translatable import translatable
from consent.dashboard.auth import known_browsers, rate_limit
from consent.dashboard.auth.session_cookie import end_others
from consent.dashboard.frame.audit import audit_as_self
from consent.dashboard.frame.context import services
from consent.dashboard.frame.locale import language_of_reader
from consent.storage.tables.accounts import User

INVITED_FOR = timedelta(days=7)
RESET_FOR = timedelta(hours=4)
TOO_OLD = (translatable("This link was used already or has expired. Request a new one."), "error")


def settings() -> dict[str, object]:
    """Return Flask-Security's settings for links."""
    return {
        "SECURITY_RECOVERABLE": True,
        "SECURITY_RESET_URL": "/reset",
        "SECURITY_RESET_PASSWORD_WITHIN": INVITED_FOR,
        "SECURITY_POST_RESET_VIEW": "security.login",
        "SECURITY_FORGOT_PASSWORD_TEMPLATE": "dashboard/auth/forgot.html",
        "SECURITY_RESET_PASSWORD_TEMPLATE": "dashboard/auth/reset.html",
        "SECURITY_EMAIL_HTML": False,
        "SECURITY_EMAIL_SENDER": "-",
        "SECURITY_EMAIL_SUBJECT_PASSWORD_RESET": translatable("A new password for the consent and tag server"),
        "SECURITY_EMAIL_TEMPLATE_PASSWORD_RESET": "dashboard/auth/mail/reset",
        "SECURITY_SEND_PASSWORD_RESET_NOTICE_EMAIL": False,
        "SECURITY_MSG_PASSWORD_RESET_REQUEST": (
            translatable("If this address has an account, a link is on its way."),
            "info",
        ),
        "SECURITY_MSG_PASSWORD_RESET_NO_LOGIN": (translatable("Your password is set. Sign in with it."), "success"),
        "SECURITY_MSG_INVALID_RESET_PASSWORD_TOKEN": TOO_OLD,
        "SECURITY_MSG_PASSWORD_RESET_EXPIRED": TOO_OLD,
    }


def init_app(app: Flask) -> None:
    """Set up password links: emailed if mail is configured, and rate-limited."""
    views = app.view_functions
    views["security.reset_password"] = _expiring_sooner(views["security.reset_password"])
    views["security.forgot_password"] = _only_with_mail(views["security.forgot_password"])
    rate_limit.rate_limit_view(app, "security.forgot_password", None, is_refunded=False, hashes=False)
    rate_limit.rate_limit_view(app, "security.reset_password", None, is_refunded=False)
    password_reset.connect(_password_reset, app)


def link_of(user: User) -> str:
    """Return a link for `user` on the service's own address, whatever host the request names."""
    token = generate_reset_password_token(user)  # type: ignore[no-untyped-call]
    return f"{services().base_url}/reset/{token}"


def show_password_link(user: User) -> ResponseReturnValue:
    """Show a link for `user` once, and email it if mail is configured."""
    link, mailer = link_of(user), services().notifications.mailer
    if mailer is not None:
        with language_of_reader(user.email):
            text = render_template("dashboard/auth/mail/invite.txt", link=link, lasts=_lasts(user))
            mailer.post(user.email, gettext("Your account at the consent and tag server"), text)
    return render_template(
        "dashboard/auth/password_link.html", user=user, address=link, lasts=_lasts(user), is_sent=mailer is not None
    )


def _lasts(user: User) -> str:
    return str(gettext("4 hours") if user.password else gettext("7 days"))


def _expiring_sooner(view: Callable[..., Any]) -> Callable[..., ResponseReturnValue]:
    """Expire links sooner for users who have a password than for invitations."""

    @wraps(view)
    def checked(token: str) -> ResponseReturnValue:
        expired, _, data = check_and_get_token_status(token, "reset", RESET_FOR)
        if expired and data and data[1]:
            flash(*TOO_OLD)
            return redirect(url_for("security.login"))
        answer: ResponseReturnValue = view(token)
        return answer

    return checked


def _only_with_mail(view: Callable[[], Any]) -> Callable[[], ResponseReturnValue]:
    """Show the page for a forgotten password only if mail is configured."""

    @wraps(view)
    def checked() -> ResponseReturnValue:
        if services().notifications.mailer is None:
            return redirect(url_for("security.login"))
        answer: ResponseReturnValue = view()
        return answer

    return checked


def _password_reset(app: Flask, user: User, **_: Any) -> None:
    """End the user's sessions and write the audit entry; Flask-Security commits both after the request.

    The browser that followed the link is remembered, so that others' guesses at the account don't rate-limit it.
    """
    end_others(user)
    known_browsers.remember(user)
    audit_as_self(user, "password.reset", None, None)
