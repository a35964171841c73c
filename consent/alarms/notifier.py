"""Send alarm and test notifications to the channels of the service and of a site."""

import json
import math
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import urlsplit

from consent.alarms.channel_messages import Message, body_for
from consent.core.documents.json_object import JsonObject
from consent.core.translatable import translatable
from consent.outbound.guarded_http import GuardedPoster, read_target
from consent.outbound.mail import Mailer, MailError
from consent.outbound.public_addresses import AllowList
from consent.outbound.webhook import post_json
from consent.presentation.dashboard_texts import translate, translations
from consent.signing.receipt_claims import utc
from consent.storage.operations.alarm_channels import MAIL, SLACK, WEBHOOK, Channel
from consent.storage.operations.alarms import INSTANCE, ActiveAlarm

NO_CHANNELS: Mapping[str, Channel] = {}
MAX_AT_ONCE = 5
"""How many channels of one notification are sent to in parallel."""
CHANNEL_SECONDS, TEST_SECONDS = 15.0, 5.0
"""Timeouts for an alarm and for a test, whose sender waits in the browser."""


class Delivery(NamedTuple):
    """The error of each channel that was tried, empty if it succeeded."""

    errors: dict[str, str]

    @property
    def reached(self) -> list[str]:
        """Return the channels that were delivered to."""
        return [channel for channel, why in self.errors.items() if not why]

    @property
    def failed(self) -> dict[str, str]:
        """Return the error of each channel that failed."""
        return {channel: why for channel, why in self.errors.items() if why}


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
    """Returns the language that the user with this address chose, or None for English."""

    @property
    def channels(self) -> list[str]:
        """Return the service's channels by name: mail addresses, and the webhook's host (its path can be secret)."""
        host = urlsplit(self.webhook).netloc.rpartition("@")[2]
        return [*self.addresses, *([translatable(f"a webhook at {host}")] if host else [])]

    def notify(
        self,
        alarm: ActiveAlarm,
        title: str,
        site: str | None,
        channels: Collection[str],
        of_site: Mapping[str, Channel] = NO_CHANNELS,
        within_s: float = CHANNEL_SECONDS,
    ) -> Delivery:
        """Notify `channels` of an alarm's start or end, a few in parallel, and return the results.

        `title` describes the kind of alarm, `site` is the key of the site concerned, and `of_site` has the channels that
        its users added, by name. A channel that takes longer than `within_s` seconds counts as failed.
        """
        messages = {}
        for name in channels:
            channel = of_site.get(name)
            address = channel.address if channel is not None and channel.kind == MAIL else name
            messages[name] = self._message(alarm, title, site, self.language_of(address) or "en")
        pool = ThreadPoolExecutor(MAX_AT_ONCE, "alarm-channel")
        sent = {
            name: pool.submit(self._send, name, message, site, of_site.get(name), within_s)
            for name, message in messages.items()
        }
        done, _ = wait(sent.values(), within_s * math.ceil(len(sent) / MAX_AT_ONCE) + 1)
        pool.shutdown(wait=False, cancel_futures=True)
        return Delivery(
            {
                name: one.result() if one in done else f"{self._words(name, of_site)}: it did not respond in time"
                for name, one in sent.items()
            }
        )

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
        why = answer.problem or ("" if 200 <= answer.status < 300 else f"it returned {answer.status}")
        return f"{channel_label(channel)}: {why.rstrip('.')}" if why else ""

    def _words(self, name: str, of_site: Mapping[str, Channel]) -> str:
        return channel_label(of_site[name]) if name in of_site else name if name in self.addresses else "the webhook"

    def _send(self, name: str, message: Message, site: str | None, channel: Channel | None, within_s: float) -> str:
        if channel is not None:
            return self.send(channel, message, site or "", within_s)
        if name in self.addresses:
            return self._mail(name, message, site)
        why = post_json(self.webhook, message.facts)
        return f"the webhook: {why}" if why else ""

    def _message(self, alarm: ActiveAlarm, title: str, site: str | None, language: str) -> Message:
        facts: JsonObject = {
            "kind": alarm.kind,
            "state": "begun" if alarm.ended_at is None else "ended",
            "site": site,
            "sentence": alarm.sentence,
            "since": utc(alarm.since),
            "ended": utc(alarm.ended_at) if alarm.ended_at is not None else None,
            "service": self.base_url,
        }
        page = f"{self.base_url}/sites/{site}/" if site else f"{self.base_url}/"
        say = translations(language).gettext
        title, sentence = translate(title, language), translate(alarm.sentence, language)
        if alarm.ended_at is None:
            since = say(translatable("Since %(time)s.")) % {"time": utc(alarm.since)}
            return Message(title, (sentence, since), page, facts)
        since = say(translatable("Resolved since %(time)s:")) % {"time": utc(alarm.ended_at)}
        return Message(say(translatable("Resolved: %(title)s")) % {"title": title}, (since, sentence), page, facts)

    def _mail(self, address: str, message: Message, site: str | None) -> str:
        if self.mailer is None:
            return translatable("No mail server is set") if site else ""
        text = "\n\n".join(message.lines)
        try:
            self.mailer.send(address, f"[{site or 'consent'}] {message.title}", f"{text}\n\n{message.page}\n")
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


def send_test(notifier: Notifier, now: int, site: str | None = None, of_site: Sequence[Channel] = ()) -> Delivery:
    """Send a test notification to all channels of the service, or of a site, and return the result of each."""
    named = {channel.name: channel for channel in of_site}
    alarm = ActiveAlarm(INSTANCE, "test", now, translatable("This is a test; nothing is wrong."), None)
    channels = list(named) if site else notifier.channels
    return notifier.notify(alarm, translatable("Test notification"), site, channels, named, TEST_SECONDS)
