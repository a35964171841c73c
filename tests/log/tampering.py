"""Changes of a signed log, as somebody with access to the database could make them."""

from sqlalchemy import delete, select, update

from consent.storage.tables.log import LogCheckpoint, LogTile
from consent.storage.tables.receipts import Receipt


def set_back(engine, shop):
    """Take the newest receipts out of the log again, as a restored backup would."""
    with engine.begin() as transaction:
        transaction.execute(delete(LogTile))
        transaction.execute(delete(LogCheckpoint))
        transaction.execute(update(Receipt).values(log_index=None))


def rewrite(engine, shop):
    """Change a leaf that was signed, tiles and checkpoint with it."""
    set_back(engine, shop)
    with engine.begin() as transaction:
        one = transaction.execute(select(Receipt.id).limit(1)).scalar_one()
        transaction.execute(update(Receipt).where(Receipt.id == one).values(leaf_hash=b"f" * 32))
