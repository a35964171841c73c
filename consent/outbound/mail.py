"""Send plain-text email through the operator's SMTP server over TLS: dashboard links and alarms."""

import logging
import re
import smtplib
import ssl
import threading
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from urllib.parse import unquote, urlsplit

from consent.core.translatable import translatable
from consent.outbound.deadline import run_with_deadline

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 20.0
"""For each step of the SMTP session."""
TOTAL_SECONDS = 60.0
PORTS = {"smtps": 465, "smtp+starttls": 587, "smtp": 25}
FORM = re.compile(r"(smtps|smtp\+starttls|smtp)://([^@/\s]+@)?([A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\])(:[0-9]{1,5})?/?")
"""Plain `smtp` means without TLS; `consent.config` allows it on this machine only."""


class MailError(Exception):
    """Raised if the server did not accept a mail; the message says why, without the address."""


@dataclass(frozen=True, slots=True)
class Mailer:
    """Sends mail as `sender` through the server at `url`, such as `smtps://name:password@mail.example.com`."""

    url: str
    sender: str

    def send(self, to: str, subject: str, text: str) -> None:
        """Send one mail, and wait until the server accepts it. Raises MailError."""
        try:
            run_with_deadline(TOTAL_SECONDS, lambda: self._deliver(self._message(to, subject, text)))
        except (OSError, smtplib.SMTPException) as error:
            reason = type(error).__name__
            raise MailError(translatable(f"the mail server did not accept the email ({reason})")) from None

    def _deliver(self, message: EmailMessage) -> None:
        with self._connection() as connection:
            connection.send_message(message)

    def post(self, to: str, subject: str, text: str) -> None:
        """Send one mail in the background, so that response times don't reveal whether one was sent."""
        threading.Thread(target=self._try_send, args=(to, subject, text), name="mail", daemon=True).start()

    def _try_send(self, to: str, subject: str, text: str) -> None:
        try:
            self.send(to, subject, text)
        except MailError as error:
            log.warning("%s", error)

    def _message(self, to: str, subject: str, text: str) -> EmailMessage:
        message = EmailMessage()
        # Collapse whitespace: a name entered by a user, such as a site's, can't inject a header or block the mail.
        message["From"], message["To"], message["Subject"] = self.sender, to, " ".join(subject.split())
        message["Date"] = formatdate()
        message["Message-ID"] = make_msgid(domain=self.sender.rpartition("@")[2])
        message.set_content(text)
        return message

    def _connection(self) -> smtplib.SMTP:
        parts = urlsplit(self.url)
        host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
        connection: smtplib.SMTP
        if parts.scheme == "smtps":
            connection = smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context())
        else:
            connection = smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS)
        try:
            if parts.scheme == "smtp+starttls":
                connection.starttls(context=ssl.create_default_context())
            if parts.username:
                connection.login(unquote(parts.username), unquote(parts.password or ""))
        except BaseException:
            connection.close()
            raise
        return connection
