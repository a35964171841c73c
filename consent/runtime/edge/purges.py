"""Purge caches at the edge: post what has changed to the addresses of CONSENT_EDGE_PURGE, until each has taken it."""

import json
import logging
import threading
import time
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from sqlalchemy.exc import SQLAlchemyError

from consent.outbound.guarded_http import GuardedPoster
from consent.outbound.public_addresses import AllowList
from consent.runtime.live_configs import LiveConfigs
from consent.storage.sites.configs import LiveVersion

log = logging.getLogger(__name__)

ALL_SITES = "consent"
"""The key that each answer has beside that of its site."""
SEND_SECONDS = 2.0
"""How long a purge may take."""
AGAIN_SECONDS = 1.0
"""After so long a purge is sent once more: an answer of before the change may have been on its way into the cache."""
MIN_RETRY_SECONDS, MAX_RETRY_SECONDS = 0.5, 10.0
MAX_KEYS = 100
"""In one request; of more changes at once all sites are purged."""


def site_key(site: str) -> str:
    """Return the surrogate key of the answers of a site."""
    return f"{ALL_SITES}-{site}"


class EdgePurges:
    """Posts purges in a thread for each address.

    One that was not taken is given up after `life_s` seconds: so long a cache may keep an answer at most.
    """

    def __init__(self, addresses: Sequence[str], token: str, life_s: float) -> None:
        hosts = tuple(
            f"{parts.hostname}:{parts.port or (80 if parts.scheme == 'http' else 443)}"
            for parts in map(urlsplit, addresses)
        )
        self._queues = [_Queue(GuardedPoster(AllowList(hosts)), address, token, life_s) for address in addresses]

    def start(self) -> None:
        """Purge all: code and rules of this process may be others than those of the one before."""
        for queue in self._queues:
            queue.start()
        self.purge([ALL_SITES])

    def close(self) -> None:
        """End the threads; what waits is not sent."""
        for queue in self._queues:
            queue.close()

    def purge(self, keys: Collection[str]) -> None:
        """Queue a purge of the answers with these surrogate keys for every cache; returns at once."""
        for queue in self._queues:
            queue.add(keys)

    @property
    def waiting(self) -> int:
        """Return how many keys wait to be sent, once or again, to any address."""
        return sum(queue.waiting for queue in self._queues)

    def warnings(self) -> list[str]:
        """Return in words which caches take no purges."""
        return [queue.warning for queue in self._queues if queue.warning]

    def purge_changed(self, live: LiveConfigs, changed: Mapping[str, LiveVersion | None]) -> None:
        """Purge the sites whose live config has changed, and those with which they share choices.

        `changed` has what was live before; None where nothing was.
        """
        if not self._queues:
            return
        try:
            self.purge({site_key(site) for site in _affected(live, changed)})
        except SQLAlchemyError:  # a config is in memory no longer, and nobody can say whom it names
            self.purge([ALL_SITES])


def _affected(live: LiveConfigs, changed: Mapping[str, LiveVersion | None]) -> set[str]:
    """Return the sites in whose scripts something of the `changed` ones stands."""
    affected = set(changed)
    for site, before in changed.items():
        for config in (live.get(site), live.by_name(site, before.sha256) if before else None):
            if config is not None and config.handover is not None:
                affected |= set(config.handover["sites"])
    return affected


class _Purge(NamedTuple):
    """When a key is to be sent, until when that is worth it (by the monotonic clock), and whether it was taken once."""

    due: float
    until: float
    was_taken: bool = False


class _Queue:
    """What one address has to hear, and the thread that posts it."""

    def __init__(self, poster: GuardedPoster, address: str, token: str, life_s: float) -> None:
        self._poster, self._address, self._life_s = poster, address, life_s
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._due: dict[str, _Purge] = {}
        self._work = threading.Condition()
        self._is_closed = False
        self._retry_s = 0.0
        self.warning = ""
        """Why the address does not take purges, in words; empty where it does."""
        self._thread = threading.Thread(target=self._run, name="edge-purges", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        with self._work:
            self._is_closed = True
            self._work.notify()
        if self._thread.is_alive():
            self._thread.join(SEND_SECONDS + 1)
        self._poster.close()

    @property
    def waiting(self) -> int:
        return len(self._due)

    def add(self, keys: Collection[str]) -> None:
        now = time.monotonic()
        with self._work:
            for key in keys:
                self._due[key] = _Purge(now, now + self._life_s)
            self._work.notify()

    def _run(self) -> None:
        while (batch := self._wait()) is not None:
            problem = self._send([key for key, _ in batch])
            self._note(batch, problem)

    def _wait(self) -> list[tuple[str, _Purge]] | None:
        """Return what is due, once something is; None at the end."""
        with self._work:
            while not self._is_closed:
                now = time.monotonic()
                if batch := [(key, purge) for key, purge in self._due.items() if purge.due <= now]:
                    return batch
                self._work.wait(min((purge.due for purge in self._due.values()), default=now + 3600) - now)
            return None

    def _send(self, keys: Sequence[str]) -> str:
        """Return why the cache did not take the purge, empty where it did."""
        named = [ALL_SITES] if len(keys) > MAX_KEYS else sorted(keys)
        headers = {**self._headers, "Content-Type": "application/json", "Surrogate-Key": " ".join(named)}
        body = json.dumps({"tags": named}).encode()
        answer = self._poster.send(self._address, body, headers, total_s=SEND_SECONDS)
        if 200 <= answer.status < 300:
            return ""
        return answer.problem or f"It answers {answer.status}."

    def _note(self, batch: list[tuple[str, _Purge]], problem: str) -> None:
        now = time.monotonic()
        host = urlsplit(self._address).netloc
        if problem and not self.warning:
            log.warning("edge purges: %s does not take a purge: %s", host, problem)
        elif self.warning and not problem:
            log.warning("edge purges: %s takes purges again", host)
        reason = problem.rstrip(".")
        self.warning = (
            f"The cache at {host} does not take purges ({reason}); see CONSENT_EDGE_PURGE." if problem else ""
        )
        self._retry_s = min(max(self._retry_s * 2, MIN_RETRY_SECONDS), MAX_RETRY_SECONDS) if problem else 0.0
        with self._work:
            for key, purge in batch:
                if self._due.get(key) != purge:
                    continue  # the site has changed once more meanwhile
                if problem and now + self._retry_s < purge.until:
                    self._due[key] = purge._replace(due=now + self._retry_s)
                elif not problem and not purge.was_taken:
                    self._due[key] = purge._replace(due=now + AGAIN_SECONDS, was_taken=True)
                else:
                    del self._due[key]
