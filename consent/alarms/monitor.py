"""Background thread that evaluates the alarm rules each minute and sends their notifications.

Notification channels that fail get exponential backoff.
"""

import datetime
import logging
import time
from collections.abc import Callable

from sqlalchemy import Engine

from consent.alarms.backoff import Backoff
from consent.alarms.config_facts import ConfigFacts
from consent.alarms.notifier import Delivery, Notifier, channel_label
from consent.alarms.rules import AlarmContext, check_all
from consent.alarms.weekly_summary import last_due, weekly_summary
from consent.core.rules import Rules
from consent.geo import GeoReader
from consent.storage.database.base import Transaction
from consent.storage.database.database_thread import DatabaseThread
from consent.storage.operations import alarm_channels, alarms
from consent.storage.operations.alarm_channels import Channel
from consent.storage.sites import sites

log = logging.getLogger(__name__)

EVERY_SECONDS = 60.0


class Alarms(DatabaseThread):
    """Monitor that stores active alarms and sends them through `notifier`; any number of nodes may run it.

    The first check runs after one interval, since a service that just started has no data.
    """

    def __init__(
        self,
        engine: Engine,
        notifier: Notifier,
        reader: GeoReader,
        rules: Rules,
        silence_minutes: int,
        *,
        every_s: float = EVERY_SECONDS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__("alarms", engine, every_s, what="alarm monitor", close_s=2)
        self._notifier, self._reader, self._rules = notifier, reader, rules
        self._silence_s, self._clock = silence_minutes * 60, clock
        self._backoff, self._facts = Backoff(), ConfigFacts()

    def check(self) -> None:
        """Evaluate all rules once, and deliver new notifications."""
        now = int(self._clock())
        with self._engine.begin() as connection:
            known_sites = sites.every(connection)
            live = [site for site in known_sites if site.live_config and site.archived_at is None]
            self._facts.keep({site.live_config or "" for site in live})
            alarms.save(connection, check_all(self._context(connection, live, now)), now)
            weekly = alarm_channels.claim_weekly(connection, last_due(now), now)
            own = alarm_channels.every(connection)
        self._deliver_all({site.id: site.key for site in known_sites}, [one for one in own if one.alarms])
        used = {site.id: site for site in known_sites if site.archived_at is None}
        for channel in weekly:
            if channel.site_id in used:
                self._send_weekly(channel, used[channel.site_id], now)

    def _deliver_all(self, keys: dict[int, str], own: list[Channel]) -> None:
        """Deliver pending notifications one by one, skipping a failed channel for the rest of this check."""
        named = {channel.name: channel for channel in own}
        skipped = {*self._notifier.channels, *named} - {*self._backoff.due([*self._notifier.channels, *named])}

        def all_of(site_id: int) -> list[str]:
            return [*self._notifier.channels, *(one.name for one in own if one.site_id == site_id)]

        def due_of(site_id: int) -> list[str]:
            return [name for name in all_of(site_id) if name not in skipped]

        while True:
            with self._engine.begin() as connection:
                notification = alarms.claim(connection, due_of, all_of, int(self._clock()))
            if notification is None:
                return
            site_id = notification.alarm.site_id
            delivery = self._deliver(notification, notification.pending(due_of(site_id)), keys.get(site_id), named)
            skipped |= delivery.failed.keys()
            with self._engine.begin() as connection:
                alarms.release(connection, notification, delivery.reached)

    def _send_weekly(self, channel: Channel, site: sites.SiteRow, now: int) -> None:
        language = self._notifier.language_for(channel)
        with self._engine.connect() as connection:
            message = weekly_summary(
                connection, site, self._rules.opt_in_regimes, self._notifier.base_url, now, language
            )
        if why := self._notifier.send(channel, message, site.key):
            log.warning("weekly summary of %s was not sent: %s: %s", site.key, channel_label(channel), why)

    def _deliver(
        self, notification: alarms.Notification, channels: list[str], site: str | None, named: dict[str, Channel]
    ) -> Delivery:
        alarm = notification.alarm
        delivery = self._notifier.notify(alarm, site, channels, named, notification.notified)
        self._backoff.note(delivery)
        if delivery.failed:
            log.warning(
                "alarm %s of %s: delivery failed: %s",
                alarm.kind,
                site or "the instance",
                "; ".join(delivery.failed.values()),
            )
        return delivery

    def _context(self, connection: Transaction, live: list[sites.SiteRow], now: int) -> AlarmContext:
        description = self._reader.description
        is_in_force = description.status in ("ok", "kept")
        checked = datetime.datetime.fromisoformat(self._rules.version).replace(tzinfo=datetime.UTC)
        return AlarmContext(
            connection,
            live,
            now,
            self._silence_s,
            (description.build_epoch or now) if is_in_force else None,
            int(checked.timestamp()),
            frozenset((one.site_id, one.kind) for one in alarms.present(connection)),
            self._rules,
            self._facts,
        )

    def _round(self) -> None:
        self.check()
