"""Which hosts of a site fetched which version last: noted in memory at each fetch, written by one thread now and then."""

from functools import lru_cache

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from consent.api.flusher import Flusher
from consent.snapshots.compile import CompiledConfig
from consent.storage import sites
from consent.storage.seen import Seen, keep_seen

FLUSH_S = 1.0
REST_S = 10
"""Seconds between two writes for a host that goes on fetching the same version."""
MOST_UNANSWERED = 100
NOTHING = ""
"""Stands for the config that a page was not given, since none is published."""
FRESH_S = 120
"""For so long after a host got a new version, somebody may be watching: each look writes."""


class SeenPages(Flusher):
    """Notes the last fetch of each host of each site. Nothing of a visitor is in it: a host, a config and a second."""

    def __init__(self, engine: Engine, flush_s: float = FLUSH_S) -> None:
        super().__init__("seen pages", engine, flush_s)
        self._engine = engine
        self._last: dict[tuple[int, str], tuple[str, float]] = {}
        self._unanswered: dict[str, float] = {}
        self._written: dict[tuple[int, str], Seen] = {}

    def note(self, config: CompiledConfig, referrer: str | None, now: float) -> None:
        """Note that a page got `config`; a host that is not the site's is nobody's business."""
        origin = _origin(referrer) if referrer else ""
        if not origin or origin in config.origins:
            self._last[config.site_id, origin] = (config.name, now)

    def note_unanswered(self, key: str, now: float) -> None:
        """Note that a page asked for a site that has nothing published, or is not there at all."""
        if key in self._unanswered or len(self._unanswered) < MOST_UNANSWERED:
            self._unanswered[key] = now

    def flush(self) -> None:
        """Write what is news; while the database is away it waits."""
        self._find_unanswered()
        news = [seen for key, (name, now) in list(self._last.items()) if (seen := self._news(key, name, int(now)))]
        if not news:
            return
        try:
            with self._engine.begin() as connection:
                keep_seen(connection, news)
        except SQLAlchemyError as error:
            self.outage.begins(error)
            return
        self.outage.is_over()
        self._written |= {(seen.site_id, seen.origin): seen for seen in news}

    def _find_unanswered(self) -> None:
        """Take up what asked for sites that are there, without a host: nothing says yet which ones are theirs."""
        asked, self._unanswered = self._unanswered, {}
        if not asked:
            return
        try:
            with self._engine.connect() as connection:
                found = [(site, now) for key, now in asked.items() if (site := sites.by_key(connection, key))]
        except SQLAlchemyError:
            return
        for site, now in found:
            self._last[site.id, ""] = (NOTHING, now)

    def _news(self, key: tuple[int, str], name: str, now: int) -> Seen | None:
        """Return what is to be written of a host, or None while what is written says enough."""
        written = self._written.get(key)
        if written is None or written.config != name:
            return Seen(*key, name, now, now)
        rest = 1 if now - written.since < FRESH_S else REST_S
        return written._replace(seen_at=now) if now - written.seen_at >= rest else None


@lru_cache(4096)
def _origin(referrer: str) -> str:
    """Return the origin of a page's address; browsers write both in the same normal form."""
    return "/".join(referrer.split("/", 3)[:3])
