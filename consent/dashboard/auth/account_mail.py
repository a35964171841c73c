"""Normalize email addresses and send mail for Flask-Security."""

from typing import Any

from flask_security import MailUtil

from consent.dashboard.auth.rate_limit import allows_mail
from consent.dashboard.frame.context import services
from consent.dashboard.frame.email_format import normal_address


class AccountMail(MailUtil):
    """Mail utility for Flask-Security, whose own validation rejects domains such as `.localhost`."""

    def normalize(self, email: str) -> str:
        """Return the address in lowercase. Raises ValueError if it's invalid."""
        return normal_address(email)

    def validate(self, email: str) -> str:
        """Return the address in lowercase. Raises ValueError if it's invalid."""
        return normal_address(email)

    def send_mail(
        self, template: str, subject: str, recipient: Any, sender: Any, body: str | None, html: str | None, **_: Any
    ) -> None:
        """Send Flask-Security's mail in the background, unless the address recently got too many."""
        mailer = services().notifications.mailer
        if mailer is not None and body is not None and allows_mail(str(recipient)):
            mailer.post(str(recipient), subject, body)
