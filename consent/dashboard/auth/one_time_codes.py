"""Check authenticator app codes and recovery codes, each at most once, even if two requests use one concurrently."""

from typing import Any

import segno
from flask import current_app
from flask_security import MfRecoveryCodesUtil, Totp
from passlib.exc import UsedTokenError  # type: ignore[import-untyped]

from consent.storage.accounts import users
from consent.storage.database.base import db
from consent.storage.tables.accounts import User

WINDOW_SECONDS = 30
"""Clock skew: a code is also accepted one time step before and after its own."""


class AppCodes(Totp):
    """Codes of an authenticator app (TOTP, RFC 6238)."""

    def generate_qrcode(self, username: str, totp: str) -> str:
        """Return the QR code as a data URI of an image, black on white in dark mode too."""
        return segno.make(self.get_totp_uri(username, totp)).svg_data_uri(light="white", scale=4)

    def get_last_counter(self, user: User) -> int | None:  # type: ignore[override]
        """Return the time step of the last used code."""
        return user.totp_counter

    def set_last_counter(self, user: User, tmatch: Any) -> None:  # type: ignore[override]
        """Spend a code's time step.

        Raises UsedTokenError, which the library treats as a wrong code, if another request has spent it meanwhile.
        """
        if not users.spend_time_step(db.session, user.id, tmatch.counter):
            raise UsedTokenError


class RecoveryCodes(MfRecoveryCodesUtil):
    """Recovery codes for when the app is lost."""

    def check_recovery_code(self, user: User, code: str) -> bool:  # type: ignore[override]
        """Spend `code` and return whether it was valid and unused."""
        encrypted = list(user.mf_recovery_codes or ())
        left = [text for text in encrypted if self._decrypt_codes([text]) != [code]]
        return len(left) < len(encrypted) and users.spend_recovery_code(db.session, user.id, encrypted, left)

    def delete_recovery_code(self, user: User, code: str) -> bool:  # type: ignore[override]
        """Do nothing, since the check has already spent the code."""
        return True


def verify_and_spend_code(user: User, code: str) -> bool:
    """Return whether `code` is an unused code of the user's app, and spend it; the caller commits."""
    if not (user.tf_primary_method and code.strip().isdecimal()):
        return False
    factory = current_app.extensions["security"].totp_factory
    return bool(factory.verify_totp(code.strip(), user.tf_totp_secret, user, window=WINDOW_SECONDS))
