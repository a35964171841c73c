"""Hosts that visitors' browsers met on a site and no tag of it names, gathered in memory and written every few seconds."""

import logging
import threading
import time

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from consent.classify.classifier import shipped_classifier
from consent.storage.scans import REPORTED, Kept, sight

log = logging.getLogger(__name__)

FLUSH_S = 5.0
AGAIN_S = 3600.0
"""A host that was written is not looked at again for so long: reports come for each page view."""
MOST_WAITING = 500
MOST_REMEMBERED = 20_000

Sighting = tuple[int, str, str, str]
"""The site's id, the host, the directive that refused it, and the site's own host."""


class Sightings:
    """Gathers sightings and writes them from one thread. More than fit are dropped: there is a next page view."""

    def __init__(self, engine: Engine, flush_s: float = FLUSH_S) -> None:
        self._engine, self._flush_s = engine, flush_s
        self._waiting: dict[tuple[int, str], Sighting] = {}
        self._written: dict[tuple[int, str], float] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sightings", daemon=True)

    def start(self) -> None:
        """Start the thread that writes."""
        self._thread.start()

    def add(self, site_id: int, host: str, directive: str, page: str) -> None:
        """Note a host, unless it was written within the hour."""
        key = (site_id, host)
        with self._lock:
            if len(self._waiting) < MOST_WAITING and time.monotonic() - self._written.get(key, -AGAIN_S) >= AGAIN_S:
                self._waiting[key] = (site_id, host, directive, page)

    def flush(self) -> None:
        """Write what was gathered; what the database does not take is dropped."""
        with self._lock:
            waiting, self._waiting = self._waiting, {}
            if len(self._written) > MOST_REMEMBERED:
                self._written = {}
            self._written |= dict.fromkeys(waiting, time.monotonic())
        for sighting in waiting.values():
            try:
                with self._engine.begin() as connection:
                    sight(connection, sighting[0], _kept(*sighting[1:]), int(time.time()))
            except IntegrityError:
                pass  # another node has written it just now, or the site is gone
            except SQLAlchemyError as error:
                log.warning("sightings are dropped: the database does not answer (%s)", type(error).__name__)
                return

    def close(self) -> None:
        """End the thread and write what is left."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(5)
        self.flush()

    def _run(self) -> None:
        while not self._stop.wait(self._flush_s):
            self.flush()


def _kept(host: str, directive: str, page: str) -> Kept:
    answer = shipped_classifier().address(f"https://{host}/")
    return Kept(
        kind="host",
        name=host,
        host=host,
        third_party=True,
        lifetime_s=None,
        situations=REPORTED,
        page=f"https://{page}/",
        made_by=directive,
        group=answer.group,
        purpose=answer.purpose,
        vendor=answer.vendor[:255],
        layer=REPORTED,
        confidence=answer.confidence,
        reason=f"A page's policy reported it ({directive}), and no tag of the site names it. {answer.reason}",
        suggestion=answer.suggestion,
        is_leak=False,
    )
