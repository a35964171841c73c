"""Queries for a site's scans, their findings, and the scan schedule."""

import json
from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, case, delete, func, insert, or_, select, update

from consent.core.days import DAY_SECONDS, HOUR_SECONDS
from consent.storage.database.base import Transaction
from consent.storage.tables.scans import Scan, ScanFinding, ScanSchedule
from consent.storage.tables.sites import Site

SILENT_SECONDS = 60
"""A scan with no heartbeat for this long has died."""
MONTH_SECONDS = 30 * DAY_SECONDS
KEY = ("kind", "name", "host")
FINDINGS: Any = ScanFinding.__table__
REPORTED = "report"
"""The layer of hosts reported by visitors' browsers: no scan can tell whether they are gone."""
MAX_CHANGES = 1000
"""How many of a scan's changes are stored, leaks first."""
MAX_REPORTED_HOSTS = 200
"""How many reported hosts are stored per site: anyone can send reports."""
WITHOUT_A_WORD = "It ended unexpectedly: its process was killed, or its machine went down."
WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"


class ScanRunningError(Exception):
    """The site is already being scanned."""


class ScanRow(NamedTuple):
    """A scan; `problems` and `diff` are JSON."""

    id: int
    site_id: int
    state: str
    url: str
    requested_at: int
    heartbeat_at: int
    finished_at: int | None
    progress: str
    pages: int
    problems: str
    diff: str

    def is_under_way(self, now: int) -> bool:
        """Return whether the scan is running."""
        return self.state in (WAITING, RUNNING) and now - self.heartbeat_at < SILENT_SECONDS


class StoredFinding(NamedTuple):
    """What is known about a finding; the first three fields identify it within its site."""

    kind: str
    name: str
    host: str
    third_party: bool
    lifetime_s: int | None
    situations: str
    page: str
    made_by: str
    group: str
    purpose: str | None
    vendor: str
    layer: str
    confidence: float
    reason: str
    suggestion: str
    is_leak: bool
    leaks: str = "[]"
    """JSON list of leaks as [situation, region, page]; a leak stays until a scan has returned there."""
    first_seen: int = 0
    last_seen: int = 0
    gone_at: int | None = None
    pages: str = "[]"
    """JSON list of URLs of pages where the last scan found it; a selection if there were many."""

    @property
    def key(self) -> tuple[str, str, str]:
        """Return what identifies the finding within its site."""
        return self.kind, self.name, self.host


class Schedule(NamedTuple):
    """How a site is scanned; `days` 0 means only on request, `blocks_publishing` 1 means while leaks are open."""

    url: str = ""
    pages: int = 20
    regions: str = ""
    days: int = 0
    blocks_publishing: int = 0


def request(transaction: Transaction, site_id: int, url: str, now: int) -> int:
    """Request a scan of a site and return its id. Raises ScanRunningError if one is running.

    A scan that went silent is ended; if it is still running after all, its results aren't stored.
    """
    last = newest(transaction, site_id)
    if last and last.is_under_way(now):
        raise ScanRunningError
    if last and last.finished_at is None:
        finish(transaction, last.id, now, state=FAILED, pages=0, problems=[WITHOUT_A_WORD], diff=[])
    values = {
        "site_id": site_id,
        "state": WAITING,
        "url": url,
        "requested_at": now,
        "heartbeat_at": now,
        "progress": "",
    }
    row = transaction.execute(insert(Scan).values(**values, pages=0, problems="[]", diff="[]").returning(Scan.id))
    return int(row.scalar_one())


def set_progress(transaction: Transaction, scan_id: int, progress: str, now: int) -> None:
    """Record the progress of a scan."""
    values = {"state": RUNNING, "progress": progress[:500], "heartbeat_at": now}
    transaction.execute(update(Scan).where(Scan.id == scan_id, Scan.finished_at.is_(None)).values(values))


def record_heartbeat(transaction: Transaction, scan_id: int, now: int) -> None:
    """Record that a scan is alive, however long its current page takes."""
    heartbeat = update(Scan).where(Scan.id == scan_id, Scan.finished_at.is_(None)).values(heartbeat_at=now)
    transaction.execute(heartbeat)


def finish(
    transaction: Transaction, scan_id: int, now: int, *, state: str, pages: int, problems: list[str], diff: list[Any]
) -> None:
    """End a scan with its result; one that has already ended is unchanged."""
    texts = {"problems": json.dumps(problems[:200]), "diff": json.dumps(diff[:MAX_CHANGES])}
    values = {"state": state, "finished_at": now, "heartbeat_at": now, "pages": pages, **texts}
    transaction.execute(update(Scan).where(Scan.id == scan_id, Scan.finished_at.is_(None)).values(values))


def is_running(transaction: Transaction, scan_id: int) -> bool:
    """Return whether a scan hasn't ended."""
    query = select(Scan.id).where(Scan.id == scan_id, Scan.finished_at.is_(None))
    return transaction.execute(query).first() is not None


def by_id(transaction: Transaction, scan_id: int) -> ScanRow | None:
    """Return the scan with that id, or None."""
    row = transaction.execute(_scans().where(Scan.id == scan_id)).one_or_none()
    return ScanRow(*row) if row else None


def newest(transaction: Transaction, site_id: int, state: str | None = None) -> ScanRow | None:
    """Return a site's newest scan (in `state`, if given), or None."""
    query = _scans().where(Scan.site_id == site_id).order_by(Scan.id.desc()).limit(1)
    row = transaction.execute(query.where(Scan.state == state) if state else query).one_or_none()
    return ScanRow(*row) if row else None


def newest_before(transaction: Transaction, site_id: int, end: int) -> ScanRow | None:
    """Return a site's last scan completed before `end` (unix seconds), or None."""
    done = (Scan.site_id == site_id, Scan.state == DONE, Scan.finished_at < end)
    row = transaction.execute(_scans().where(*done).order_by(Scan.finished_at.desc()).limit(1)).one_or_none()
    return ScanRow(*row) if row else None


def finished_between(transaction: Transaction, site_id: int, start: int, end: int) -> int:
    """Return how many scans of a site were completed from `start` to before `end`, in unix seconds."""
    done = (Scan.site_id == site_id, Scan.state == DONE, Scan.finished_at >= start, Scan.finished_at < end)
    return transaction.execute(select(func.count()).where(*done)).scalar_one()


def findings(transaction: Transaction, site_id: int) -> list[StoredFinding]:
    """Return everything ever found on a site: leaks first, then by kind and name."""
    columns = [getattr(ScanFinding, name) for name in StoredFinding._fields]
    query = select(*columns).where(ScanFinding.site_id == site_id)
    order = (ScanFinding.is_leak.desc(), ScanFinding.kind, ScanFinding.name, ScanFinding.host)
    return [StoredFinding(*row) for row in transaction.execute(query.order_by(*order))]


def sites_with_findings(transaction: Transaction) -> frozenset[int]:
    """Return the ids of sites with findings that aren't gone."""
    return frozenset(
        transaction.execute(select(ScanFinding.site_id).where(ScanFinding.gone_at.is_(None)).distinct()).scalars()
    )


def save_findings(transaction: Transaction, site_id: int, seen: Iterable[StoredFinding], now: int) -> None:
    """Add new findings, and update known ones to what was seen now."""
    known = {finding.key for finding in findings(transaction, site_id)}
    new, changed = [], []
    for one in seen:
        values = {name: value for name, value in one._asdict().items() if name != "first_seen"}
        values |= {"last_seen": now, "gone_at": None}
        if one.key in known:
            changed.append(values | _key_params(one.key))
        else:
            new.append(values | {"site_id": site_id, "first_seen": now})
    if new:
        transaction.execute(insert(FINDINGS), new)
    if changed:
        transaction.execute(update(FINDINGS).where(*_by_key(site_id)), changed)


def save_sighting(transaction: Transaction, site_id: int, seen: StoredFinding, now: int) -> None:
    """Add a host reported by a visitor's browser, or update the time of a known finding.

    At most `MAX_REPORTED_HOSTS` per site are kept, by evidence, since anyone can report made-up hosts: see
    `_make_room`.
    """
    times = {"last_seen": now, "gone_at": None}
    known = update(ScanFinding).where(*_matching(site_id, seen.key)).values(times).returning(ScanFinding.id)
    if transaction.execute(known).first():
        return
    reported = (ScanFinding.site_id == site_id, ScanFinding.layer == REPORTED)
    is_full = transaction.execute(select(func.count()).where(*reported)).scalar_one() >= MAX_REPORTED_HOSTS
    if is_full and not _make_room(transaction, reported, bool(seen.vendor), now):
        return
    values = seen._asdict() | times | {"first_seen": now}
    transaction.execute(insert(ScanFinding).values(site_id=site_id, **values))


def _make_room(transaction: Transaction, reported: tuple[ColumnElement[bool], ...], is_known: bool, now: int) -> bool:
    """Delete the reported finding with the least evidence if a new one has more; return whether one was deleted.

    Hosts of known vendors rank above unknown ones, then those seen over a longer time. An unknown host yields to a
    known vendor's at once, and to an unknown one after a day without reports. A known vendor's host yields to another
    known vendor's after a day, and to an unknown host after a month.
    """
    unknown, idle = ScanFinding.vendor == "", ScanFinding.last_seen < now - DAY_SECONDS
    weaker = or_(unknown, idle) if is_known else and_(unknown, idle)
    weaker = or_(weaker, ScanFinding.last_seen < now - MONTH_SECONDS)
    order = (case((unknown, 0), else_=1), ScanFinding.last_seen - ScanFinding.first_seen, ScanFinding.last_seen)
    least = select(ScanFinding.id).where(*reported, weaker).order_by(*order).limit(1).scalar_subquery()
    return bool(transaction.execute(delete(ScanFinding).where(ScanFinding.id == least).returning(ScanFinding.id)).all())


def narrow_leaks(transaction: Transaction, site_id: int, key: tuple[str, str, str], leaks: str) -> None:
    """Reduce a finding's leaks to `leaks`, the places that a scan didn't visit; an empty list ends the leak."""
    values = {"leaks": leaks, "is_leak": leaks != "[]"}
    transaction.execute(update(ScanFinding).where(*_matching(site_id, key)).values(values))


def set_gone(transaction: Transaction, site_id: int, keys: Collection[tuple[str, str, str]], now: int) -> None:
    """Record that findings are gone; they stay, with the time they were last seen."""
    if keys:
        ended = {"gone_at": now, "is_leak": False, "leaks": "[]", "situations": ""}
        transaction.execute(update(FINDINGS).where(*_by_key(site_id)), [ended | _key_params(key) for key in keys])


def schedule(transaction: Transaction, site_id: int) -> Schedule:
    """Return a site's scan schedule."""
    columns = [getattr(ScanSchedule, name) for name in Schedule._fields]
    row = transaction.execute(select(*columns).where(ScanSchedule.site_id == site_id)).one_or_none()
    return Schedule(*row) if row else Schedule()


def save_schedule(transaction: Transaction, site_id: int, wanted: Schedule) -> None:
    """Set a site's scan schedule."""
    values = wanted._asdict()
    changed = update(ScanSchedule).where(ScanSchedule.site_id == site_id).values(values).returning(ScanSchedule.site_id)
    if not transaction.execute(changed).all():
        transaction.execute(insert(ScanSchedule).values(site_id=site_id, **values))


def due(transaction: Transaction, now: int) -> list[str]:
    """Return the keys of the sites due for a scan, longest waiting first.

    Failed scans don't count: the next one is due a day later.
    """
    last = func.coalesce(func.max(Scan.requested_at), 0)
    done = func.coalesce(func.max(case((Scan.state == DONE, Scan.requested_at))), 0)
    query = (
        select(Site.key)
        .join(ScanSchedule, ScanSchedule.site_id == Site.id)
        .outerjoin(Scan, Scan.site_id == Site.id)
        .where(ScanSchedule.days > 0, Site.archived_at.is_(None))
        .group_by(Site.id, Site.key, ScanSchedule.days)
        # An hour of grace, since a daily timer may fire a little early.
        .having(done + ScanSchedule.days * DAY_SECONDS - HOUR_SECONDS <= now, last + DAY_SECONDS - HOUR_SECONDS <= now)
        .order_by(last)
    )
    return list(transaction.execute(query).scalars())


def _scans() -> Any:
    return select(*(getattr(Scan, name) for name in ScanRow._fields))


def _by_key(site_id: int) -> tuple[Any, ...]:
    """Return the conditions for a finding by its `_key_params`, so that one statement serves thousands."""
    return FINDINGS.c.site_id == site_id, *(FINDINGS.c[part] == bindparam(f"its_{part}") for part in KEY)


def _key_params(key: tuple[str, str, str]) -> dict[str, str]:
    return {f"its_{part}": value for part, value in zip(KEY, key, strict=True)}


def _matching(site_id: int, key: tuple[str, str, str]) -> tuple[Any, ...]:
    kind, name, host = key
    return (
        ScanFinding.site_id == site_id,
        ScanFinding.kind == kind,
        ScanFinding.name == name,
        ScanFinding.host == host,
    )
