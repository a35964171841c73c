"""Send alarm and test notifications to the channels of the service and of a site."""

import json
import math
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import urlsplit

from consent.alarms.alarm_messages import Reader, alarm_message, new_test_alarm
from consent.alarms.channel_messages import Message, body_for, mail_text, webhook_body
from consent.core.translatable import translatable
from consent.outbound.guarded_http import GuardedPoster, read_target
from consent.outbound.mail import Mailer, MailError
from consent.outbound.public_addresses import AllowList
from consent.outbound.webhook import post_json
from consent.storage.operations.alarm_channels import MAIL, SLACK, WEBHOOK, Channel
from consent.storage.operations.alarms import ActiveAlarm
from consent.storage.sites.sites import SiteRow

NO_CHANNELS: Mapping[str, Channel] = {}
NO_LABELS: Mapping[str, str] = {}
MAX_AT_ONCE = 5
"""How many channels of one notification are sent to in parallel."""
CHANNEL_SECONDS, TEST_SECONDS = 15.0, 5.0
"""Timeouts for an alarm and for a test, whose sender waits in the browser."""


class Delivery(NamedTuple):
    """The error of each channel that was tried, empty if it succeeded, and the labels of the channels, by name."""

    errors: dict[str, str]
    labels: Mapping[str, str] = NO_LABELS

    @property
    def reached(self) -> list[str]:
        """Return the channels that were delivered to."""
        return [channel for channel, why in self.errors.items() if not why]

    @property
    def failed(self) -> dict[str, str]:
        """Return the error of each channel that failed, after the channel's label."""
        failed = {channel: why.rstrip(".") for channel, why in self.errors.items() if why}
        return {channel: f"{self.labels.get(channel, channel)}: {why}" for channel, why in failed.items()}


def no_language_preference(_: str) -> None:
    """Return None: the reader of this address has no language preference."""


@dataclass(frozen=True, slots=True)
class Notifier:
    """Sender of notifications to the operator's `addresses`, by mail, and `webhook`; empty ones are not used.

    A site's users can add channels on the public Internet, or on hosts that the operator has `allowed`.
    """

    mailer: Mailer | None = None
    addresses: Sequence[str] = ()
    webhook: str = ""
    base_url: str = ""
    allowed: AllowList = field(default_factory=AllowList)
    language_of: Callable[[str], str | None] = no_language_preference
    """Returns the language that the user with this address chose, or None."""
    language: str = "en"
    """The language of the operator's channels."""

    @property
    def channels(self) -> list[str]:
        """Return the service's channels by name: mail addresses, and the webhook's host (its path can be secret)."""
        host = urlsplit(self.webhook).netloc.rpartition("@")[2]
        return [*self.addresses, *([translatable(f"a webhook at {host}")] if host else [])]

    def notify(
        self,
        alarm: ActiveAlarm,
        site: str | None,
        channels: Collection[str],
        of_site: Mapping[str, Channel] = NO_CHANNELS,
        has_start: Collection[str] = (),
        within_s: float = CHANNEL_SECONDS,
    ) -> Delivery:
        """Notify `channels` of an alarm's start or end, a few in parallel, and return the results.

        `site` is the key of the site concerned, `of_site` has the channels that its users added, by name, and
        `has_start` names the channels that got the start before. A channel that takes longer than `within_s` seconds
        counts as failed.
        """
        messages = {}
        for name in channels:
            reader = Reader(self.language_for(of_site.get(name), name), name in has_start)
            messages[name] = alarm_message(alarm, site, self.base_url, reader)
        pool = ThreadPoolExecutor(MAX_AT_ONCE, "alarm-channel")
        sent = {
            name: pool.submit(self._send, name, message, site, of_site.get(name), within_s)
            for name, message in messages.items()
        }
        done, _ = wait(sent.values(), within_s * math.ceil(len(sent) / MAX_AT_ONCE) + 1)
        pool.shutdown(wait=False, cancel_futures=True)
        late = translatable("it did not respond in time")
        errors = {name: one.result() if one in done else late for name, one in sent.items()}
        return Delivery(errors, {name: self._label(name, of_site) for name in sent})

    def language_for(self, channel: Channel | None, name: str = "") -> str:
        """Return the language of a channel's messages; `name` is that of a channel of the operator.

        A mail to a user is in the language that the user chose.
        """
        address = name if channel is None else channel.address if channel.kind == MAIL else ""
        chosen = self.language_of(address) if address else None
        return chosen or (self.language if channel is None else channel.language)

    def check(self, address: str) -> None:
        """Raise BadAddressError, whose message is a sentence, if the address can't be used for a channel."""
        read_target(address, self.allowed)

    def send(self, channel: Channel, message: Message, site: str, within_s: float = CHANNEL_SECONDS) -> str:
        """Send `message` to a channel of the site, and return the error, or an empty string on success."""
        if channel.kind == MAIL:
            return self._mail(channel.address, message, site)
        headers = {"Content-Type": "application/json", "User-Agent": "consent-tag-server"}
        body = json.dumps(body_for(channel.kind, message)).encode()
        poster = GuardedPoster(self.allowed)
        answer = poster.send(channel.address, body, headers, total_s=within_s)
        poster.close()
        is_taken = 200 <= answer.status < 300
        return answer.problem or ("" if is_taken else translatable(f"it returned {answer.status}"))

    def _label(self, name: str, of_site: Mapping[str, Channel]) -> str:
        if name in of_site:
            return channel_label(of_site[name])
        return name if name in self.addresses else translatable("the webhook")

    def _send(self, name: str, message: Message, site: str | None, channel: Channel | None, within_s: float) -> str:
        if channel is not None:
            return self.send(channel, message, site or "", within_s)
        if name in self.addresses:
            return self._mail(name, message, site)
        return post_json(self.webhook, webhook_body(message))

    def _mail(self, address: str, message: Message, site: str | None) -> str:
        if self.mailer is None:
            return translatable("no mail server is set") if site else ""
        try:
            self.mailer.send(address, f"[{site or 'consent'}] {message.title}", mail_text(message))
        except MailError as error:
            return str(error)
        return ""


def channel_label(channel: Channel) -> str:
    """Return a channel's name for pages and logs, without its URL's path, which can be a secret."""
    host = urlsplit(channel.address).hostname
    if channel.label:
        where = channel.address if channel.kind == MAIL else host
        return f"{channel.label} ({where})"
    if channel.kind == MAIL:
        return channel.address
    if channel.kind == WEBHOOK:
        return translatable(f"a webhook at {host}")
    return translatable(f"Slack at {host}") if channel.kind == SLACK else translatable(f"Microsoft Teams at {host}")


def send_test(notifier: Notifier, now: int, site: SiteRow | None = None, of_site: Sequence[Channel] = ()) -> Delivery:
    """Send a test message to all channels of the service, or of a site, and return the result of each."""
    named = {channel.name: channel for channel in of_site}
    alarm = new_test_alarm(now, site.name if site else None)
    channels = list(named) if site else notifier.channels
    return notifier.notify(alarm, site.key if site else None, channels, named, within_s=TEST_SECONDS)
