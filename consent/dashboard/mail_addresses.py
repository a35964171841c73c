"""The form of a mail address here: a name to sign in with. No domain is looked up."""

import re
from typing import Any

from flask_security import MailUtil

from consent.dashboard.services import services

_FORM = re.compile(r"[^@\s<>\"',;:()\\]{1,64}@[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*")


class MailAddresses(MailUtil):
    """Reads mail addresses for Flask-Security, whose own reading refuses domains such as `.localhost`."""

    def normalize(self, email: str) -> str:
        """Return the address in lower case. Raises ValueError where it is none."""
        return normal_address(email)

    def validate(self, email: str) -> str:
        """Return the address in lower case. Raises ValueError where it is none."""
        return normal_address(email)

    def send_mail(
        self, template: str, subject: str, recipient: Any, sender: Any, body: str | None, html: str | None, **_: Any
    ) -> None:
        """Send what Flask-Security has written, in the background."""
        if (mailer := services().mailer) is not None and body is not None:
            mailer.post(str(recipient), subject, body)


def normal_address(email: str) -> str:
    """Return `email` in lower case without space around it. Raises ValueError where it is no mail address."""
    address = email.strip().lower()
    if len(address) > 255 or not _FORM.fullmatch(address):
        raise ValueError("This is not a mail address.")
    return address
