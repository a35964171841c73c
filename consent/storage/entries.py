"""The leaves of a log that are no receipts: written with what they tell of, and numbered afterwards by the sequencer."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Engine, insert, select, text, update

from consent.storage.base import Transaction
from consent.storage.entry_words import words_of
from consent.storage.log import Conflict
from consent.storage.log_models import LogEntry
from consent.storage.site_models import Config


class NewEntry(NamedTuple):
    """A leaf to be written; `log_index` is None where the sequencer gives it later, `time` is in unix seconds."""

    site_id: int
    time: int
    kind: str
    subject: str
    leaf_hash: bytes
    jws: str
    actor: str | None = None
    log_index: int | None = None


class Unplaced(NamedTuple):
    """An entry that is not in the log yet."""

    id: int
    leaf_hash: bytes


class Entry(NamedTuple):
    """A leaf that is no receipt; `log_index` is None until it is in the log."""

    log_index: int | None
    kind: str
    subject: str
    leaf_hash: bytes
    jws: str


def add(transaction: Transaction, entry: NewEntry) -> None:
    """Keep an entry and its words; the sequencer puts it into its log within seconds after the commit."""
    written = insert(LogEntry).values(entry._asdict()).returning(LogEntry.id)
    number = transaction.execute(written).scalar_one()
    found = words_of(entry.kind, entry.subject, entry.actor, entry.jws)
    transaction.execute(_PUT_WORDS, {"site_id": entry.site_id, "entry_id": number, **found._asdict()})


def next_entries(transaction: Transaction, site_id: int, limit: int) -> list[Unplaced]:
    """Return entries of the site (or of the instance) without an index, in the order in which they were written."""
    mine = (LogEntry.site_id == site_id, LogEntry.log_index.is_(None))
    query = select(LogEntry.id, LogEntry.leaf_hash).where(*mine).order_by(LogEntry.id).limit(limit)
    return [Unplaced(*row) for row in transaction.execute(query)]


def number_entries(transaction: Transaction, found: Sequence[Unplaced], first: int) -> None:
    """Give entries the indexes from `first` on, in their order; each one once and for ever.

    Raises Conflict where one has an index already.
    """
    for index, entry in enumerate(found, first):
        unplaced = (LogEntry.id == entry.id, LogEntry.log_index.is_(None))
        done: Any = transaction.execute(update(LogEntry).where(*unplaced).values(log_index=index))
        if done.rowcount != 1:
            raise Conflict


def put_configs(transaction: Transaction, leaves: Sequence[NewEntry]) -> None:
    """Keep the leaves of published configs, which have their index already, and give it to the configs too."""
    for entry in leaves:
        add(transaction, entry)
        mine = (Config.site_id == entry.site_id, Config.sha256 == entry.subject)
        transaction.execute(update(Config).where(*mine).values(log_index=entry.log_index))


def config_entry(transaction: Transaction, site_id: int, name: str) -> Entry | None:
    """Return the leaf of the config `name` of the site, or None where there is none yet."""
    index = select(Config.log_index).where(Config.site_id == site_id, Config.sha256 == name).scalar_subquery()
    mine = (LogEntry.site_id == site_id, LogEntry.log_index == index)
    row = transaction.execute(select(*_COLUMNS).where(*mine)).one_or_none()
    return Entry(*row) if row else None


def of_kind(transaction: Transaction, site_id: int, kind: str) -> list[Entry]:
    """Return all entries of a kind in the site's log, in the order in which they were written."""
    mine = (LogEntry.site_id == site_id, LogEntry.kind == kind)
    return [Entry(*row) for row in transaction.execute(select(*_COLUMNS).where(*mine).order_by(LogEntry.id))]


def first_and_last(transaction: Transaction) -> list[str]:
    """Return the JWS of the first and of the newest entry of all logs, or nothing where there is none."""
    found: list[str] = []
    for order in (LogEntry.id, LogEntry.id.desc()):
        found += transaction.execute(select(LogEntry.jws).order_by(order).limit(1)).scalars()
    return found


def stream(engine: Engine, site_id: int, step: int = 1000) -> Iterator[Entry]:
    """Yield all entries of the site's log in the order in which they were written, holding `step` of them at a time.

    Each step is a query of its own, as in `export_rows.stream`.
    """
    last = 0
    while True:
        mine = (LogEntry.site_id == site_id, LogEntry.id > last)
        with engine.connect() as connection:
            rows = connection.execute(
                select(LogEntry.id, *_COLUMNS).where(*mine).order_by(LogEntry.id).limit(step)
            ).all()
        for last, *entry in rows:  # noqa: B007 - the next step goes on behind it
            yield Entry(*entry)
        if len(rows) < step:
            return


_COLUMNS = [getattr(LogEntry, name) for name in Entry._fields]
_PUT_WORDS = text(
    "INSERT INTO log_entry_words (site_id, entry_id, actor, about, words)"
    " VALUES (:site_id, :entry_id, :actor, :about, :words) ON CONFLICT (site_id, entry_id)"
    " DO UPDATE SET actor = excluded.actor, about = excluded.about, words = excluded.words"
)
"""SQLite gives the id of a row that somebody took out by hand to the next one: nothing may fail over that."""
