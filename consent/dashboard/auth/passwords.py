"""Password policy following NIST SP 800-63B: length, no common passwords, and not the user's own name."""

import unicodedata
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from flask_babel import gettext
from flask_security import PasswordUtil

LEAST, MAX_LENGTH = 8, 128
SUGGESTED = 15
COMMON = frozenset((Path(__file__).parent / "common_passwords.txt").read_text("utf-8").split())


class PasswordRules(PasswordUtil):
    """Password checks for Flask-Security."""

    def normalize(self, password: str) -> str:
        """Return the password in one Unicode form, so that every keyboard produces the same."""
        return normalized(password)

    def validate(self, password: str, is_register: bool, **kwargs: Any) -> tuple[list[str] | None, str]:
        """Return the errors of `password` as sentences, or None, and its normalized form."""
        normal = self.normalize(password)
        sentence = password_error(normal, getattr(kwargs.get("user"), "email", ""))
        return ([sentence] if sentence else None), normal


def normalized(password: str) -> str:
    """Return the password in the form that is hashed; one that is too long is cut, but stays too long.

    The hasher raises an error for more than 4,096 characters.
    """
    return unicodedata.normalize("NFKD", password[: MAX_LENGTH + 1])


def hashed(password: str) -> str:
    """Return the password's argon2id hash to store."""
    return PasswordHasher().hash(normalized(password))


def is_password(password: str, kept: str) -> bool:
    """Return whether `kept` is the hash of `password`."""
    try:
        return len(password) <= MAX_LENGTH and PasswordHasher().verify(kept, normalized(password))
    except (Argon2Error, InvalidHashError):
        return False


def password_error(password: str, email: str = "") -> str:
    """Return the error of `password` as a sentence, or an empty string."""
    if len(password) < LEAST:
        return gettext(
            "A password has at least %(least)s characters; %(suggested)s or more are better.",
            least=LEAST,
            suggested=SUGGESTED,
        )
    if len(password) > MAX_LENGTH:
        return gettext("A password has at most %(max_length)s characters.", max_length=MAX_LENGTH)
    lowered = password.casefold()
    if lowered in COMMON or len(set(lowered)) < 4:
        return gettext("This password is too common.")
    local = email.partition("@")[0].casefold()
    if len(local) > 3 and local in lowered:
        return gettext("A password must not contain your own name.")
    return ""
