"""The SQL by which a batch of receipts is written, on the DBAPI connection itself, for each database."""

import hashlib
import hmac
import secrets
from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import Any, NamedTuple, Protocol

from consent.storage.new_receipt import NewReceipt

Key = tuple[int, str]
Row = tuple[Any, ...]

KEY_COLUMNS = ("site_id", "key", "receipt_id", "created_at", "body_mac", "salt")
RECEIPT_COLUMNS = (
    *("id", "time", "site_id", "origin_checked", "action", "method", "country", "subdivision", "regime"),
    *("language", "variant", "functional", "analytics", "advertising", "gpc", "dnt", "age_band", "layer"),
    *("expires", "config", "vendors", "leaf_hash", "jws"),
)
PERSONAL_COLUMNS = ("receipt_id", "time", "site_id", "visitor", "previous", "salt", "body")

receipt_row = attrgetter(*RECEIPT_COLUMNS)
personal_row = attrgetter("id", "time", "site_id", "visitor", "previous", "salt", "personal")

_HELD = """
SELECT k.receipt_id, k.body_mac, k.salt, r.jws FROM receipt_key k
LEFT JOIN receipt r ON r.id = k.receipt_id AND r.time = k.created_at WHERE k.site_id = {0} AND k.key = {0}
"""


class Held(NamedTuple):
    """What an earlier receipt left under a key."""

    receipt_id: str
    body_mac: bytes | None
    salt: bytes | None
    jws: str | None

    @property
    def is_erased(self) -> bool:
        """Tell whether only the key is left."""
        return self.body_mac is None or self.salt is None or not self.jws

    def is_of(self, body: bytes) -> bool:
        """Tell whether the earlier receipt was made from `body`."""
        return self.salt is not None and hmac.compare_digest(mac_of(self.salt, body), self.body_mac or b"")


def mac_of(salt: bytes, body: bytes) -> bytes:
    """Return the MAC of a request body; salted, so that equal bodies of two visitors look different."""
    return hmac.new(salt, body, hashlib.sha256).digest()


def key_row(new: NewReceipt) -> Row:
    """Return the row of `receipt_key` for `new`."""
    salt = new.key_salt or secrets.token_bytes(16)
    return (new.site_id, new.key, new.id, new.time, mac_of(salt, new.body), salt)


class Batches(Protocol):
    """What the writer needs of a database. Nothing here commits."""

    def claim(self, cursor: Any, keys: Sequence[Row]) -> set[Key]:
        """Insert those of `keys` that are new and return them; wait for others who insert the same."""

    def held(self, cursor: Any, key: Key) -> Held | None:
        """Return what was held under `key` before this batch."""

    def add(self, cursor: Any, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        """Insert `rows` into `table`."""


class SqliteBatches:
    """Few statements with many rows each.

    sqlite3 gives up the interpreter's lock for every statement it runs and waits in line with all request
    threads to get it back: `executemany`, which runs one for each row, waits hundreds of times a batch.
    """

    def claim(self, cursor: Any, keys: Sequence[Row]) -> set[Key]:
        """Insert those of `keys` that are new and return them."""
        claimed: set[Key] = set()
        for part in _parts(keys):
            sql = _insert("receipt_key", KEY_COLUMNS, len(part))
            cursor.execute(f"{sql} ON CONFLICT DO NOTHING RETURNING site_id, key", _flat(part))
            claimed.update(cursor.fetchall())
        return claimed

    def held(self, cursor: Any, key: Key) -> Held | None:
        """Return what was held under `key` before this batch."""
        row = cursor.execute(_HELD.format("?"), key).fetchone()
        return Held(*row) if row else None

    def add(self, cursor: Any, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        """Insert `rows` into `table`."""
        for part in _parts(rows):
            cursor.execute(_insert(table, columns, len(part)), _flat(part))


class PostgresBatches:
    """COPY for the rows; the keys as arrays in one statement, since COPY knows no ON CONFLICT."""

    _CLAIM = """
    INSERT INTO receipt_key (site_id, key, receipt_id, created_at, body_mac, salt)
    SELECT * FROM unnest(%b::int[], %b::text[], %b::text[], %b::bigint[], %b::bytea[], %b::bytea[])
    ON CONFLICT DO NOTHING RETURNING site_id, key
    """

    def claim(self, cursor: Any, keys: Sequence[Row]) -> set[Key]:
        """Insert those of `keys` that are new and return them; wait for other nodes that insert the same."""
        cursor.execute(self._CLAIM, [list(column) for column in zip(*keys, strict=True)])
        return set(cursor.fetchall())

    def held(self, cursor: Any, key: Key) -> Held | None:
        """Return what was held under `key` before this batch."""
        row = cursor.execute(_HELD.format("%s"), key).fetchone()
        return Held(*row) if row else None

    def add(self, cursor: Any, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        """Insert `rows` into `table`."""
        with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)


def batches_for(dialect: str) -> Batches:
    """Return the way of the database `dialect`."""
    return SqliteBatches() if dialect == "sqlite" else PostgresBatches()


def _parts(rows: Sequence[Row], largest: int = 64) -> Iterator[Sequence[Row]]:
    """Cut `rows` into parts; `CACHED_STATEMENTS` of the engine keeps one statement for each length compiled."""
    for start in range(0, len(rows), largest):
        yield rows[start : start + largest]


def _insert(table: str, columns: Sequence[str], count: int) -> str:
    row = f"({', '.join('?' * len(columns))})"
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES {', '.join([row] * count)}"  # noqa: S608


def _flat(rows: Sequence[Row]) -> list[Any]:
    return [value for row in rows for value in row]
