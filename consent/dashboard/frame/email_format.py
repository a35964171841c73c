"""Validate and normalize users' email addresses, without a DNS lookup."""

import re

from consent.core.translatable import translatable

_FORM = re.compile(r"[^@\s<>\"',;:()\\]{1,64}@[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*")


def normal_address(email: str) -> str:
    """Return `email` in lowercase without surrounding whitespace. Raises ValueError if it isn't an email address."""
    address = email.strip().lower()
    if len(address) > 255 or not _FORM.fullmatch(address):
        raise ValueError(translatable("Enter an email address."))
    return address
