"""What a password of the dashboard must be, after NIST SP 800-63B: long enough, not a common one, nothing else."""

import unicodedata
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from flask_security import PasswordUtil

LEAST, MOST = 8, 128
SUGGESTED = 15
COMMON = frozenset((Path(__file__).parent / "common_passwords.txt").read_text("utf-8").split())


class PasswordRules(PasswordUtil):
    """Checks passwords for Flask-Security."""

    def normalize(self, password: str) -> str:
        """Return the password in one Unicode form, so that every keyboard writes the same."""
        return normalized(password)

    def validate(self, password: str, is_register: bool, **kwargs: Any) -> tuple[list[str] | None, str]:
        """Return sentences of what is wrong with `password`, or None, and its normal form."""
        normal = self.normalize(password)
        sentence = fault(normal, getattr(kwargs.get("user"), "email", ""))
        return ([sentence] if sentence else None), normal


def normalized(password: str) -> str:
    """Return the password in the form that is hashed."""
    return unicodedata.normalize("NFKD", password)


def hashed(password: str) -> str:
    """Return the password as it is kept: argon2id."""
    return PasswordHasher().hash(normalized(password))


def fault(password: str, email: str = "") -> str:
    """Return what is wrong with `password` in a sentence, or an empty string."""
    if len(password) < LEAST:
        return f"A password has at least {LEAST} characters; {SUGGESTED} or more are better."
    if len(password) > MOST:
        return f"A password has at most {MOST} characters."
    lowered = password.casefold()
    if lowered in COMMON or len(set(lowered)) < 4:
        return "This password is among the first that anybody would try."
    local = email.partition("@")[0].casefold()
    if len(local) > 3 and local in lowered:
        return "A password should not hold your own name."
    return ""
