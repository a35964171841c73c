"""The form of a mail address here: a name to sign in with. No mail is sent, so no domain is looked up."""

import re
from typing import Any

from flask_security import MailUtil

_FORM = re.compile(r"[^@\s<>\"',;:()\\]{1,64}@[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*")


class MailAddresses(MailUtil):
    """Reads mail addresses for Flask-Security, whose own reading refuses domains such as `.localhost`."""

    def normalize(self, email: str) -> str:
        """Return the address in lower case. Raises ValueError where it is none."""
        return normal_address(email)

    def validate(self, email: str) -> str:
        """Return the address in lower case. Raises ValueError where it is none."""
        return normal_address(email)

    def send_mail(self, *args: Any, **kwargs: Any) -> None:
        """Refuse: this service sends no mail."""
        raise NotImplementedError("no mail is sent")


def normal_address(email: str) -> str:
    """Return `email` in lower case without space around it. Raises ValueError where it is no mail address."""
    address = email.strip().lower()
    if len(address) > 255 or not _FORM.fullmatch(address):
        raise ValueError("This is not a mail address.")
    return address
