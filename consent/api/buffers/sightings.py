"""Buffer of cookies, stored items and hosts seen in browsers that the service does not load, flushed every few seconds."""

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
"""What was written is not looked at again for so long: reports come for each page view."""
MAX_WAITING = 500
MAX_REMEMBERED = 20_000


class Sighting(NamedTuple):
    """A name of one of the kinds of findings, and the site's host where it was met; a policy's `directive` refused it.

    A host is of `vendor` where a tag of the site needs that vendor's own code in the page.
    """

    kind: str
    name: str
    page: str
    directive: str = ""
    vendor: str = ""

    @property
    def host(self) -> str:
        """Return whose it is: its own host, or that of the page which keeps it."""
        return self.name if self.kind == "host" else self.page


Key = tuple[int, str, str, str]


class Sightings(Flusher):
    """Gathers sightings and writes them from one thread. More than fit are dropped: there is a next page view."""

    def __init__(self, engine: Engine, flush_s: float = FLUSH_SECONDS, lists: tuple[str, ...] = ()) -> None:
        super().__init__("sightings", engine, flush_s)
        self._engine, self._lists = engine, lists
        self._waiting: dict[Key, Sighting] = {}
        self._written: dict[Key, float] = {}
        self._lock = threading.Lock()

    def add(self, site_id: int, met: Sighting) -> None:
        """Buffer what a page of the site met, unless it was written within the hour."""
        key = (site_id, met.kind, met.name, met.host)
        with self._lock:
            if (
                len(self._waiting) < MAX_WAITING
                and time.monotonic() - self._written.get(key, -AGAIN_SECONDS) >= AGAIN_SECONDS
            ):
                self._waiting[key] = met

    def flush(self) -> None:
        """Write what was gathered; what the database does not take is dropped."""
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
                pass  # another node has written it just now, or the site is gone
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
