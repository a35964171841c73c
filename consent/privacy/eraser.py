"""Erase receipts in one operation: check legal holds, list outside the database, erase, audit."""

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
"""Receipts in one statement; and, where nobody asked for all at once, in one transaction: writers wait for it."""
FOLDER = "erasures"
"""Of the lists, in the instance's folder."""
BY_RETENTION = translatable("The time for which the site keeps receipts was over.")
BY_RESTORE = translatable("It was erased before the database was restored from a backup.")
MAX_OF_BAND = 20_000
"""Receipts of an age band that one request erases: a browser waits for it."""


class LegalHoldError(Exception):
    """So many of the receipts are under a legal hold: nothing was erased."""

    def __init__(self, count: int) -> None:
        super().__init__(translatable(f"{count} of the receipts {'is' if count == 1 else 'are'} under a legal hold"))
        self.count = count


class Erased(NamedTuple):
    """So many receipts were erased at `time`, unix seconds; so many `others` of the visitor or age band are still there."""

    receipts: int
    others: int
    time: int


class Eraser:
    """Erases receipts. `instance` is the folder that holds the lists, `key` signs what the log is told.

    The list comes before the database: a crash in between leaves an erasure that was asked for and not acknowledged,
    and the next replay does it. `afterwards` is called once something was erased.
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
        self._announcer = announcer
        self._list = ErasureList(instance / FOLDER)

    def erase(self, site: Owner, subject: Subject, level: str, *, reason: str, by: str) -> Erased:
        """Erase one receipt or all of a visitor, all of them or none; `level` is `unlink` or `full`.

        `reason` and `by`, the opaque id of who does it, are kept in the store and stand in no signed text.

        Raises UnknownSubjectError, LegalHoldError.
        """
        act = erasures.Act(int(self._clock()), level, "request", reason, by)
        with self._engine.begin() as connection:
            ids = ids_of(connection, site.id, subject)
            done = self.erase_within(connection, site, ListedErasure(act.time, level, ids), act)
        self.afterwards()
        return done

    def erase_age_band(self, site: Owner, band: str, level: str, *, reason: str, by: str, limit: int) -> Erased:
        """Erase the receipts of visitors of an age band, oldest first, in steps of their own, up to `limit`.

        Those under a legal hold stay. `others` of the answer is how many of the band stay, for either reason.
        """
        act = erasures.Act(int(self._clock()), level, "request", reason, by)
        after, count = age_bands.START, 0
        while count < limit:
            with self._engine.begin() as connection:
                found = age_bands.next_of_band(connection, site.id, band, level, after, min(STEP, limit - count))
                if not found:
                    break
                after, ids = found[-1], [receipt_id for _, receipt_id in found]
                held = marks.under_hold(connection, site.id, ids)
                free = [receipt_id for receipt_id in ids if receipt_id not in held]
                if free:
                    listed = ListedErasure(act.time, level, free)
                    count += self.erase_within(connection, site, listed, act).receipts
        with self._engine.connect() as connection:
            left = age_bands.count_of_band(connection, site.id, band, level)
        self.afterwards()
        return Erased(count, left, act.time)

    def erase_within(self, connection: Connection, site: Owner, erasure: ListedErasure, act: erasures.Act) -> Erased:
        """List `erasure` and erase its receipts, in the caller's transaction; the caller calls `afterwards` behind it.

        Raises LegalHoldError.
        """
        ids = erasure.receipts
        held = marks.under_hold(connection, site.id, ids)
        if held:
            raise LegalHoldError(len(held))
        visitors = erasures.visitors_of(connection, site.id, ids)
        self.note(connection, site.key, erasure)
        count = self._erase_part(connection, site, ids, act)
        others = [other for visitor in visitors for other in receipts_of(connection, site.id, visitor)]
        if self._announcer is not None:
            # Of a visitor whose other receipts stay nothing is taken back.
            subjects = [*([] if others else visitors), *ids]
            self._announcer.browsers_erased(connection, site.id, site.key, subjects, act.time)
        return Erased(count, len(others), act.time)

    def act_of(self, site: Owner, receipt: str) -> erasures.Act | None:
        """Return by which act a receipt was erased, as far as this node's list has it, or None."""
        listed = self._list.of(site.key, receipt)
        if listed is None:
            return None
        with self._engine.connect() as connection:
            return erasures.at(connection, site.id, listed.time, listed.level)

    def prune(self, site: Owner, *, by: str) -> Iterator[int]:
        """Erase in full all receipts past their retention, and yield how many at each step."""
        now = int(self._clock())
        with self._engine.connect() as connection:
            taken_back = retention.taken_back(connection, site.id, now)
        for part in _parts(taken_back):
            yield from self._prune(site, now, by, partial(retention.without_exempt, receipt_ids=part))
        while step := list(self._prune(site, now, by, partial(retention.expired, now=now, limit=STEP))):
            yield from step
        self.afterwards()

    def _prune(self, site: Owner, now: int, by: str, find: Callable[..., list[str]]) -> Iterator[int]:
        """Erase in one transaction what `find` gives, and yield how many that were, or nothing where it gives nothing."""
        with self._engine.begin() as connection:
            ids = find(connection, site.id)
            if not ids:
                return
            self.note(connection, site.key, ListedErasure(now, "full", ids))
            count = self._erase_part(connection, site, ids, erasures.Act(now, "full", "retention", BY_RETENTION, by))
        yield count

    def replay(self, *, by: str) -> Iterator[int]:
        """Erase again what the lists name and a restored database still has, and yield how many at each step.

        A hold does not stop it: what is held now was not held when it was erased. Raises ErasureListError.
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
            for part in _parts(listed.receipts):
                with self._engine.begin() as connection:
                    count = self._erase_part(connection, site, part, act)
                yield count

    def note(self, connection: Connection, site: str, erasure: ListedErasure) -> None:
        """Write an erasure into the list of this node, and into the database for those of the others."""
        erasure_lines.add(connection, site, self._list.add(site, erasure))

    def _erase_part(self, connection: Connection, site: Owner, ids: Sequence[str], act: erasures.Act) -> int:
        """Erase `ids` with the marks on them, write that down, and return how many were not erased before."""
        erase = erasures.erase if act.level == "full" else erasures.unlink
        count = 0
        for part in _parts(ids):
            visitors = erasures.visitors_of(connection, site.id, part)
            count += erase(connection, site.id, part)
            marks.forget(connection, site.id, part, visitors)
        if count:
            erasures.write_down(connection, site.id, count, act)
            claims = {"count": count, "level": act.level, "cause": act.cause}
            write_entry(connection, self._key, site, "erasure", act.level, claims, act.time, actor=act.by)
        return count


def _parts(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[start : start + STEP] for start in range(0, len(ids), STEP))
