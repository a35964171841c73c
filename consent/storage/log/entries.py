"""Queries for log entries other than receipts: written with the change they record, numbered by the sequencer."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Engine, insert, select, text, update

from consent.storage.database.base import Transaction
from consent.storage.log.entry_index import words_of
from consent.storage.log.tree_store import TreeConflictError
from consent.storage.tables.log import LogEntry
from consent.storage.tables.sites import Config


class NewEntry(NamedTuple):
    """A leaf to be written; `log_index` is None if the sequencer assigns it later, `time` is in unix seconds."""

    site_id: int
    time: int
    kind: str
    subject: str
    leaf_hash: bytes
    jws: str
    actor: str | None = None
    log_index: int | None = None


class UnnumberedEntry(NamedTuple):
    """An entry without a log index."""

    id: int
    leaf_hash: bytes


class Entry(NamedTuple):
    """A leaf that isn't a receipt; `log_index` is None until it is in the log."""

    log_index: int | None
    kind: str
    subject: str
    leaf_hash: bytes
    jws: str


def add(transaction: Transaction, entry: NewEntry) -> None:
    """Save an entry and its search words; the sequencer adds it to the log within seconds of the commit."""
    written = insert(LogEntry).values(entry._asdict()).returning(LogEntry.id)
    number = transaction.execute(written).scalar_one()
    words = words_of(entry.kind, entry.subject, entry.actor, entry.jws)
    transaction.execute(_PUT_WORDS, {"site_id": entry.site_id, "entry_id": number, **words._asdict()})


def next_entries(transaction: Transaction, site_id: int, limit: int) -> list[UnnumberedEntry]:
    """Return entries of the site (or the instance) without an index, in the order they were written."""
    matching = (LogEntry.site_id == site_id, LogEntry.log_index.is_(None))
    query = select(LogEntry.id, LogEntry.leaf_hash).where(*matching).order_by(LogEntry.id).limit(limit)
    return [UnnumberedEntry(*row) for row in transaction.execute(query)]


def number_entries(transaction: Transaction, entries: Sequence[UnnumberedEntry], first: int) -> None:
    """Assign consecutive indexes starting at `first` to `entries`, in order and permanently.

    Raises TreeConflictError if one already has an index.
    """
    for index, entry in enumerate(entries, first):
        unplaced = (LogEntry.id == entry.id, LogEntry.log_index.is_(None))
        done: Any = transaction.execute(update(LogEntry).where(*unplaced).values(log_index=index))
        if done.rowcount != 1:
            raise TreeConflictError


def put_configs(transaction: Transaction, leaves: Sequence[NewEntry]) -> None:
    """Save the leaves of published configs, which have their indexes already, and set the configs' indexes."""
    for entry in leaves:
        add(transaction, entry)
        matching = (Config.site_id == entry.site_id, Config.sha256 == entry.subject)
        transaction.execute(update(Config).where(*matching).values(log_index=entry.log_index))


def config_entry(transaction: Transaction, site_id: int, name: str) -> Entry | None:
    """Return the leaf of the site's config `name`, or None if it isn't in the log yet."""
    index = select(Config.log_index).where(Config.site_id == site_id, Config.sha256 == name).scalar_subquery()
    matching = (LogEntry.site_id == site_id, LogEntry.log_index == index)
    row = transaction.execute(select(*_COLUMNS).where(*matching)).one_or_none()
    return Entry(*row) if row else None


def of_kind(transaction: Transaction, site_id: int, kind: str) -> list[Entry]:
    """Return all entries of a kind in the site's log, in the order they were written."""
    matching = (LogEntry.site_id == site_id, LogEntry.kind == kind)
    return [Entry(*row) for row in transaction.execute(select(*_COLUMNS).where(*matching).order_by(LogEntry.id))]


def of_action(transaction: Transaction, site_id: int, action: str) -> list[Entry]:
    """Return the audit entries for an action in the site's log, in the order they were written."""
    matching = (LogEntry.site_id == site_id, LogEntry.subject == action, LogEntry.kind == "audit")
    return [Entry(*row) for row in transaction.execute(select(*_COLUMNS).where(*matching).order_by(LogEntry.id))]


def of_action_since(transaction: Transaction, site_id: int, action: str, since: int) -> Iterator[Entry]:
    """Yield the audit entries for an action in the site's log since a unix time, in the order they were written."""
    matching = (
        LogEntry.site_id == site_id,
        LogEntry.subject == action,
        LogEntry.kind == "audit",
        LogEntry.time >= since,
    )
    query = select(*_COLUMNS).where(*matching).order_by(LogEntry.id)
    for row in transaction.execute(query, execution_options={"yield_per": 100}):
        yield Entry(*row)


def newest_of_subject(transaction: Transaction, site_id: int, subject: str, limit: int) -> list[Entry]:
    """Return the newest entries about `subject` in the site's log, newest first."""
    matching = (LogEntry.site_id == site_id, LogEntry.subject == subject)
    query = select(*_COLUMNS).where(*matching).order_by(LogEntry.id.desc()).limit(limit)
    return [Entry(*row) for row in transaction.execute(query)]


def first_and_last(transaction: Transaction) -> list[str]:
    """Return the JWS of the first and of the newest entry across all logs, or an empty list."""
    entries: list[str] = []
    for order in (LogEntry.id, LogEntry.id.desc()):
        entries += transaction.execute(select(LogEntry.jws).order_by(order).limit(1)).scalars()
    return entries


def stream(engine: Engine, site_id: int, step: int = 1000) -> Iterator[Entry]:
    """Yield all entries of the site's log in the order they were written, with up to `step` of them in memory.

    Each step is a separate query, as in `export_rows.stream`.
    """
    last = 0
    while True:
        matching = (LogEntry.site_id == site_id, LogEntry.id > last)
        with engine.connect() as connection:
            rows = connection.execute(
                select(LogEntry.id, *_COLUMNS).where(*matching).order_by(LogEntry.id).limit(step)
            ).all()
        for last, *entry in rows:  # noqa: B007 - the next query continues after it
            yield Entry(*entry)
        if len(rows) < step:
            return


_COLUMNS = [getattr(LogEntry, name) for name in Entry._fields]
_PUT_WORDS = text(
    "INSERT INTO log_entry_search (site_id, entry_id, actor, target, words)"
    " VALUES (:site_id, :entry_id, :actor, :target, :words) ON CONFLICT (site_id, entry_id)"
    " DO UPDATE SET actor = excluded.actor, target = excluded.target, words = excluded.words"
)
"""An upsert: SQLite reuses the id of a row deleted by hand, which must not cause an error."""
