"""Queries of each site's Merkle log: waiting leaves, tiles, and the newest checkpoint."""

import json
from collections.abc import Collection, Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, ScalarSelect, and_, func, literal, or_, select, text, update

from consent.core.merkle import SIZE
from consent.core.proofs import Proofs
from consent.core.tiles import WIDTH, TileName, TileReader
from consent.storage.archive import detached_months
from consent.storage.database.base import Transaction
from consent.storage.tables.archive import DetachedReceipt
from consent.storage.tables.log import INSTANCE, INSTANCE_KEY, LogCheckpoint, LogEntry, LogTile
from consent.storage.tables.receipts import Receipt
from consent.storage.tables.sites import Config, Site


class TreeConflictError(Exception):
    """Somebody else has changed what this round began with; nothing of it may be stored."""


class Waiting(NamedTuple):
    """A site, or the instance, with leaves that are not in its log yet; `oldest` is the unix time of the first one."""

    site_id: int
    key: str
    oldest: int


class Unnumbered(NamedTuple):
    """A receipt that is not in the log yet."""

    id: str
    time: int
    leaf_hash: bytes


class UnloggedConfig(NamedTuple):
    """A published config that is not in the log yet."""

    sha256: str
    version: int
    body: str
    published_at: int
    published_by: str


class Head(NamedTuple):
    """The newest checkpoint: so many leaves, their root, the signed note that says so."""

    size: int
    root: bytes
    note: str
    time: int


AHEAD = 15
"""So many tiles more are read where one comes after the other: 8 kB each."""
_UNNUMBERED = (Receipt.log_index.is_(None),)
# In the words of the index: PostgreSQL would sort all that waits if it were to order by the time alone.
_OLDEST_FIRST = (Receipt.log_index, Receipt.time, Receipt.id)
_NUMBER = {
    # The plus keeps SQLite from reading the other index for each id.
    "sqlite": "UPDATE receipt SET log_index = :first + given.key FROM json_each(:ids) AS given"
    " WHERE receipt.id = given.value AND +receipt.log_index IS NULL",
    # The bounds let PostgreSQL leave out the other months.
    "postgresql": "UPDATE receipt SET log_index = :first + given.place - 1"
    " FROM unnest(CAST(:ids AS text[]), CAST(:times AS bigint[])) WITH ORDINALITY AS given (id, time, place)"
    " WHERE receipt.id = given.id AND receipt.time = given.time AND receipt.time BETWEEN :least AND :most"
    " AND receipt.site_id = :site_id AND receipt.log_index IS NULL",
}
_PUT_TILE = text(
    "INSERT INTO log_tile (site_id, level, number, hashes) VALUES (:site_id, :level, :number, :hashes)"
    " ON CONFLICT (site_id, level, number) DO UPDATE SET hashes = excluded.hashes"
)


def waiting(transaction: Transaction) -> list[Waiting]:
    """Return the logs that something waits for: that of the instance, then those of sites by name."""
    matching = (Receipt.site_id == Site.id, *_UNNUMBERED)
    receipt = select(Receipt.time).where(*matching).order_by(*_OLDEST_FIRST).limit(1).scalar_subquery()
    unlogged = (Config.site_id == Site.id, Config.log_index.is_(None))
    config = select(func.min(Config.published_at)).where(*unlogged).scalar_subquery()
    entry = _oldest_entry(Site.id)
    oldest = (receipt.label("receipt"), config.label("config"), entry.label("entry"))
    every = select(Site.id, Site.key, *oldest).subquery()
    # Each second all sites are looked at, and hardly any has something: only those come to Python.
    has_any = or_(*(every.c[one.name].is_not(None) for one in oldest))
    rows = [*transaction.execute(select(literal(INSTANCE), literal(INSTANCE_KEY), _oldest_entry(INSTANCE)))]
    rows += transaction.execute(select(every).where(has_any).order_by(every.c.key))
    queues = []
    for site_id, key, *times in rows:
        known = [time for time in times if time is not None]
        if known:
            queues.append(Waiting(site_id, key, min(known)))
    return queues


def _oldest_entry(site_id: Any) -> ScalarSelect[Any]:
    unlogged = (LogEntry.site_id == site_id, LogEntry.log_index.is_(None))
    return select(func.min(LogEntry.time)).where(*unlogged).scalar_subquery()


def next_receipts(transaction: Transaction, site_id: int, limit: int) -> list[Unnumbered]:
    """Return receipts of the site without an index, oldest first, also blanked ones: their hash is left."""
    columns = [getattr(Receipt, name) for name in Unnumbered._fields]
    query = select(*columns).where(Receipt.site_id == site_id, *_UNNUMBERED).order_by(*_OLDEST_FIRST).limit(limit)
    return [Unnumbered(*row) for row in transaction.execute(query)]


def next_configs(transaction: Transaction, site_id: int, limit: int) -> list[UnloggedConfig]:
    """Return published configs of the site that are not in its log, in the order of versions."""
    columns = [getattr(Config, name) for name in UnloggedConfig._fields]
    matching = (Config.site_id == site_id, Config.log_index.is_(None))
    query = select(*columns).where(*matching).order_by(Config.version).limit(limit)
    return [UnloggedConfig(*row) for row in transaction.execute(query)]


def head(transaction: Transaction, site_id: int) -> Head | None:
    """Return the newest checkpoint of the site's log, or None where it has no leaf yet."""
    columns = [getattr(LogCheckpoint, name) for name in Head._fields]
    row = transaction.execute(select(*columns).where(LogCheckpoint.site_id == site_id)).one_or_none()
    return Head(*row) if row else None


def every_head(transaction: Transaction, since: int = 0) -> list[tuple[int, str, Head]]:
    """Return the newest checkpoint of each log, with the id and name of the site or of the instance.

    Those of logs that have one, signed at `since`, unix seconds, or later.
    """
    columns = [getattr(LogCheckpoint, name) for name in Head._fields]
    query = select(LogCheckpoint.site_id, Site.key, *columns).join(Site, Site.id == LogCheckpoint.site_id, isouter=True)
    rows = transaction.execute(query.where(LogCheckpoint.time >= since))
    return [(site_id, key or INSTANCE_KEY, Head(*head)) for site_id, key, *head in rows if key or site_id == INSTANCE]


def heads(transaction: Transaction) -> dict[str, Head]:
    """Return the newest checkpoint of each log that has one, by the name of the site or of the instance."""
    return {key: head for _, key, head in every_head(transaction)}


def newest_note(transaction: Transaction) -> str:
    """Return the note of the checkpoint that was signed last, or "" where no log has a leaf."""
    newest = select(LogCheckpoint.note).order_by(LogCheckpoint.time.desc()).limit(1)
    return transaction.execute(newest).scalar_one_or_none() or ""


def newest_time(transaction: Transaction) -> int:
    """Return when the newest checkpoint was signed, in unix seconds; 0 where no log has a leaf."""
    return transaction.execute(select(func.max(LogCheckpoint.time))).scalar() or 0


def put_head(transaction: Transaction, site_id: int, before: Head | None, after: Head) -> None:
    """Save `after` as the newest checkpoint in place of `before`.

    It is what keeps two writers apart, whatever becomes of their locks: both would give the same indexes, and one of
    them gets TreeConflictError here.
    """
    if before is None:
        added = text(
            "INSERT INTO log_checkpoint (site_id, size, root, note, time) VALUES (:site_id, :size, :root, :note, :time)"
            " ON CONFLICT DO NOTHING"
        )
        done: Any = transaction.execute(added, {"site_id": site_id, **after._asdict()})
    else:
        unchanged = (LogCheckpoint.site_id == site_id, LogCheckpoint.size == before.size)
        done = transaction.execute(update(LogCheckpoint).where(*unchanged).values(after._asdict()))
    if done.rowcount != 1:
        raise TreeConflictError


def number_receipts(connection: Connection, site_id: int, receipts: Sequence[Unnumbered], first: int) -> None:
    """Assign `receipts` of the site the indexes from `first` on, in their order; each one once and for ever.

    Raises TreeConflictError where one has an index already.
    """
    if not receipts:
        return
    values: dict[str, Any] = {"first": first}
    times = [receipt.time for receipt in receipts]
    if connection.dialect.name == "sqlite":
        values["ids"] = json.dumps([receipt.id for receipt in receipts])
    else:
        values |= {"ids": [receipt.id for receipt in receipts], "times": times, "site_id": site_id}
        values |= {"least": min(times), "most": max(times)}
    done = connection.execute(text(_NUMBER[connection.dialect.name]), values)
    if done.rowcount != len(receipts):
        raise TreeConflictError


def put_tiles(transaction: Transaction, site_id: int, tiles: dict[TileName, bytes]) -> None:
    """Save `tiles`, over shorter states of the same ones."""
    rows = [{"site_id": site_id, **name._asdict(), "hashes": hashes} for name, hashes in tiles.items()]
    transaction.execute(_PUT_TILE, rows)


def leaves(transaction: Transaction, site_id: int, size: int, first: int = 0) -> int:
    """Return how many leaves from `first` to before `size` are known: receipts, blank or detached ones too, entries."""
    count = detached_months.count(transaction, site_id, size, first)
    for table in (Receipt, LogEntry):
        matching = (table.site_id == site_id, table.log_index >= first, table.log_index < size)
        count += transaction.execute(select(func.count()).where(*matching)).scalar_one()
    return count


def receipts_at(transaction: Transaction, site_id: int, first: int, end: int) -> Iterator[tuple[int, bool, bytes, str]]:
    """Yield number, blankness, leaf hash and signed text of the receipts from number `first` to before `end`, in order."""
    matching = (Receipt.site_id == site_id, Receipt.log_index >= first, Receipt.log_index < end)
    query = select(Receipt.log_index, Receipt.erased, Receipt.leaf_hash, Receipt.jws).where(*matching)
    for index, is_erased, leaf, jws in transaction.execute(query.order_by(Receipt.log_index)):
        yield index or 0, is_erased, leaf, jws


def blank(transaction: Transaction, site_id: int) -> int:
    """Return how many receipts of the site are hashes alone, in the table or in files."""
    return sum(
        transaction.execute(select(func.count()).where(table.site_id == site_id, table.erased.is_(True))).scalar_one()
        for table in (Receipt, DetachedReceipt)
    )


def tiles(transaction: Transaction, site_id: int, names: Collection[TileName]) -> dict[TileName, bytes]:
    """Return those of the tiles `names` that are there."""
    if not names:
        return {}
    same = or_(*(and_(LogTile.level == name.level, LogTile.number == name.number) for name in names))
    query = select(LogTile.level, LogTile.number, LogTile.hashes).where(LogTile.site_id == site_id, same)
    return {TileName(level, number): hashes for level, number, hashes in transaction.execute(query)}


def tile_reader(transaction: Transaction, site_id: int) -> TileReader:
    """Return what reads the hashes of the site's tree in `transaction`."""
    return TileReader(lambda name: tiles(transaction, site_id, [name])[name])


class LogTree:
    """The tree of a site under the checkpoint that was newest when this was made; for exports.

    It keeps a few tiles in memory and no transaction open. `note` is None, and `size` 0, where the log has no leaf.
    """

    def __init__(self, engine: Engine, site_id: int, at: tuple[int, str | None] | None = None) -> None:
        """Read the newest checkpoint, or take the size and note `at` of an earlier one."""
        self._engine, self._site_id = engine, site_id
        self.size, self.note = at or self._newest()
        self._proofs: Proofs | None = None
        self._ahead: dict[TileName, bytes] = {}
        self._loaded = 0

    def proof(self, index: int) -> list[bytes]:
        """Return the path from the leaf `index` to the root."""
        return self._of_leaves().path(index)

    def leaf(self, index: int) -> bytes:
        """Return the hash of the leaf `index`. Raises LookupError or ValueError where the tree does not have it."""
        return self._of_leaves().leaf(index)

    def leaves(self, indexes: Collection[int]) -> list[bytes]:
        """Return the hashes of many leaves, in their order: by one query. An empty one where the tree does not have it."""
        numbers = {index // WIDTH for index in indexes}
        lowest = (LogTile.site_id == self._site_id, LogTile.level == 0, LogTile.number.in_(numbers))
        with self._engine.connect() as connection:
            rows = connection.execute(select(LogTile.number, LogTile.hashes).where(*lowest)).all()
        tile = {row.number: row.hashes for row in rows}
        starts = ((index // WIDTH, index % WIDTH * SIZE) for index in indexes)
        return [tile.get(number, b"")[start : start + SIZE] for number, start in starts]

    def _of_leaves(self) -> Proofs:
        if self._proofs is None:
            self._proofs = Proofs(self._load, self.size)
        return self._proofs

    def _newest(self) -> tuple[int, str | None]:
        with self._engine.connect() as connection:
            newest = head(connection, self._site_id)
        return (newest.size, newest.note) if newest else (0, None)

    def proof_text(self, index: int) -> str:
        """Return that path in hex, `","` between its hashes."""
        return self._of_leaves().text(index)

    def _load(self, name: TileName) -> bytes:
        """Return a tile; where those of leaves are read from new to old, as exports do, the next ones come with it."""
        if name not in self._ahead:
            is_next = name == TileName(0, self._loaded - 1)
            first = max(name.number - AHEAD, 0) if is_next else name.number
            names = [TileName(name.level, number) for number in range(first, name.number + 1)]
            with self._engine.connect() as connection:
                self._ahead = tiles(connection, self._site_id, names)
        if name.level == 0:
            self._loaded = name.number
        return self._ahead.pop(name)
