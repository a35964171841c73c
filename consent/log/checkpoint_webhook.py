"""Background thread that publishes new checkpoints to an external witness by webhook.

There they cannot be altered by an operator of this service.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import urlsplit

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from consent.log.checkpoints import origin_of
from consent.outbound.webhook import post_json
from consent.signing.receipt_claims import utc
from consent.storage.log import tree_store as store
from consent.storage.log.tree_store import Head

log = logging.getLogger(__name__)

EVERY_SECONDS = 60.0
"""A site's checkpoints are posted no more often; those in between are left out, since each proves all before it."""
AGAIN_SECONDS = (5.0, 15.0, 60.0, 300.0)
"""After one, two, … posts that failed; then as after the last."""
WARN_SECONDS = 300.0
"""How long a checkpoint may fail to arrive before that is a warning."""


class Waiting(NamedTuple):
    """A checkpoint that is to be posted at `due`; posts fail since `since`, `failed` of them, the last for `why`."""

    head: Head
    due: float
    since: float | None = None
    failed: int = 0
    why: str = ""


class CheckpointHook:
    """Posts the newest checkpoint of each log as JSON to `url`; for each log at most one every `every_s` seconds.

    `add` only notes it. What fails is tried again until it arrives or a newer one takes its place. At start the newest ones
    are posted once more, since nobody knows whether the last process still did.
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
        self._engine, self._url, self._base_url = engine, url, base_url
        self._every_s, self._again_s, self._warn_s, self._clock = every_s, again_s, warn_s, clock
        self._waiting: dict[str, Waiting] = {}
        self._posted: dict[str, float] = {}
        self._lock, self._wake, self._stop = threading.Lock(), threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="checkpoint-hook", daemon=True)

    def start(self) -> None:
        """Begin to post, where there is an address."""
        if self._url:
            self._thread.start()

    def close(self) -> None:
        """Stop the thread; a running delivery may break off."""
        self._stop.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(2)

    def add(self, site: str, head: Head) -> None:
        """Queue a new checkpoint of the log; it replaces an older one that waits."""
        if not self._url:
            return
        with self._lock:
            waiting = self._waiting.get(site)
            due = self._posted.get(site, -self._every_s) + self._every_s
            self._waiting[site] = waiting._replace(head=head) if waiting else Waiting(head, due)
        self._wake.set()

    def warnings(self) -> list[str]:
        """Return in words which logs' checkpoints do not arrive."""
        now, host = self._clock(), urlsplit(self._url).hostname
        with self._lock:
            failing = [(site, now - one.since, one.why) for site, one in self._waiting.items() if one.since is not None]
        return [
            f"Checkpoints of {site} have not reached {host} for {seconds:.0f} s ({why}); see CONSENT_CHECKPOINT_WEBHOOK."
            for site, seconds, why in failing
            if seconds >= self._warn_s
        ]

    def post_due(self) -> float:
        """Post what is due, and return for how many seconds nothing will be."""
        now = self._clock()
        with self._lock:
            due = {site: one for site, one in self._waiting.items() if one.due <= now}
        for site, one in due.items():
            if self._stop.is_set():
                break
            self._settle(site, one, self._post(site, one.head))
        with self._lock:
            return max(min((one.due for one in self._waiting.values()), default=now + self._every_s) - self._clock(), 0)

    def _settle(self, site: str, sent: Waiting, why: str) -> None:
        """Record that the post of `sent` arrived, or with `why` that it did not."""
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
                self._waiting[site] = Waiting(one.head, now + self._every_s)
            if not why:
                self._posted[site] = now
        if why:
            log.warning("checkpoint webhook: delivery for %s (%d leaves) failed: %s", site, sent.head.size, why)

    def _post(self, site: str, head: Head) -> str:
        """Post a checkpoint and return why it did not arrive; empty where it did."""
        facts = {"log": origin_of(self._base_url, site), "site": site, "size": head.size, "root": head.root.hex()}
        return post_json(self._url, facts | {"time": utc(head.time), "checkpoint": head.note})

    def _run(self) -> None:
        is_first = True
        while not self._stop.is_set():
            if is_first:
                is_first = not self._add_newest()
            wait = self.post_due()
            self._wake.wait(min(wait, 1.0) if is_first else wait)
            self._wake.clear()

    def _add_newest(self) -> bool:
        """Queue the newest checkpoint of each log that has none queued; return whether the database answered."""
        try:
            with self._engine.connect() as connection:
                heads = store.heads(connection)
        except SQLAlchemyError:
            return False
        for site, head in heads.items():
            if site not in self._waiting and site not in self._posted:
                self.add(site, head)
        return True
