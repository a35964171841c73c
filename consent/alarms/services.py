"""Build the notification channels to operators: mail and webhook."""

from dataclasses import dataclass, field

from sqlalchemy import Engine

from consent.alarms.notifier import Notifier
from consent.config import Settings
from consent.outbound.mail import Mailer
from consent.outbound.public_addresses import AllowList
from consent.storage.accounts import users


@dataclass(frozen=True, slots=True)
class Notifications:
    """The mail server, the alarm channels, and after how many minutes a silent site raises an alarm (0: never).

    `mailer` is None if no mail server is configured.
    """

    mailer: Mailer | None = None
    outlet: Notifier = field(default_factory=Notifier)
    silence_minutes: int = 60


def build_notifications(settings: Settings, engine: Engine) -> Notifications:
    """Return the channels configured in `settings`; users get mail in the language they chose."""

    def language_of(address: str) -> str | None:
        with engine.connect() as connection:
            return users.language_of(connection, address)

    outlet = Notifier(
        settings.mailer,
        settings.alarm_mail,
        settings.alarm_webhook,
        settings.base_url,
        AllowList(getattr(settings, "delivery_hosts", ())),
        language_of,
        settings.alarm_language,
    )
    return Notifications(settings.mailer, outlet, settings.alarm_silence)
