"""Changes to a signed log, as someone with access to the database could make them."""

from sqlalchemy import delete, select, update

from consent.storage.tables.log import LogCheckpoint, LogTile
from consent.storage.tables.receipts import Receipt


def set_back(engine, shop):
    """Remove the newest receipts from the log, as restoring a backup would."""
    with engine.begin() as transaction:
        transaction.execute(delete(LogTile))
        transaction.execute(delete(LogCheckpoint))
        transaction.execute(update(Receipt).values(log_index=None))


def rewrite(engine, shop):
    """Change a signed leaf, and the tiles and checkpoint with it."""
    set_back(engine, shop)
    with engine.begin() as transaction:
        one = transaction.execute(select(Receipt.id).limit(1)).scalar_one()
        transaction.execute(update(Receipt).where(Receipt.id == one).values(leaf_hash=b"f" * 32))
