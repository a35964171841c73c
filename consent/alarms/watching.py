"""The thread that looks each minute for what is wrong, and has people told: when it begins, grows and ends."""

import datetime
import logging
import threading
import time
from collections.abc import Callable

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from consent.alarms.kinds import TITLES, Watch, look_at_all
from consent.alarms.outlet import Outlet, Telling
from consent.alarms.rests import Rests
from consent.core.rules import Rules
from consent.geo import GeoReader
from consent.storage import alarms, sites
from consent.storage.base import Transaction
from consent.storage.outage import Outage

log = logging.getLogger(__name__)

EVERY_S = 60.0


class Alarms:
    """Looks, keeps what is wrong in the store, and tells it by `outlet`. Any number of nodes may do it."""

    def __init__(
        self,
        engine: Engine,
        outlet: Outlet,
        reader: GeoReader,
        rules: Rules,
        silence_minutes: int,
        *,
        every_s: float = EVERY_S,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._engine, self._outlet, self._reader, self._rules = engine, outlet, reader, rules
        self._silence_s, self._every_s, self._clock = silence_minutes * 60, every_s, clock
        self._outage, self._rests = Outage(engine, "look for alarms"), Rests()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="alarms", daemon=True)

    def start(self) -> None:
        """Start the thread; its first look is after a while: what has just begun has seen nothing yet."""
        self._thread.start()

    def close(self) -> None:
        """End the thread; what is being told may break off, and is told again later."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(2)

    def look(self) -> None:
        """Look once, and tell what is news."""
        now = int(self._clock())
        with self._engine.begin() as connection:
            found = sites.every(connection)
            live = [site for site in found if site.live_config]
            alarms.keep(connection, look_at_all(self._watch(connection, live, now)), now)
        self._tell_all({site.id: site.key for site in found})

    def _tell_all(self, keys: dict[int, str]) -> None:
        """Tell what is news, one after the other; a way that failed is left alone for the rest of this look."""
        ways = self._rests.those_up(self._outlet.ways)
        while True:
            with self._engine.begin() as connection:
                news = alarms.claim(connection, ways, self._outlet.ways, int(self._clock()))
            if news is None:
                return
            telling = self._tell(news, news.untold(ways), keys.get(news.one.site_id))
            ways = [way for way in ways if way not in telling.failed]
            with self._engine.begin() as connection:
                alarms.release(connection, news, telling.reached)

    def _tell(self, news: alarms.News, ways: list[str], site: str | None) -> Telling:
        telling = self._outlet.tell(news.one, TITLES.get(news.one.kind, news.one.kind), site, ways)
        self._rests.note(telling)
        if telling.failed:
            log.warning("alarm %s of %s: %s", news.one.kind, site or "the instance", "; ".join(telling.failed.values()))
        return telling

    def _watch(self, connection: Transaction, live: list[sites.FoundSite], now: int) -> Watch:
        description = self._reader.description
        is_in_force = description.status in ("ok", "kept")
        checked = datetime.datetime.fromisoformat(self._rules.version).replace(tzinfo=datetime.UTC)
        return Watch(
            connection,
            live,
            now,
            self._silence_s,
            (description.build_epoch or now) if is_in_force else None,
            int(checked.timestamp()),
            frozenset((one.site_id, one.kind) for one in alarms.present(connection)),
        )

    def _run(self) -> None:
        while not self._stop.wait(self._every_s):
            try:
                self.look()
                self._outage.is_over()
            except SQLAlchemyError as error:
                self._outage.begins(error)
            except Exception:
                log.exception("a look for alarms failed")
