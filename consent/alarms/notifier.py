"""Send alarm notifications by email, webhook, or both, as configured; test notification."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlsplit

from consent.outbound.mail import Mailer, MailError
from consent.outbound.webhook import post_json
from consent.signing.receipt_claims import utc
from consent.storage.operations.alarms import INSTANCE, ActiveAlarm


class Delivery(NamedTuple):
    """Why it did not arrive, by each way that was tried; empty where it did."""

    errors: dict[str, str]

    @property
    def reached(self) -> list[str]:
        """Return the ways by which it arrived."""
        return [channel for channel, why in self.errors.items() if not why]

    @property
    def failed(self) -> dict[str, str]:
        """Return why, by the ways by which it did not."""
        return {channel: why for channel, why in self.errors.items() if why}


@dataclass(frozen=True, slots=True)
class Notifier:
    """Tells of alarms by mail to `addresses` and by a post to `webhook`; empty ones are not used."""

    mailer: Mailer | None = None
    addresses: Sequence[str] = ()
    webhook: str = ""
    base_url: str = ""

    @property
    def channels(self) -> list[str]:
        """Return the channels in words: mail addresses, and the host of the webhook, since its path can be a secret."""
        host = urlsplit(self.webhook).netloc.rpartition("@")[2]
        return [*self.addresses, *([f"a webhook at {host}"] if host else [])]

    def notify(self, alarm: ActiveAlarm, title: str, site: str | None, channels: Collection[str]) -> Delivery:
        """Send the beginning or end of an alarm by those of `channels`, and return the result of each.

        `title` says what is wrong in general, `site` is the key of the site that it concerns.
        """
        return Delivery({channel: self._send(channel, alarm, title, site) for channel in channels})

    def _send(self, channel: str, alarm: ActiveAlarm, title: str, site: str | None) -> str:
        if channel in self.addresses:
            return self._mail(channel, alarm, title, site)
        why = post_json(self.webhook, self._facts(alarm, site))
        return f"the webhook: {why}" if why else ""

    def _facts(self, alarm: ActiveAlarm, site: str | None) -> dict[str, object]:
        return {
            "kind": alarm.kind,
            "state": "begun" if alarm.ended_at is None else "ended",
            "site": site,
            "sentence": alarm.sentence,
            "since": utc(alarm.since),
            "ended": utc(alarm.ended_at) if alarm.ended_at is not None else None,
            "service": self.base_url,
        }

    def _mail(self, address: str, alarm: ActiveAlarm, title: str, site: str | None) -> str:
        if self.mailer is None:
            return ""
        where = f"{self.base_url}/sites/{site}/" if site else f"{self.base_url}/"
        if alarm.ended_at is None:
            subject, text = title, f"{alarm.sentence}\n\nSince {utc(alarm.since)}.\n"
        else:
            subject, text = f"Over: {title}", f"This is over since {utc(alarm.ended_at)}:\n\n{alarm.sentence}\n"
        try:
            self.mailer.send(address, f"[{site or 'consent'}] {subject}", f"{text}\n{where}\n")
        except MailError as error:
            return str(error)
        return ""


def send_test(notifier: Notifier, now: int) -> Delivery:
    """Send a test notification by all channels, and return the result of each."""
    return notifier.notify(
        ActiveAlarm(INSTANCE, "test", now, "This is a test; nothing is wrong.", None),
        "Test notification",
        None,
        notifier.channels,
    )
