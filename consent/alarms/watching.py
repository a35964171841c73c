"""The thread that looks each minute for what is wrong, and has people told: when it begins, grows and ends."""

import datetime
import logging
import threading
import time
from collections.abc import Callable

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from consent.alarms.kinds import TITLES, Watch, look_at_all
from consent.alarms.outlet import Outlet
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
        self._outage = Outage(engine, "look for alarms")
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="alarms", daemon=True)

    def start(self) -> None:
        """Start the thread; its first look is after a while: what has just begun has seen nothing yet."""
        self._thread.start()

    def close(self) -> None:
        """End the thread; what is being told may break off."""
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
        with self._engine.begin() as connection:
            news = alarms.claim(connection)
        keys = {site.id: site.key for site in found}
        for one in news:
            self._tell(one, keys.get(one.site_id))

    def _tell(self, one: alarms.Open, site: str | None) -> None:
        telling = self._outlet.tell(one, TITLES.get(one.kind, one.kind), site)
        if telling.failed:
            log.warning("alarm %s of %s: %s", one.kind, site or "the instance", "; ".join(telling.failed))
        if not telling.has_arrived:
            # Where one way works, nobody gets the same mail each minute because another one does not.
            with self._engine.begin() as connection:
                alarms.give_back(connection, one)

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
