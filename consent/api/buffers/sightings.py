"""Buffer of cookies, stored items and hosts that browsers report but the service doesn't load."""

import threading
import time
from typing import NamedTuple

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from consent.api.buffers.background_flush import Flusher
from consent.classifier.classifier import Classifier, shipped_classifier
from consent.storage.scans.scans import REPORTED, StoredFinding, save_sighting

FLUSH_SECONDS = 5.0
AGAIN_SECONDS = 3600.0
"""A written sighting is ignored for this long: reports arrive with each page view."""
MAX_WAITING = 500
MAX_REMEMBERED = 20_000


class Sighting(NamedTuple):
    """A name of some kind found on one of the site's hosts, and the policy `directive` that blocked it, if any.

    `vendor` is set on a host if a tag of the site needs that vendor's own code in the page.
    """

    kind: str
    name: str
    page: str
    directive: str = ""
    vendor: str = ""

    @property
    def host(self) -> str:
        """Return the host it belongs to: itself, or that of the page that stores it."""
        return self.name if self.kind == "host" else self.page


Key = tuple[int, str, str, str]


class Sightings(Flusher):
    """A buffer of sightings that one thread writes. Once it is full, more are dropped: page views report them again."""

    def __init__(self, engine: Engine, flush_s: float = FLUSH_SECONDS, lists: tuple[str, ...] = ()) -> None:
        super().__init__("sightings", engine, flush_s)
        self._engine, self._lists = engine, lists
        self._waiting: dict[Key, Sighting] = {}
        self._written: dict[Key, float] = {}
        self._lock = threading.Lock()

    def add(self, site_id: int, sighting: Sighting) -> None:
        """Buffer what was found on a page of the site, unless it was written within the last hour."""
        key = (site_id, sighting.kind, sighting.name, sighting.host)
        with self._lock:
            if (
                len(self._waiting) < MAX_WAITING
                and time.monotonic() - self._written.get(key, -AGAIN_SECONDS) >= AGAIN_SECONDS
            ):
                self._waiting[key] = sighting

    def flush(self) -> None:
        """Write what was collected; what the database can't store is dropped."""
        with self._lock:
            waiting, self._waiting = self._waiting, {}
            if len(self._written) > MAX_REMEMBERED:
                self._written = {}
            self._written |= dict.fromkeys(waiting, time.monotonic())
        for (site_id, *_), met in waiting.items():
            try:
                with self._engine.begin() as connection:
                    save_sighting(connection, site_id, _kept(met, shipped_classifier(self._lists)), int(time.time()))
            except IntegrityError:
                pass  # another node has just written it, or the site is gone
            except SQLAlchemyError as error:
                self.outage.begins(error)
                return
            else:
                self.outage.is_over()


def _kept(met: Sighting, classifier: Classifier) -> StoredFinding:
    answer = classifier.address(f"https://{met.name}/") if met.kind == "host" else classifier.cookie(met.name, met.host)
    no_tag = "code in the page loads it." if met.vendor else "no tag of the site names it."
    how = f"A page's policy reported it ({met.directive})" if met.directive else "A visitor's browser met it"
    return StoredFinding(
        kind=met.kind,
        name=met.name,
        host=met.host,
        third_party=met.kind == "host",
        lifetime_s=None,
        situations=REPORTED,
        page=f"https://{met.page}/",
        made_by=met.directive,
        group=answer.group,
        purpose=answer.purpose,
        vendor=met.vendor or answer.vendor[:255],
        layer=REPORTED,
        confidence=answer.confidence,
        reason=f"{how}, and {no_tag} {answer.reason}",
        suggestion=answer.suggestion,
        is_leak=False,
    )
