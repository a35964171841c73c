"""Background thread that publishes new checkpoints to an external witness by webhook.

The operator of this service can't alter them there.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import urlsplit

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from consent.background.thread import BackgroundThread
from consent.log.checkpoints import origin_of
from consent.outbound.webhook import post_json
from consent.signing.receipt_claims import utc
from consent.storage.log import tree_store as store
from consent.storage.log.tree_store import Head

log = logging.getLogger(__name__)

EVERY_SECONDS = 60.0
"""Minimum seconds between posts of a site's checkpoints; those in between are skipped, since each covers all before."""
AGAIN_SECONDS = (5.0, 15.0, 60.0, 300.0)
"""The wait after one, two, … failed posts; the last value then repeats."""
WARN_SECONDS = 300.0
"""How long a checkpoint's delivery may fail before there is a warning."""


class Waiting(NamedTuple):
    """A checkpoint to post at `due`; since `since`, `failed` posts have failed, the last because of `why`."""

    head: Head
    due: float
    since: float | None = None
    failed: int = 0
    why: str = ""


class CheckpointHook(BackgroundThread):
    """Posts the newest checkpoint of each log as JSON to `url`, at most one per log every `every_s` seconds.

    `add` only queues it. Failed posts are retried until one arrives or a newer checkpoint replaces it. At startup, the
    newest checkpoints are posted again, since the previous process may not have posted them.
    """

    def __init__(
        self,
        engine: Engine,
        url: str,
        base_url: str,
        *,
        every_s: float = EVERY_SECONDS,
        again_s: tuple[float, ...] = AGAIN_SECONDS,
        warn_s: float = WARN_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__("checkpoint-hook", every_s, first_s=0, close_s=2, retry_s=again_s[0])
        self._engine, self._url, self._base_url = engine, url, base_url
        self._min_s, self._again_s, self._warn_s, self._clock = every_s, again_s, warn_s, clock
        self._waiting: dict[str, Waiting] = {}
        self._posted: dict[str, float] = {}
        self._lock, self._has_newest = threading.Lock(), False

    def start(self) -> None:
        """Start posting, if there is an address."""
        if self._url:
            super().start()

    def add(self, site: str, head: Head) -> None:
        """Queue a log's new checkpoint, replacing an older one that is waiting."""
        if not self._url:
            return
        with self._lock:
            waiting = self._waiting.get(site)
            due = self._posted.get(site, -self._min_s) + self._min_s
            self._waiting[site] = waiting._replace(head=head) if waiting else Waiting(head, due)
        self.wake()

    def warnings(self) -> list[str]:
        """Return in words which logs' checkpoints don't arrive."""
        now, host = self._clock(), urlsplit(self._url).hostname
        with self._lock:
            failing = [(site, now - one.since, one.why) for site, one in self._waiting.items() if one.since is not None]
        return [
            f"Checkpoints of {site} have not reached {host} for {seconds:.0f} s ({why}); see CONSENT_CHECKPOINT_WEBHOOK."
            for site, seconds, why in failing
            if seconds >= self._warn_s
        ]

    def post_due(self) -> float:
        """Post what is due, and return the seconds until the next post is due."""
        now = self._clock()
        with self._lock:
            due = {site: one for site, one in self._waiting.items() if one.due <= now}
        for site, one in due.items():
            if self.is_closing():
                break
            self._record_result(site, one, self._post(site, one.head))
        with self._lock:
            return max(min((one.due for one in self._waiting.values()), default=now + self._min_s) - self._clock(), 0)

    def _record_result(self, site: str, sent: Waiting, why: str) -> None:
        """Record that the post of `sent` arrived, or that it failed because of `why`."""
        now = self._clock()
        with self._lock:
            one = self._waiting[site]
            if why:
                again = self._again_s[min(one.failed, len(self._again_s) - 1)]
                since = now if one.since is None else one.since
                self._waiting[site] = Waiting(one.head, now + again, since, one.failed + 1, why)
            elif one.head is sent.head:
                del self._waiting[site]
            else:
                self._waiting[site] = Waiting(one.head, now + self._min_s)
            if not why:
                self._posted[site] = now
        if why:
            log.warning("checkpoint webhook: delivery for %s (%d leaves) failed: %s", site, sent.head.size, why)

    def _post(self, site: str, head: Head) -> str:
        """Post a checkpoint and return why it didn't arrive, or an empty string if it did."""
        facts = {"log": origin_of(self._base_url, site), "site": site, "size": head.size, "root": head.root.hex()}
        return post_json(self._url, facts | {"time": utc(head.time), "checkpoint": head.note})

    def _round(self) -> float:
        self._has_newest = self._has_newest or self._add_newest()
        wait = self.post_due()
        return wait if self._has_newest else min(wait, 1.0)

    def _add_newest(self) -> bool:
        """Queue the newest checkpoint of each log without a queued one, and return whether the database answered."""
        try:
            with self._engine.connect() as connection:
                heads = store.heads(connection)
        except SQLAlchemyError:
            return False
        for site, head in heads.items():
            if site not in self._waiting and site not in self._posted:
                self.add(site, head)
        return True
