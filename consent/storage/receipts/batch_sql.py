"""SQL for inserting batches of receipts on the raw DBAPI connection, for SQLite and PostgreSQL."""

import contextlib
import hmac
import secrets
from collections.abc import Callable, Iterator, Sequence
from operator import attrgetter
from typing import Any, NamedTuple, Protocol

import orjson
from sqlalchemy import BigInteger, Boolean, Integer, LargeBinary

from consent.core.receipt import WRITTEN_COLUMNS
from consent.storage.delivery.outbox import EVENT_COLUMNS, NewEvent
from consent.storage.receipts.choice_counters import COUNT_GIVEN, COUNT_NEW, OF_VISIT, choice_counts
from consent.storage.receipts.new_receipt import NewReceipt
from consent.storage.tables.delivery import OutboxEvent
from consent.storage.tables.receipts import Receipt, ReceiptKey, ReceiptPersonal
from consent.storage.tables.statistics import ChoiceCount

Key = tuple[int, str]
Claimed = set[Key]
Row = tuple[Any, ...]

KEY_COLUMNS = ("site_id", "key", "receipt_id", "created_at", "body_mac", "salt")
PERSONAL_COLUMNS = ("receipt_id", "time", "site_id", "visitor", "previous", "salt", "body", "account")

receipt_row = attrgetter(*WRITTEN_COLUMNS)
personal_row = attrgetter("id", "time", "site_id", "visitor", "previous", "salt", "personal", "account")

_SELECT_HELD = """
SELECT k.receipt_id, k.body_mac, k.salt, r.jws FROM receipt_key k
LEFT JOIN receipt r ON r.id = k.receipt_id AND r.time = k.created_at WHERE k.site_id = {0} AND k.key = {0}
"""

_SELECT_CLAIMED = """
SELECT 1 FROM receipt_key k WHERE k.site_id = ? AND k.key = ? AND k.salt = ?
AND NOT EXISTS (SELECT 1 FROM receipt r WHERE r.id = k.receipt_id)
"""


class StoredKey(NamedTuple):
    """What is stored under the key of an earlier receipt."""

    receipt_id: str
    body_mac: bytes | None
    salt: bytes | None
    jws: str | None

    @property
    def is_erased(self) -> bool:
        """Return whether the receipt was erased and only its key is left."""
        return self.body_mac is None or self.salt is None or not self.jws

    def is_of(self, body: bytes) -> bool:
        """Return whether the earlier receipt was made from `body`."""
        return self.salt is not None and hmac.compare_digest(mac_of(self.salt, body), self.body_mac or b"")


def mac_of(salt: bytes, body: bytes) -> bytes:
    """Return the MAC of a request body; the salt makes equal bodies of two visitors differ."""
    return hmac.digest(salt, body, "sha256")


def key_row(new: NewReceipt) -> Row:
    """Return the `receipt_key` row for `new`."""
    salt = new.key_salt or secrets.token_bytes(16)
    return (new.site_id, new.key, new.id, new.time, mac_of(salt, new.body), salt)


class Batches(Protocol):
    """The database operations that the writer needs."""

    def prepare(self, connection: Any) -> None:
        """Set up the writer's DBAPI connection."""

    def commit(self, connection: Any, batch: Sequence[tuple[Row, NewReceipt]], before: Callable[[], object]) -> Claimed:
        """Durably write the pairs of key row and receipt whose key is new, and return their keys.

        `before` is called when all that remains is waiting for the disk.
        """

    def insert(self, connection: Any, batch: Sequence[tuple[Row, NewReceipt]]) -> Claimed:
        """Write those with a new key in the transaction of `connection`, and return their keys."""

    def stored(self, connection: Any, key: Key) -> StoredKey | None:
        """Return what was stored under `key` before this batch, or None."""


class SqliteBatches:
    """Three multi-row statements, a fourth if other systems are notified, and one for the counts.

    sqlite3 releases the interpreter lock for every statement, and then queues with all request threads to get it back.
    `executemany`, which runs one statement per row, would wait hundreds of times per batch, and RETURNING once per row.
    """

    def prepare(self, connection: Any) -> None:
        """Do nothing: the engine has set up the connection."""

    def commit(self, connection: Any, batch: Sequence[tuple[Row, NewReceipt]], before: Callable[[], object]) -> Claimed:
        """Durably write those with a new key, and return their keys."""
        claimed = self.insert(connection, batch)
        before()
        connection.commit()
        return claimed

    def insert(self, connection: Any, batch: Sequence[tuple[Row, NewReceipt]]) -> Claimed:
        """Write those with a new key in the transaction of `connection`, and return their keys."""
        written: list[NewReceipt] = []
        with contextlib.closing(connection.cursor()) as cursor:
            for part in _parts(batch):
                written += self._insert(cursor, part)
            if written:
                cursor.execute(COUNT_GIVEN, (choice_counts(written),))
        return {(new.site_id, new.key) for new in written}

    def stored(self, connection: Any, key: Key) -> StoredKey | None:
        """Return what was stored under `key` before this batch, or None."""
        row = connection.execute(_SELECT_HELD.format("?"), key).fetchone()
        return StoredKey(*row) if row else None

    def _insert(self, cursor: Any, part: Sequence[tuple[Row, NewReceipt]]) -> list[NewReceipt]:
        """Insert those with a new key, and return them."""
        keys = [row for row, _ in part]
        cursor.execute(insert_many("receipt_key", KEY_COLUMNS, len(keys)) + " ON CONFLICT DO NOTHING", _flat(keys))
        if cursor.rowcount < len(keys):
            part = [(row, new) for row, new in part if self._is_claimed(cursor, row)]
        news = [new for _, new in part]
        personal = [personal_row(new) for new in news if new.salt is not None]
        if news:
            cursor.execute(
                insert_many("receipt", WRITTEN_COLUMNS, len(news)), _flat([receipt_row(new) for new in news])
            )
        if personal:
            cursor.execute(insert_many("receipt_personal", PERSONAL_COLUMNS, len(personal)), _flat(personal))
        events = [new.event for new in news if new.event is not None]
        if events:
            cursor.execute(insert_many("outbox", EVENT_COLUMNS, len(events)), _flat(events))
        return news

    def _is_claimed(self, cursor: Any, row: Row) -> bool:
        """Return whether `row` was just inserted: its key is stored with the same salt, and has no receipt yet."""
        site_id, key, *_, salt = row
        return bool(cursor.execute(_SELECT_CLAIMED, (site_id, key, salt)).fetchone())


class PostgresBatches:
    """One statement per batch, which is its own transaction and takes one round trip to the server.

    The rows are sent as one JSON text: psycopg would adapt some forty parameters per receipt one by one.
    """

    def prepare(self, connection: Any) -> None:
        """Enable autocommit."""
        connection.autocommit = True

    def commit(self, connection: Any, batch: Sequence[tuple[Row, NewReceipt]], before: Callable[[], object]) -> Claimed:
        """Durably write those with a new key, and return their keys; waits for other nodes inserting the same keys."""
        return self._run(connection, batch, before)

    def insert(self, connection: Any, batch: Sequence[tuple[Row, NewReceipt]]) -> Claimed:
        """Write those with a new key in the transaction of `connection`, and return their keys."""
        return self._run(connection, batch, lambda: None)

    def _run(self, connection: Any, batch: Sequence[tuple[Row, NewReceipt]], before: Callable[[], object]) -> Claimed:
        text = orjson.dumps([_json_row(row, new) for row, new in batch]).decode()
        events = [_json_event(new.event) for _, new in batch if new.event is not None]
        before()
        with contextlib.closing(connection.cursor()) as cursor:
            # Behind a pooler, the next batch may reach a server that hasn't prepared the statement.
            if events:
                values = (text, orjson.dumps(events).decode())
                cursor.execute(_POSTGRES_INSERT_WITH_EVENTS, values, prepare=not connection.is_pooled)
            else:
                cursor.execute(_POSTGRES_INSERT, (text,), prepare=not connection.is_pooled)
            return set(cursor.fetchall())

    def stored(self, connection: Any, key: Key) -> StoredKey | None:
        """Return what was stored under `key` before this batch, or None."""
        row = connection.execute(_SELECT_HELD.format("%s"), key).fetchone()
        return StoredKey(*row) if row else None


_POSTGRES_TYPES: dict[type, str] = {BigInteger: "bigint", Boolean: "boolean", Integer: "integer", LargeBinary: "bytea"}
_TYPES = {
    column.name: _POSTGRES_TYPES.get(type(column.type), "text")
    for model in (ReceiptKey, ReceiptPersonal, Receipt, ChoiceCount)
    for column in model.__table__.columns
}
_EVENT_TYPES = ", ".join(
    f"{column.name} {_POSTGRES_TYPES.get(type(column.type), 'text')}"
    for column in OutboxEvent.__table__.columns
    if column.name in EVENT_COLUMNS
)
_COLUMN_OF = {"key_salt": "salt", "personal": "body"}
"""The columns of `given` whose name in their table differs."""
_OF_KEY = ("key", "body_mac", "key_salt")
_OF_PERSONAL = ("visitor", "previous", "salt", "personal", "account")
_GIVEN_COLUMNS = (*_OF_KEY, *WRITTEN_COLUMNS, *_OF_PERSONAL, *OF_VISIT)
_TYPED_COLUMNS = [f"{name} {_TYPES[_COLUMN_OF.get(name, name)]}" for name in _GIVEN_COLUMNS]
_unsigned_values = attrgetter(*_OF_PERSONAL, *OF_VISIT)
_POSTGRES_WRITES = f"""
WITH given AS (
    SELECT * FROM json_to_recordset(%s::json) AS given ({", ".join(_TYPED_COLUMNS)})
), claimed AS (
    INSERT INTO receipt_key ({", ".join(KEY_COLUMNS)})
    SELECT site_id, key, id, time, body_mac, key_salt FROM given
    ON CONFLICT DO NOTHING RETURNING site_id, key
), new AS (
    SELECT given.* FROM given JOIN claimed USING (site_id, key)
), public AS (
    INSERT INTO receipt ({", ".join(WRITTEN_COLUMNS)}) SELECT {", ".join(WRITTEN_COLUMNS)} FROM new
), personal AS (
    INSERT INTO receipt_personal ({", ".join(PERSONAL_COLUMNS)})
    SELECT id, time, site_id, visitor, previous, salt, personal, account FROM new WHERE salt IS NOT NULL
), counted AS ({COUNT_NEW.replace("%", "%%")})
"""  # noqa: S608 - only the names above
_POSTGRES_EVENTS = f""", events AS (
    INSERT INTO outbox ({", ".join(EVENT_COLUMNS)})
    SELECT {", ".join(f"event.{name}" for name in EVENT_COLUMNS)}
    FROM json_to_recordset(%s::json) AS event ({_EVENT_TYPES}) JOIN new ON new.id = event.receipt_id
)
"""  # noqa: S608 - only the names above
_POSTGRES_CLAIMED = "SELECT site_id, key FROM claimed"
_POSTGRES_INSERT = _POSTGRES_WRITES + _POSTGRES_CLAIMED
_POSTGRES_INSERT_WITH_EVENTS = _POSTGRES_WRITES + _POSTGRES_EVENTS + _POSTGRES_CLAIMED


def _json_row(key: Row, new: NewReceipt) -> dict[str, object]:
    *_, mac, salt = key
    values = (new.key, mac, salt, *receipt_row(new), *_unsigned_values(new))
    return {
        name: "\\x" + value.hex() if isinstance(value, bytes) else value
        for name, value in zip(_GIVEN_COLUMNS, values, strict=True)
    }


def _json_event(event: NewEvent) -> dict[str, object]:
    sealed = event.sealed
    return event._asdict() | {"sealed": None if sealed is None else "\\x" + sealed.hex()}


def batches_for(dialect: str) -> Batches:
    """Return the implementation for the database `dialect`."""
    return SqliteBatches() if dialect == "sqlite" else PostgresBatches()


def _parts(rows: Sequence[Row], largest: int = 64) -> Iterator[Sequence[Row]]:
    """Split `rows` into parts; sqlite3 caches one compiled statement per part length, up to `CACHED_STATEMENTS`."""
    for start in range(0, len(rows), largest):
        yield rows[start : start + largest]


def insert_many(table: str, columns: Sequence[str], count: int) -> str:
    row = f"({', '.join('?' * len(columns))})"
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES {', '.join([row] * count)}"  # noqa: S608


def _flat(rows: Sequence[Row]) -> list[Any]:
    return [value for row in rows for value in row]
