"""Erase receipts in one operation: check legal holds, add to the list outside the database, erase, audit."""

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, Engine

from consent.core.translatable import translatable
from consent.delivery.announce import Announcer
from consent.log.entry import Owner, write_entry
from consent.signing.keys import SigningKey
from consent.storage.privacy import age_bands, erasures, marks, retention
from consent.storage.privacy import erasure_list as erasure_lines
from consent.storage.privacy.erasure_list import ErasureList, ListedErasure
from consent.storage.selection.subjects import Subject, ids_of, receipts_of
from consent.storage.sites import sites

STEP = 1000
"""Receipts per statement, and per transaction unless the caller wants all or nothing: writers wait for it."""
FOLDER = "erasures"
"""The subfolder of the instance folder that holds the lists."""
BY_RETENTION = translatable("The period for which the site keeps receipts had ended.")
BY_RESTORE = translatable("It was erased before the database was restored from a backup.")
MAX_OF_BAND = 20_000
"""The maximum number of receipts erased per age band request: a browser waits for it."""


class LegalHoldError(Exception):
    """`count` of the receipts are under a legal hold; nothing was erased."""

    def __init__(self, count: int) -> None:
        super().__init__(translatable(f"Receipts under a legal hold: {count}"))
        self.count = count


class Erased(NamedTuple):
    """Result of an erasure: `receipts` erased at `time` (unix seconds); `others` of the visitor or age band remain."""

    receipts: int
    others: int
    time: int


class Eraser:
    """Service that erases receipts. `instance` is the folder with the lists, `key` signs log entries.

    The list is written before the database: after a crash in between, an erasure was requested but not acknowledged,
    and the next replay performs it. Each transaction locks the site first, as placing a hold does, so that no hold is
    placed between the check and the erasure. `afterwards` is called after each erasure.
    """

    def __init__(
        self,
        engine: Engine,
        key: SigningKey,
        instance: Path,
        afterwards: Callable[[], object] = lambda: None,
        clock: Callable[[], float] = time.time,
        *,
        announcer: Announcer | None = None,
    ) -> None:
        self._engine, self._key, self.afterwards, self._clock = engine, key, afterwards, clock
        self.announcer = announcer
        self._list = ErasureList(instance / FOLDER)

    def erase(self, site: Owner, subject: Subject, level: str, *, reason: str, by: str) -> Erased:
        """Erase all receipts of `subject`, or none of them; `level` is `unlink` or `full`.

        `reason` and `by` (the opaque id of the user or token) are stored in the database only, not in any signed text.

        Raises UnknownSubjectError, LegalHoldError.
        """
        act = erasures.Act(int(self._clock()), level, "request", reason, by)
        with self._engine.begin() as connection:
            sites.lock_site(connection, site.id)
            ids = ids_of(connection, site.id, subject)
            done = self.erase_within(connection, site, ListedErasure(act.time, level, ids), act)
        self.afterwards()
        return done

    def erase_age_band(self, site: Owner, band: str, level: str, *, reason: str, by: str, limit: int) -> Erased:
        """Erase up to `limit` receipts of visitors in an age band, oldest first, in several transactions.

        Receipts under a legal hold stay. In the result, `others` counts those of the band that remain, held or over the
        limit.
        """
        act = erasures.Act(int(self._clock()), level, "request", reason, by)
        after, count = age_bands.START, 0
        while count < limit:
            with self._engine.begin() as connection:
                sites.lock_site(connection, site.id)
                found = age_bands.next_of_band(connection, site.id, band, level, after, min(STEP, limit - count))
                if not found:
                    break
                after, ids = found[-1], [receipt_id for _, receipt_id in found]
                held = marks.held_ids(connection, site.id, ids)
                free = [receipt_id for receipt_id in ids if receipt_id not in held]
                if free:
                    listed = ListedErasure(act.time, level, free)
                    count += self.erase_within(connection, site, listed, act).receipts
        with self._engine.connect() as connection:
            left = age_bands.count_of_band(connection, site.id, band, level)
        self.afterwards()
        return Erased(count, left, act.time)

    def erase_within(self, connection: Connection, site: Owner, erasure: ListedErasure, act: erasures.Act) -> Erased:
        """List `erasure` and erase its receipts in the caller's transaction; the caller then calls `afterwards`.

        The caller has locked the site. Raises LegalHoldError.
        """
        ids = erasure.receipts
        held = marks.held_ids(connection, site.id, ids)
        if held:
            raise LegalHoldError(len(held))
        self.note(connection, site.key, erasure)
        count, others = self._erase_and_announce(connection, site, ids, act)
        return Erased(count, others, act.time)

    def _erase_and_announce(
        self, connection: Connection, site: Owner, ids: Sequence[str], act: erasures.Act
    ) -> tuple[int, int]:
        """Erase `ids`, notify receivers, and return how many were erased and how many others their visitors have."""
        visitors = erasures.visitors_of(connection, site.id, ids)
        sent = erasures.subjects_sent(connection, site.id, ids) if self.announcer is not None else set()
        count = self._erase_batch(connection, site, ids, act)
        left = {visitor: receipts_of(connection, site.id, visitor) for visitor in visitors}
        if self.announcer is not None and count:
            # A visitor who still has other receipts isn't announced: their choices remain in effect.
            subjects = [*(visitor for visitor in visitors if not left[visitor]), *ids]
            self.announcer.announce_browsers_erased(connection, site.id, site.key, subjects, act.time, sent)
        return count, sum(len(others) for others in left.values())

    def act_of(self, site: Owner, receipt: str) -> erasures.Act | None:
        """Return the erasure that removed a receipt, or None if this node's list doesn't have one."""
        listed = self._list.last_erasure(site.key, receipt)
        if listed is None:
            return None
        with self._engine.connect() as connection:
            return erasures.at(connection, site.id, listed.time, listed.level)

    def prune(self, site: Owner, *, by: str) -> Iterator[int]:
        """Erase in full all receipts past their retention, yielding the number erased at each step."""
        now = int(self._clock())
        with self._engine.connect() as connection:
            taken_back = retention.withdrawn_ids(connection, site.id, now)
        for part in _batches(taken_back):
            yield from self._prune(site, now, by, partial(retention.without_exempt, receipt_ids=part))
        while step := list(self._prune(site, now, by, partial(retention.expired, now=now, limit=STEP))):
            yield from step
        self.afterwards()

    def _prune(self, site: Owner, now: int, by: str, find: Callable[..., list[str]]) -> Iterator[int]:
        """Erase what `find` returns, in one transaction, and yield how many; yield nothing if it returns nothing."""
        with self._engine.begin() as connection:
            sites.lock_site(connection, site.id)
            ids = find(connection, site.id)
            if not ids:
                return
            self.note(connection, site.key, ListedErasure(now, "full", ids))
            count = self._erase_batch(connection, site, ids, erasures.Act(now, "full", "retention", BY_RETENTION, by))
        yield count

    def replay(self, *, by: str) -> Iterator[int]:
        """Repeat listed erasures of receipts that a restored database has again, yielding the number at each step.

        Ignores holds: whatever is held now wasn't held when it was erased. Raises ErasureListError.
        """
        for key in self._list.sites():
            with self._engine.connect() as connection:
                site = sites.by_key(connection, key)
            if site is not None:
                yield from self._replay_site(site, by)
        self.afterwards()

    def _replay_site(self, site: Owner, by: str) -> Iterator[int]:
        for listed in self._list.read(site.key):
            act = erasures.Act(int(self._clock()), listed.level, "restore", BY_RESTORE, by)
            for part in _batches(listed.receipts):
                with self._engine.begin() as connection:
                    count, _ = self._erase_and_announce(connection, site, part, act)
                yield count

    def note(self, connection: Connection, site: str, erasure: ListedErasure) -> None:
        """Add an erasure to this node's list, and to the database for the lists of the other nodes."""
        erasure_lines.add(connection, site, self._list.add(site, erasure))

    def _erase_batch(self, connection: Connection, site: Owner, ids: Sequence[str], act: erasures.Act) -> int:
        """Erase `ids` and their marks, record the erasure, and return how many hadn't been erased before."""
        erase = erasures.erase if act.level == "full" else erasures.unlink
        count = 0
        for part in _batches(ids):
            visitors = erasures.visitors_of(connection, site.id, part)
            count += erase(connection, site.id, part)
            marks.forget(connection, site.id, part, visitors)
        if count:
            erasures.record(connection, site.id, count, act)
            claims = {"count": count, "level": act.level, "cause": act.cause}
            write_entry(connection, self._key, site, "erasure", act.level, claims, act.time, actor=act.by)
        return count


def _batches(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[start : start + STEP] for start in range(0, len(ids), STEP))
