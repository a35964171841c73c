"""Purge edge caches: post what has changed to the addresses of CONSENT_EDGE_PURGE until each accepts it."""

import json
import logging
import threading
import time
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from sqlalchemy.exc import SQLAlchemyError

from consent.background.thread import BackgroundThread
from consent.outbound.guarded_http import GuardedPoster
from consent.outbound.public_addresses import AllowList
from consent.runtime.live_configs import LiveConfigs
from consent.storage.sites.configs import LiveVersion

log = logging.getLogger(__name__)

ALL_SITES = "consent"
"""The key that each response has besides its site's."""
SEND_SECONDS = 2.0
"""How long a purge request may take."""
AGAIN_SECONDS = 1.0
"""A purge is repeated after this time: an outdated response may have been on its way into the cache."""
MIN_RETRY_SECONDS, MAX_RETRY_SECONDS = 0.5, 10.0
MAX_KEYS = 100
"""Per request; with more changes at once, all sites are purged."""


def site_key(site: str) -> str:
    """Return the surrogate key of a site's responses."""
    return f"{ALL_SITES}-{site}"


class EdgePurges:
    """Posts purges, in one thread per address.

    A purge that isn't accepted is dropped after `life_s` seconds, the longest that a cache may keep a response.
    """

    def __init__(self, addresses: Sequence[str], token: str, life_s: float) -> None:
        hosts = tuple(
            f"{parts.hostname}:{parts.port or (80 if parts.scheme == 'http' else 443)}"
            for parts in map(urlsplit, addresses)
        )
        self.threads = [_Queue(GuardedPoster(AllowList(hosts)), address, token, life_s) for address in addresses]

    def start(self) -> None:
        """Start the threads, and purge everything: this process may have other code and rules than the previous one."""
        for queue in self.threads:
            queue.start()
        self.purge([ALL_SITES])

    def close(self) -> None:
        """Stop the threads; queued purges are not sent."""
        for queue in self.threads:
            queue.close()

    def purge(self, keys: Collection[str]) -> None:
        """Queue a purge of the responses with these surrogate keys for every cache; doesn't block."""
        for queue in self.threads:
            queue.add(keys)

    @property
    def waiting(self) -> int:
        """Return how many keys are waiting to be sent or repeated, for all addresses."""
        return sum(queue.waiting for queue in self.threads)

    def warnings(self) -> list[str]:
        """Return a sentence for each cache that doesn't accept purges."""
        return [queue.warning for queue in self.threads if queue.warning]

    def purge_changed(self, live: LiveConfigs, changed: Mapping[str, LiveVersion | None]) -> None:
        """Purge the sites whose live config has changed, and those with which they share choices.

        `changed` has what was live before, or None if nothing was.
        """
        if not self.threads:
            return
        try:
            self.purge({site_key(site) for site in _affected(live, changed)})
        except SQLAlchemyError:  # a config is no longer in memory, so the sites that it names are unknown
            self.purge([ALL_SITES])


def _affected(live: LiveConfigs, changed: Mapping[str, LiveVersion | None]) -> set[str]:
    """Return the sites whose scripts contain something from the `changed` ones."""
    affected = set(changed)
    for site, before in changed.items():
        for config in (live.get(site), live.by_name(site, before.sha256) if before else None):
            if config is not None and config.handover is not None:
                affected |= set(config.handover["sites"])
    return affected


class _Purge(NamedTuple):
    """When to send a key, when to give up (both by the monotonic clock), and whether it was accepted once."""

    due: float
    until: float
    was_accepted: bool = False


class _Queue(BackgroundThread):
    """The purges pending for one address, and the thread that posts them."""

    def __init__(self, poster: GuardedPoster, address: str, token: str, life_s: float) -> None:
        super().__init__(f"edge-purges-{urlsplit(address).netloc}", None, first_s=0, close_s=SEND_SECONDS + 1)
        self._poster, self._address, self._life_s = poster, address, life_s
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._due: dict[str, _Purge] = {}
        self._lock = threading.Lock()
        self._retry_due_s = 0.0
        self.warning = ""
        """Why the address doesn't accept purges, as a sentence; empty if it does."""

    def close(self) -> None:
        super().close()
        self._poster.close()

    @property
    def waiting(self) -> int:
        return len(self._due)

    def add(self, keys: Collection[str]) -> None:
        now = time.monotonic()
        with self._lock:
            for key in keys:
                self._due[key] = _Purge(now, now + self._life_s)
        self.wake()

    def _round(self) -> float | None:
        """Send what is due, and return the seconds until something is again; None if nothing is waiting."""
        now = time.monotonic()
        with self._lock:
            batch = [(key, purge) for key, purge in self._due.items() if purge.due <= now]
        if batch:
            try:
                problem = self._send([key for key, _ in batch])
            except Exception as error:
                self._log(error)
                problem = "It could not be sent."
            self._record_result(batch, problem)
        with self._lock:
            return max(min(one.due for one in self._due.values()) - time.monotonic(), 0) if self._due else None

    def _send(self, keys: Sequence[str]) -> str:
        """Return why the cache didn't accept the purge, or "" if it did."""
        named = [ALL_SITES] if len(keys) > MAX_KEYS else sorted(keys)
        headers = {**self._headers, "Content-Type": "application/json", "Surrogate-Key": " ".join(named)}
        body = json.dumps({"tags": named}).encode()
        answer = self._poster.send(self._address, body, headers, total_s=SEND_SECONDS)
        if 200 <= answer.status < 300:
            return ""
        return answer.problem or f"It returned {answer.status}."

    def _record_result(self, batch: list[tuple[str, _Purge]], problem: str) -> None:
        now = time.monotonic()
        host = urlsplit(self._address).netloc
        if problem and not self.warning:
            log.warning("edge purges: purging %s failed: %s", host, problem)
        elif self.warning and not problem:
            log.info("edge purges: purging %s works again", host)
        reason = problem.rstrip(".")
        self.warning = (
            f"The cache at {host} does not take purges ({reason}); see CONSENT_EDGE_PURGE." if problem else ""
        )
        self._retry_due_s = min(max(self._retry_due_s * 2, MIN_RETRY_SECONDS), MAX_RETRY_SECONDS) if problem else 0.0
        with self._lock:
            for key, purge in batch:
                if self._due.get(key) != purge:
                    continue  # the site has changed again in the meantime
                if problem and now + self._retry_due_s < purge.until:
                    self._due[key] = purge._replace(due=now + self._retry_due_s)
                elif not problem and not purge.was_accepted:
                    self._due[key] = purge._replace(due=now + AGAIN_SECONDS, was_accepted=True)
                else:
                    del self._due[key]
