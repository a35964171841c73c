"""Read mail addresses and send mails for Flask-Security."""

from typing import Any

from flask_security import MailUtil

from consent.dashboard.auth.rate_limit import allows_mail
from consent.dashboard.frame.context import services
from consent.dashboard.frame.email_format import normal_address


class AccountMail(MailUtil):
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
        """Send what Flask-Security has written, in the background, unless the address had many such mails just now."""
        mailer = services().notifications.mailer
        if mailer is not None and body is not None and allows_mail(str(recipient)):
            mailer.post(str(recipient), subject, body)
