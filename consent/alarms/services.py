"""Build the channels to operators: mail and webhook."""

from dataclasses import dataclass, field

from consent.alarms.notifier import Notifier
from consent.config import Settings
from consent.outbound.mail import Mailer
from consent.outbound.public_addresses import AllowList


@dataclass(frozen=True, slots=True)
class Notifications:
    """The mail server, the channels of alarms, and after how many minutes a silent site is an alarm (0: never).

    `mailer` is None where no mail server is set.
    """

    mailer: Mailer | None = None
    outlet: Notifier = field(default_factory=Notifier)
    silence_minutes: int = 60


def build_notifications(settings: Settings) -> Notifications:
    """Return the channels that `settings` name."""
    outlet = Notifier(
        settings.mailer,
        settings.alarm_mail,
        settings.alarm_webhook,
        settings.base_url,
        AllowList(getattr(settings, "delivery_hosts", ())),
    )
    return Notifications(settings.mailer, outlet, settings.alarm_silence)
