"""Write the answer of an account and its receipt in one transaction: both are durable, or neither."""

from collections.abc import Callable
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine

from consent.storage.database.partitions import Months
from consent.storage.receipts.batch_sql import batches_for, key_row
from consent.storage.receipts.new_receipt import KeyErasedError, KeyReusedError, NewReceipt, Stored


class Made(NamedTuple):
    """A receipt to be written, if there is one, and `save`, which writes what belongs to it in the same transaction."""

    receipt: NewReceipt | None
    save: Callable[[], object]


Making = Callable[[Connection], Made]
Locking = Callable[[Connection], object]


class AccountReceipts:
    """Writes answers of signed-in visitors, each in a transaction of its own; the account is locked meanwhile."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._batches, self._months = engine, batches_for(engine.dialect.name), Months(engine)

    def write(self, key: tuple[int, str], body: bytes, time: int, lock: Locking, make: Making) -> Stored:
        """Write what `make` returns, once `lock` has the account; or return what the same key and body made before.

        `key` is the site's id and the key of the choice. Raises what `make` raises, KeyReusedError, KeyErasedError,
        SQLAlchemyError.
        """
        self._months.make_for([time])
        with self._engine.begin() as connection:
            lock(connection)
            raw = connection.connection.dbapi_connection
            held = self._batches.held(raw, key)
            if held is not None:
                if held.is_erased:
                    raise KeyErasedError
                if not held.is_of(body):
                    raise KeyReusedError
                return Stored(held.receipt_id, held.jws or "", False)
            made = self._make(connection, raw, make)
        assert made.receipt is not None  # noqa: S101 - a choice has one
        return Stored(made.receipt.id, made.receipt.jws, True)

    def change(self, time: int, lock: Locking, make: Making) -> None:
        """Write what `make` returns, once `lock` has the account. Raises what `make` raises, SQLAlchemyError."""
        self._months.make_for([time])
        with self._engine.begin() as connection:
            lock(connection)
            self._make(connection, connection.connection.dbapi_connection, make)

    def _make(self, connection: Connection, raw: Any, make: Making) -> Made:
        made = make(connection)
        new = made.receipt
        # Another subject may have used the same key at this moment.
        if new is not None and not self._batches.insert(raw, [(key_row(new), new)]):
            raise KeyReusedError
        made.save()
        return made
