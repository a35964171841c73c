"""Sign a daily log entry per site with what browsers and scans observed of the enforcement."""

import json
import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine

from consent.alarms.enforcement import MIN_VIEWS, disclosable_count, leaking_vendors
from consent.core.days import date_of
from consent.core.translatable import translatable
from consent.log.audit_author import AuditActor, Author
from consent.signing.keys import SigningKey
from consent.sites.open_leaks import open_leaks
from consent.storage.database.base import Transaction
from consent.storage.scans import scans
from consent.storage.sites import configs, sites
from consent.storage.sites.sites import SiteRow
from consent.storage.statistics import enforcement
from consent.storage.tables.statistics import STATES

ACTION = "enforcement.recorded"
SERVICE = AuditActor(translatable("the service"), "program")
DAY_SECONDS = 86400
LATE_SECONDS = 600
"""How long a day stays open after midnight UTC, since nodes buffer counts for some seconds."""
MAX_DAYS_BACK = 7
"""How many past days are still signed after the service was down."""


class EnforcementJournal:
    """Signer of the days not signed yet; any number of nodes may run it, since one node claims each day."""

    def __init__(self, engine: Engine, key: SigningKey, clock: Callable[[], float] = time.time) -> None:
        self._engine, self._key, self._clock = engine, key, clock

    def run_once(self) -> int:
        """Sign the days that are over, delete counts older than 400 days, and return the number of new entries."""
        now = int(self._clock())
        last = (now - LATE_SECONDS) // DAY_SECONDS - 1
        with self._engine.connect() as connection:
            live = [site for site in sites.every(connection) if site.live_config]
        made = sum(self._sign(site, day, now) for site in live for day in self._open_days(site, last))
        with self._engine.begin() as connection:
            enforcement.delete_before(connection, last - enforcement.MAX_DAYS)
        return made

    def _open_days(self, site: SiteRow, last: int) -> list[int]:
        first = max(last - MAX_DAYS_BACK + 1, site.created_at // DAY_SECONDS)
        with self._engine.connect() as connection:
            done = enforcement.signed_days(connection, site.id, first)
        return [day for day in range(first, last + 1) if day not in done]

    def _sign(self, site: SiteRow, day: int, now: int) -> int:
        with self._engine.begin() as connection:
            if not enforcement.claim_day(connection, site.id, day, now):
                return 0
            facts = facts_of_day(connection, site, day)
            if (
                facts["sampled_one_in"]
                or facts["scans"]["finished"]
                or any(count != 0 for count in facts["views"].values())
            ):
                author = Author(SERVICE, self._key)
                author.record(connection, site, ACTION, facts["day"], None, facts, now)
                return 1
        return 0


def facts_of_day(transaction: Transaction, site: SiteRow, day: int) -> dict[str, Any]:
    """Return the facts to sign for a day; a count is 0, at least 20, or None for 1 to 19."""
    counts = enforcement.views_by_day(transaction, site.id, day, day)
    by_state = {state: counts.get((day, state), enforcement.Views(0, 0)) for state in STATES}
    body = configs.get_config(transaction, site.live_config or "")
    vendors = leaking_vendors(transaction, site.id, day, day)
    return {
        "day": date_of(day).isoformat(),
        "config": site.live_config,
        "sampled_one_in": json.loads(body)["overrides"].get("sightings", 0) if body else 0,
        "counts_from": MIN_VIEWS,
        # No totals, since suppressed counts could be derived from them.
        "views": {state: disclosable_count(one.views) for state, one in by_state.items()},
        "asked": {state: disclosable_count(one.asked) for state, one in by_state.items()},
        "vendors": {one.vendor: one.views for one in vendors},
        "scans": {
            "finished": scans.finished_between(transaction, site.id, day * DAY_SECONDS, (day + 1) * DAY_SECONDS),
            "open_leaks": len(open_leaks(transaction, site.id)),
        },
    }
