"""Queries for each site's Merkle log: pending leaves, tiles, and the newest checkpoint."""

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
    """Another process changed the state that this round started from; nothing of the round may be stored."""


class Waiting(NamedTuple):
    """A site, or the instance, with leaves not in its log yet; `oldest` is the unix time of the oldest leaf."""

    site_id: int
    key: str
    oldest: int


class Unnumbered(NamedTuple):
    """A receipt that isn't in the log yet."""

    id: str
    time: int
    leaf_hash: bytes


class UnloggedConfig(NamedTuple):
    """A published config that isn't in the log yet."""

    sha256: str
    version: int
    body: str
    published_at: int
    published_by: str


class Head(NamedTuple):
    """The newest checkpoint: number of leaves, root hash, signed note and time."""

    size: int
    root: bytes
    note: str
    time: int


AHEAD = 15
"""How many more tiles are prefetched when reading sequentially; each is 8 kB."""
_UNNUMBERED = (Receipt.log_index.is_(None),)
# The columns of the index: ordering by time alone would make PostgreSQL sort all pending receipts.
_OLDEST_FIRST = (Receipt.log_index, Receipt.time, Receipt.id)
_NUMBER = {
    # The plus keeps SQLite from reading the other index for each id.
    "sqlite": "UPDATE receipt SET log_index = :first + given.key FROM json_each(:ids) AS given"
    " WHERE receipt.id = given.value AND +receipt.log_index IS NULL",
    # The time bounds let PostgreSQL skip the other months.
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
    """Return the logs with pending leaves: the instance's first, then the sites' by key."""
    matching = (Receipt.site_id == Site.id, *_UNNUMBERED)
    receipt = select(Receipt.time).where(*matching).order_by(*_OLDEST_FIRST).limit(1).scalar_subquery()
    unlogged = (Config.site_id == Site.id, Config.log_index.is_(None))
    config = select(func.min(Config.published_at)).where(*unlogged).scalar_subquery()
    entry = _oldest_entry(Site.id)
    oldest = (receipt.label("receipt"), config.label("config"), entry.label("entry"))
    all_sites = select(Site.id, Site.key, *oldest).subquery()
    # This runs every second over all sites, and hardly any has something pending: fetch only those.
    has_any = or_(*(all_sites.c[one.name].is_not(None) for one in oldest))
    rows = [*transaction.execute(select(literal(INSTANCE), literal(INSTANCE_KEY), _oldest_entry(INSTANCE)))]
    rows += transaction.execute(select(all_sites).where(has_any).order_by(all_sites.c.key))
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
    """Return the site's receipts without an index, oldest first, including blank ones, which still have their hash."""
    columns = [getattr(Receipt, name) for name in Unnumbered._fields]
    query = select(*columns).where(Receipt.site_id == site_id, *_UNNUMBERED).order_by(*_OLDEST_FIRST).limit(limit)
    return [Unnumbered(*row) for row in transaction.execute(query)]


def next_configs(transaction: Transaction, site_id: int, limit: int) -> list[UnloggedConfig]:
    """Return the site's published configs that aren't in its log, in order of version."""
    columns = [getattr(Config, name) for name in UnloggedConfig._fields]
    matching = (Config.site_id == site_id, Config.log_index.is_(None))
    query = select(*columns).where(*matching).order_by(Config.version).limit(limit)
    return [UnloggedConfig(*row) for row in transaction.execute(query)]


def head(transaction: Transaction, site_id: int) -> Head | None:
    """Return the newest checkpoint of the site's log, or None if it has no leaves yet."""
    columns = [getattr(LogCheckpoint, name) for name in Head._fields]
    row = transaction.execute(select(*columns).where(LogCheckpoint.site_id == site_id)).one_or_none()
    return Head(*row) if row else None


def every_head(transaction: Transaction, since: int = 0) -> list[tuple[int, str, Head]]:
    """Return each log's newest checkpoint, with the id and key of its site or of the instance.

    Includes only checkpoints signed at or after `since`, in unix seconds.
    """
    columns = [getattr(LogCheckpoint, name) for name in Head._fields]
    query = select(LogCheckpoint.site_id, Site.key, *columns).join(Site, Site.id == LogCheckpoint.site_id, isouter=True)
    rows = transaction.execute(query.where(LogCheckpoint.time >= since))
    return [(site_id, key or INSTANCE_KEY, Head(*head)) for site_id, key, *head in rows if key or site_id == INSTANCE]


def heads(transaction: Transaction) -> dict[str, Head]:
    """Return the newest checkpoint of each log that has one, by the key of its site or of the instance."""
    return {key: head for _, key, head in every_head(transaction)}


def newest_note(transaction: Transaction) -> str:
    """Return the note of the most recently signed checkpoint, or "" if no log has leaves."""
    newest = select(LogCheckpoint.note).order_by(LogCheckpoint.time.desc()).limit(1)
    return transaction.execute(newest).scalar_one_or_none() or ""


def newest_time(transaction: Transaction) -> int:
    """Return when the newest checkpoint was signed, in unix seconds; 0 if no log has leaves."""
    return transaction.execute(select(func.max(LogCheckpoint.time))).scalar() or 0


def put_head(transaction: Transaction, site_id: int, before: Head | None, after: Head) -> None:
    """Replace `before` with `after` as the newest checkpoint.

    This keeps two writers apart even if their locks fail: both would assign the same indexes, and one of them gets
    TreeConflictError here.
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
    """Assign consecutive indexes starting at `first` to the site's `receipts`, in order and permanently.

    Raises TreeConflictError if one already has an index.
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
    """Save `tiles`, replacing shorter versions of the same tiles."""
    rows = [{"site_id": site_id, **name._asdict(), "hashes": hashes} for name, hashes in tiles.items()]
    transaction.execute(_PUT_TILE, rows)


def leaves(transaction: Transaction, site_id: int, size: int, first: int = 0) -> int:
    """Return how many leaves from `first` to before `size` are stored: entries and receipts, also blank or detached."""
    count = detached_months.count(transaction, site_id, size, first)
    for table in (Receipt, LogEntry):
        matching = (table.site_id == site_id, table.log_index >= first, table.log_index < size)
        count += transaction.execute(select(func.count()).where(*matching)).scalar_one()
    return count


def receipts_at(transaction: Transaction, site_id: int, first: int, end: int) -> Iterator[tuple[int, bool, bytes, str]]:
    """Yield index, erased flag, leaf hash and signed text of the receipts from `first` to before `end`, in order."""
    matching = (Receipt.site_id == site_id, Receipt.log_index >= first, Receipt.log_index < end)
    query = select(Receipt.log_index, Receipt.erased, Receipt.leaf_hash, Receipt.jws).where(*matching)
    for index, is_erased, leaf, jws in transaction.execute(query.order_by(Receipt.log_index)):
        yield index or 0, is_erased, leaf, jws


def blank(transaction: Transaction, site_id: int) -> int:
    """Return how many of the site's receipts are reduced to their hash, in the table or in files."""
    return sum(
        transaction.execute(select(func.count()).where(table.site_id == site_id, table.erased.is_(True))).scalar_one()
        for table in (Receipt, DetachedReceipt)
    )


def tiles(transaction: Transaction, site_id: int, names: Collection[TileName]) -> dict[TileName, bytes]:
    """Return those of the tiles `names` that exist."""
    if not names:
        return {}
    same = or_(*(and_(LogTile.level == name.level, LogTile.number == name.number) for name in names))
    query = select(LogTile.level, LogTile.number, LogTile.hashes).where(LogTile.site_id == site_id, same)
    return {TileName(level, number): hashes for level, number, hashes in transaction.execute(query)}


def tile_reader(transaction: Transaction, site_id: int) -> TileReader:
    """Return a reader of the hashes of the site's tree in `transaction`."""
    return TileReader(lambda name: tiles(transaction, site_id, [name])[name])


class LogTree:
    """A site's tree under the checkpoint that was newest at creation; for exports.

    Keeps a few tiles in memory but no open transaction. If the log has no leaves, `note` is None and `size` 0.
    """

    def __init__(self, engine: Engine, site_id: int, at: tuple[int, str | None] | None = None) -> None:
        """Read the newest checkpoint, or use the size and note of an earlier one given by `at`."""
        self._engine, self._site_id = engine, site_id
        self.size, self.note = at or self._newest()
        self._proofs: Proofs | None = None
        self._ahead: dict[TileName, bytes] = {}
        self._last_loaded = 0

    def proof(self, index: int) -> list[bytes]:
        """Return the path from the leaf `index` to the root."""
        return self._leaf_proofs().path(index)

    def leaf(self, index: int) -> bytes:
        """Return the hash of the leaf `index`. Raises LookupError or ValueError if the tree doesn't have it."""
        return self._leaf_proofs().leaf(index)

    def leaves(self, indexes: Collection[int]) -> list[bytes]:
        """Return the hashes of many leaves, in order, with a single query; b"" for leaves that aren't stored."""
        numbers = {index // WIDTH for index in indexes}
        lowest = (LogTile.site_id == self._site_id, LogTile.level == 0, LogTile.number.in_(numbers))
        with self._engine.connect() as connection:
            rows = connection.execute(select(LogTile.number, LogTile.hashes).where(*lowest)).all()
        tile = {row.number: row.hashes for row in rows}
        starts = ((index // WIDTH, index % WIDTH * SIZE) for index in indexes)
        return [tile.get(number, b"")[start : start + SIZE] for number, start in starts]

    def _leaf_proofs(self) -> Proofs:
        if self._proofs is None:
            self._proofs = Proofs(self._load_tile, self.size)
        return self._proofs

    def _newest(self) -> tuple[int, str | None]:
        with self._engine.connect() as connection:
            newest = head(connection, self._site_id)
        return (newest.size, newest.note) if newest else (0, None)

    def proof_text(self, index: int) -> str:
        """Return that path as hex hashes separated by `","`."""
        return self._leaf_proofs().text(index)

    def _load_tile(self, name: TileName) -> bytes:
        """Return a tile, prefetching the next ones if leaf tiles are read from new to old, as exports do."""
        if name not in self._ahead:
            is_next = name == TileName(0, self._last_loaded - 1)
            first = max(name.number - AHEAD, 0) if is_next else name.number
            names = [TileName(name.level, number) for number in range(first, name.number + 1)]
            with self._engine.connect() as connection:
                self._ahead = tiles(connection, self._site_id, names)
        if name.level == 0:
            self._last_loaded = name.number
        return self._ahead.pop(name)
