"""In-memory buffer of the latest script fetch by each host of a site, with its config, flushed to the database."""

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from consent.api.buffers.background_flush import Flusher
from consent.runtime.compiled_config import CompiledConfig
from consent.storage.sites import sites
from consent.storage.sites.script_fetches import Fetch
from consent.storage.sites.script_fetches import save as save_fetches

FLUSH_SECONDS = 1.0
REST_SECONDS = 10
"""Seconds between two writes for a host that keeps fetching the same version."""
MAX_UNANSWERED = 100
MAX_ORIGIN = 300
"""Characters; a host name has at most 253."""
NOTHING = ""
"""Placeholder for the config of a page that got none because nothing is published."""
FRESH_SECONDS = 120
"""For this long after a host gets a new version, someone may be watching: each flush writes."""


class ScriptFetches(Flusher):
    """The last fetch by each host of each site, without visitor data: a host, a config and a second."""

    def __init__(self, engine: Engine, flush_s: float = FLUSH_SECONDS) -> None:
        super().__init__("seen pages", engine, flush_s)
        self._engine = engine
        self._last: dict[tuple[int, str], tuple[str, float]] = {}
        self._unanswered: dict[str, float] = {}
        self._written: dict[tuple[int, str], Fetch] = {}

    def note(self, config: CompiledConfig, referrer: str | None, now: float) -> None:
        """Record that a page got `config`; hosts that don't belong to the site are ignored."""
        origin = _origin(referrer) if referrer else ""
        if not origin or origin in config.origins:
            self._last[config.site_id, origin] = (config.name, now)

    def note_unknown_site(self, key: str, now: float) -> None:
        """Record that a page requested a site that doesn't exist or has nothing published."""
        if key in self._unanswered or len(self._unanswered) < MAX_UNANSWERED:
            self._unanswered[key] = now

    def flush(self) -> None:
        """Write what has changed; while the database is down it is kept."""
        self._find_unanswered()
        news = [seen for key, (name, now) in list(self._last.items()) if (seen := self._news(key, name, int(now)))]
        if not news:
            return
        try:
            with self._engine.begin() as connection:
                save_fetches(connection, news)
        except SQLAlchemyError as error:
            self.outage.begins(error)
            return
        self.outage.is_over()
        self._written |= {(seen.site_id, seen.origin): seen for seen in news}

    def _find_unanswered(self) -> None:
        """Add the unanswered fetches of existing sites, without a host: it isn't known yet which hosts are theirs."""
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

    def _news(self, key: tuple[int, str], name: str, now: int) -> Fetch | None:
        """Return the row to write for a host, or None if the stored one is recent enough."""
        written = self._written.get(key)
        if written is None or written.config != name:
            return Fetch(*key, name, now, now)
        rest = 1 if now - written.since < FRESH_SECONDS else REST_SECONDS
        return written._replace(fetched_at=now) if now - written.fetched_at >= rest else None


def _origin(referrer: str) -> str:
    """Return the origin of a page's URL; browsers write both in the same normal form."""
    return "/".join(referrer[:MAX_ORIGIN].split("/", 3)[:3])
