"""Taking away what names somebody: the personal part alone, or the signed part too; and keys past their time."""

from collections.abc import Collection

from sqlalchemy import Engine, delete, select, update

from consent.storage.base import Transaction
from consent.storage.models import Receipt, ReceiptKey, ReceiptPersonal

KEY_SECONDS = 60 * 86400
"""How long a key is kept: the browser gives up after 30 days, a token for the write is good for 60."""

_BLANK = {
    **dict.fromkeys(("action", "method", "regime", "language", "variant", "config", "age_band", "jws"), ""),
    **dict.fromkeys(("country", "subdivision", "functional", "analytics", "advertising", "expires")),
    **{"vendors": "{}", "gpc": False, "dnt": False, "origin_checked": False, "layer": 0, "erased": True},
}


def receipts_of(transaction: Transaction, site_id: int, visitor: str) -> list[str]:
    """Return the ids of all receipts of the visitor on the site."""
    mine = (ReceiptPersonal.site_id == site_id, ReceiptPersonal.visitor == visitor)
    return list(transaction.execute(select(ReceiptPersonal.receipt_id).where(*mine)).scalars())


def unlink(transaction: Transaction, site_id: int, receipt_ids: Collection[str]) -> int:
    """Delete the personal part and salts of the site's receipts; return how many receipts were touched.

    The signed part stays and names nobody; its key answers 410 from now on.
    """
    mine = (Receipt.site_id == site_id, Receipt.id.in_(receipt_ids))
    found = transaction.execute(select(Receipt.id, Receipt.time).where(*mine)).all()
    ids, times = [row.id for row in found], {row.time for row in found}
    transaction.execute(
        # Not the index for both: SQLite would look up each time with each id.
        delete(ReceiptPersonal).where(ReceiptPersonal.time.in_(times), (ReceiptPersonal.receipt_id + "").in_(ids))
    )
    transaction.execute(
        update(ReceiptKey)
        .where(ReceiptKey.created_at.in_(times), ReceiptKey.receipt_id.in_(ids))
        .values(body_mac=None, salt=None)
    )
    return len(ids)


def erase(transaction: Transaction, site_id: int, receipt_ids: Collection[str]) -> int:
    """Do what `unlink` does and blank the signed part too; the leaf hash stays, so that the log still holds."""
    number = unlink(transaction, site_id, receipt_ids)
    mine = (Receipt.site_id == site_id, Receipt.id.in_(receipt_ids))
    transaction.execute(update(Receipt).where(*mine).values(_BLANK))
    return number


def prune_keys(engine: Engine, now: int, step: int = 5000) -> int:
    """Delete keys older than 60 days, a few at a time so that no writer waits long; return how many."""
    old = (
        select(ReceiptKey.site_id, ReceiptKey.key)
        .where(ReceiptKey.created_at < now - KEY_SECONDS)
        .order_by(ReceiptKey.created_at)
        .limit(step)
    )
    total = 0
    while True:
        with engine.begin() as connection:
            keys = connection.execute(old).all()
            for site_id in {key.site_id for key in keys}:
                names = [key.key for key in keys if key.site_id == site_id]
                connection.execute(delete(ReceiptKey).where(ReceiptKey.site_id == site_id, ReceiptKey.key.in_(names)))
        total += len(keys)
        if len(keys) < step:
            return total
