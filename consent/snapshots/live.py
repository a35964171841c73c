"""The configs that are live now, in the memory of this process: a new one is noticed within 2 s and swapped whole."""

import logging
import threading
from collections import OrderedDict

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from consent.core.rules import Rules
from consent.snapshots.compile import CompiledConfig
from consent.storage import configs, sites
from consent.storage.configs import SHA256
from consent.storage.notices import Notices
from consent.storage.outage import Outage
from consent.storage.patience import answers_within

log = logging.getLogger(__name__)

POLL_S = 1.0
ANSWER_S = 2.0
"""How long an answer of the database may take."""
EARLIER_KEPT = 256


class LiveConfigs:
    """Answers which config of a site is live, also while the database is away; a thread looks for new ones."""

    def __init__(self, engine: Engine, rules: Rules, poll_s: float = POLL_S) -> None:
        self._engine, self._rules, self._poll_s = engine, rules, poll_s
        self._live: dict[str, CompiledConfig] = {}
        self.were_read = False
        """Whether the database has answered since the start: before, no site is known, and none is missing."""
        self._earlier: OrderedDict[tuple[str, str], CompiledConfig] = OrderedDict()
        self._lock = threading.Lock()
        self._notices, self._outage = Notices(engine), Outage(engine, "watch on live configs", is_steady=True)
        self._thread = threading.Thread(target=self._watch, name="live-configs", daemon=True)

    def start(self) -> None:
        """Read what is live now, then keep looking in a thread, when a node tells of a change and each second anyhow."""
        try:
            self.refresh()
        except SQLAlchemyError as error:
            self._outage.begins(error)
        self._thread.start()

    def close(self) -> None:
        """End the thread."""
        self._notices.close()
        if self._thread.is_alive():
            self._thread.join(5)

    def get(self, site: str) -> CompiledConfig | None:
        """Return the live config of `site`, or None where the site is not known or nothing was published."""
        return self._live.get(site)

    @property
    def sites(self) -> dict[str, CompiledConfig]:
        """Return the live config of each site."""
        return self._live

    def by_name(self, site: str, name: str) -> CompiledConfig | None:
        """Return the config `name` of `site`, live or earlier: a page kept in a cache may answer an older one."""
        live = self._live.get(site)
        if live is None or live.name == name:
            return live
        with self._lock:
            known = self._earlier.get((site, name))
        if known is None:
            known = self._load(site, name)
            if known is None:
                return None
            with self._lock:
                self._earlier[site, name] = known
                while len(self._earlier) > EARLIER_KEPT:
                    self._earlier.popitem(last=False)
        return known

    def by_digits(self, live: CompiledConfig, digits: str) -> CompiledConfig | None:
        """Return the config of the site of `live` whose name begins with `digits`, hex, or None."""
        with self._lock:
            known = [name for site, name in self._earlier if site == live.site and name.startswith(SHA256 + digits)]
        if known:
            return self.by_name(live.site, known[0])
        with self._engine.connect() as connection:
            name = configs.find_name(connection, live.site_id, digits)
        return self.by_name(live.site, name) if name else None

    def refresh(self) -> None:
        """Look once for configs that were published since the last look."""
        with self._engine.connect() as connection:
            wanted = configs.live(connection)
        live = {}
        for site, name in wanted:
            present = self._live.get(site)
            compiled = present if present and present.name == name else self._load(site, name)
            if compiled:
                live[site] = compiled
        self._live, self.were_read = live, True

    def _load(self, site: str, name: str) -> CompiledConfig | None:
        with self._engine.connect() as connection:
            body = configs.get_config(connection, name)
            row = sites.by_key(connection, site)
        if body is None or row is None:
            return None
        compiled = CompiledConfig(name, body, row.id, self._rules)
        return compiled if compiled.site == site else None

    def _watch(self) -> None:
        with answers_within(ANSWER_S):
            while self._notices.wait(self._poll_s):
                self._look()
        self._notices.end()

    def _look(self) -> None:
        try:
            self.refresh()
            self._outage.is_over()
        except SQLAlchemyError as error:
            self._outage.begins(error)
        except Exception:
            log.exception("live configs: a published config cannot be read; the old one stays")
