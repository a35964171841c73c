"""Write an account's choice and its receipt in one transaction, so that both are durable or neither is."""

from collections.abc import Callable
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine

from consent.storage.database.partitions import Months
from consent.storage.receipts.batch_sql import batches_for, key_row
from consent.storage.receipts.new_receipt import KeyErasedError, KeyReusedError, NewReceipt, Stored


class PreparedReceipt(NamedTuple):
    """The receipt to be written, if any, and `save`, which writes related data in the same transaction."""

    receipt: NewReceipt | None
    save: Callable[[], object]


Making = Callable[[Connection], PreparedReceipt]
Locking = Callable[[Connection], object]


class AccountReceipts:
    """Writer of signed-in visitors' choices, each in a transaction that locks the account."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._batches, self._months = engine, batches_for(engine.dialect.name), Months(engine)

    def write(self, key: tuple[int, str], body: bytes, time: int, lock: Locking, make: Making) -> Stored:
        """Write what `make` returns once `lock` has the account, or return the receipt with the same key and body.

        `key` is the site's id and the choice's key. Raises what `make` raises, KeyReusedError, KeyErasedError,
        SQLAlchemyError.
        """
        self._months.make_for([time])
        with self._engine.begin() as connection:
            lock(connection)
            raw = connection.connection.dbapi_connection
            held = self._batches.stored(raw, key)
            if held is not None:
                if held.is_erased:
                    raise KeyErasedError
                if not held.is_of(body):
                    raise KeyReusedError
                return Stored(held.receipt_id, held.jws or "", False)
            made = self._make_and_save(connection, raw, make)
        assert made.receipt is not None  # noqa: S101 - a choice has one
        return Stored(made.receipt.id, made.receipt.jws, True)

    def change(self, time: int, lock: Locking, make: Making) -> None:
        """Write what `make` returns once `lock` has the account. Raises what `make` raises, SQLAlchemyError."""
        self._months.make_for([time])
        with self._engine.begin() as connection:
            lock(connection)
            self._make_and_save(connection, connection.connection.dbapi_connection, make)

    def _make_and_save(self, connection: Connection, raw: Any, make: Making) -> PreparedReceipt:
        made = make(connection)
        new = made.receipt
        # Another subject may have just used the same key.
        if new is not None and not self._batches.insert(raw, [(key_row(new), new)]):
            raise KeyReusedError
        made.save()
        return made
