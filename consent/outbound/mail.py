"""Send plain-text email over the operator's SMTP server with TLS: dashboard links and alarms."""

import logging
import re
import smtplib
import ssl
import threading
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from urllib.parse import unquote, urlsplit

from consent.outbound.deadline import within

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 20.0
"""For each step with the server."""
TOTAL_SECONDS = 60.0
PORTS = {"smtps": 465, "smtp+starttls": 587, "smtp": 25}
FORM = re.compile(r"(smtps|smtp\+starttls|smtp)://([^@/\s]+@)?([A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\])(:[0-9]{1,5})?/?")
"""`smtp` alone is without TLS; `consent.config` allows it on this machine only."""


class MailError(Exception):
    """A mail that the server did not take; the message says why without the address."""


@dataclass(frozen=True, slots=True)
class Mailer:
    """Sends mail by the server of `url`, such as `smtps://name:password@mail.example.com`, in the name of `sender`."""

    url: str
    sender: str

    def send(self, to: str, subject: str, text: str) -> None:
        """Hand one mail to the server and wait for its word. Raises MailError."""
        try:
            within(TOTAL_SECONDS, lambda: self._hand_over(self._message(to, subject, text)))
        except (OSError, smtplib.SMTPException) as error:
            raise MailError(f"the mail server did not take the mail ({type(error).__name__})") from None

    def _hand_over(self, message: EmailMessage) -> None:
        with self._connection() as connection:
            connection.send_message(message)

    def post(self, to: str, subject: str, text: str) -> None:
        """Send one mail in the background, so that no response time reveals whether there was a mail."""
        threading.Thread(target=self._try, args=(to, subject, text), name="mail", daemon=True).start()

    def _try(self, to: str, subject: str, text: str) -> None:
        try:
            self.send(to, subject, text)
        except MailError as error:
            log.warning("%s", error)

    def _message(self, to: str, subject: str, text: str) -> EmailMessage:
        message = EmailMessage()
        # In one line: a name that somebody typed, such as a site's, brings no header and keeps no mail back.
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
