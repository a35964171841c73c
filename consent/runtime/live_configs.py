"""In-memory cache of the live configs, refreshed within 2 s of a publish and swapped atomically."""

from collections.abc import Callable, Iterable, Mapping

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from consent.core.rules import Rules
from consent.runtime.bounded_cache import BoundedCache, Usage
from consent.runtime.compiled_config import CompiledConfig
from consent.storage.database.database_thread import DatabaseThread
from consent.storage.database.lookup_budget import LookupBudget
from consent.storage.database.notifications import ChangeListener
from consent.storage.sites import configs
from consent.storage.sites.configs import SHA256, LiveVersion

POLL_SECONDS = 1.0
ANSWER_SECONDS = 2.0
"""How long a database query may take."""
MAX_RETRY_SECONDS = 5.0
"""While a published config can't be read, the previous one stays in use."""
MAX_CONFIG_BYTES = 150_000_000
"""For compiled configs: all of them fit for up to some 2,000 sites, and the most recently requested ones for more."""
MAX_COMPILED_AHEAD = 50
"""Up to this many sites, configs are compiled before the first request, so that it doesn't need the database."""
MAX_NAME_BYTES = 1_000_000
NAME_BYTES = 300
DIGITS = 16
"""Hex digits of a config's name in the addresses that pages fetch later."""


class _NoConfigError(LookupError):
    """Raised if the site has no config of this name."""


class LiveConfigs(DatabaseThread):
    """Tracks which config of each site is live, even while the database is down; a thread watches for changes.

    A config is compiled at its first request; a new version of a site in use is compiled before it goes live.
    """

    def __init__(self, engine: Engine, rules: Rules, poll_s: float = POLL_SECONDS, *, service_url: str = "") -> None:
        super().__init__(
            "live-configs",
            engine,
            poll_s,
            what="watch on live configs",
            is_steady=True,
            answer_s=ANSWER_SECONDS,
            max_retry_s=MAX_RETRY_SECONDS,
        )
        self._rules, self._service_url = rules, service_url
        self._live: dict[str, LiveVersion] = {}
        self._rows: list[tuple[str, str]] = []
        self.on_change: Callable[[LiveConfigs, Mapping[str, LiveVersion | None]], object] | None = None
        """Called after a change with what was live before, by site; None for a site that was not live."""
        self.has_loaded = False
        """Whether the database has been read since the start: until then, no site is known or missing."""
        self._compiled: BoundedCache[CompiledConfig] = BoundedCache(MAX_CONFIG_BYTES, lambda config: config.weight)
        self._names: BoundedCache[str] = BoundedCache(MAX_NAME_BYTES, lambda _: NAME_BYTES)
        self.lookups = LookupBudget()
        """Limits lookups of unknown prefixes of config and build names in addresses."""
        self._notices = ChangeListener(engine)

    def start(self) -> None:
        """Read the live configs, then watch for changes in a thread, by notifications and every second."""
        try:
            self.refresh()
        except SQLAlchemyError as error:
            self._outage.begins(error)
        super().start()

    def close(self) -> None:
        """Stop the thread."""
        self._notices.close()
        super().close()

    def get(self, site: str) -> CompiledConfig | None:
        """Return the live config of `site`, or None if the site is unknown or has published nothing.

        Raises SQLAlchemyError if the config is not in memory and the database is unavailable.
        """
        live = self._live.get(site)
        return self._config(site, live.sha256) if live else None

    @property
    def versions(self) -> dict[str, LiveVersion]:
        """Return the live versions by site."""
        return self._live

    def usage(self) -> Usage:
        """Return the usage of the cache of compiled configs."""
        return self._compiled.usage()

    def by_name(self, site: str, name: str) -> CompiledConfig | None:
        """Return the config `name` of `site`, live or earlier: cached pages may answer to an older one."""
        return self._config(site, name) if site in self._live else None

    def by_digits(self, live: CompiledConfig, digits: str) -> CompiledConfig | None:
        """Return the config of the site of `live` whose name begins with the hex `digits`, or None.

        Also None if too many unknown names were looked up within the current second.
        """
        try:
            name = self._names.get((live.site_id, digits), lambda: self._find_name(live.site_id, digits))
            return self.by_name(live.site, name)
        except _NoConfigError:
            return None

    def _find_name(self, site_id: int, digits: str) -> str:
        if not self.lookups.admits():
            raise _NoConfigError
        with self._engine.connect() as connection:
            name = configs.find_name(connection, site_id, digits)
        if name is None:
            raise _NoConfigError
        return name

    def refresh(self) -> None:
        """Read what was published since the last call."""
        with self._engine.connect() as connection:
            rows = configs.live(connection)
            if self.has_loaded and rows == self._rows:
                return
            changed = [site for site, name in rows if site not in self._live or self._live[site].sha256 != name]
            news = configs.live_versions(connection, changed)
        self._precompile(news.items(), len(rows))
        for site in news.keys() & self._live.keys():
            self._remember(self._live[site])
        before, kept = self._live, {site: self._live[site] for site, _ in rows if site in self._live}
        self._rows, self._live, self.has_loaded = rows, kept | news, True
        if self.on_change is not None and before:
            gone = before.keys() - self._live.keys()
            self.on_change(self, {site: before.get(site) for site in (*news, *gone)})

    def _remember(self, version: LiveVersion) -> None:
        """Cache the name of a version that is no longer live: open pages still fetch by its first digits."""
        digits = version.sha256.removeprefix(SHA256)[:DIGITS]
        self._names.get((version.site_id, digits), lambda: version.sha256)

    def _precompile(self, news: Iterable[tuple[str, LiveVersion]], sites: int) -> None:
        """Compile new versions before they go live, for sites with pages that may be waiting for them."""
        for site, version in news:
            if sites <= MAX_COMPILED_AHEAD or site in self._live:
                self._config(site, version.sha256)

    def _config(self, site: str, name: str) -> CompiledConfig | None:
        try:
            return self._compiled.get((site, name), lambda: self._load(site, name))
        except _NoConfigError:
            return None

    def _load(self, site: str, name: str) -> CompiledConfig:
        """Return the config `name`, compiled. Raises _NoConfigError if it doesn't belong to `site`."""
        with self._engine.connect() as connection:
            found = configs.find_config(connection, name)
        if found is None:
            raise _NoConfigError(name)
        site_id, body = found
        compiled = CompiledConfig(name, body, site_id, self._rules, self._service_url)
        if compiled.site != site:
            raise _NoConfigError(name)
        return compiled

    def _round(self) -> None:
        self.refresh()

    def _wait(self, seconds: float | None) -> None:
        self._notices.wait(seconds or 0.0)

    def _run(self) -> None:
        super()._run()
        self._notices.end()
