"""Compare receipts with the leaves of their log, and blank rows with the erasures recorded there."""

from collections.abc import Iterator

from sqlalchemy import Connection, Engine

from consent.core.merkle import leaf_hash
from consent.core.translatable import translatable
from consent.storage.archive import detached_months
from consent.storage.log import entries, tree_store
from consent.storage.log.entry_index import payload_of
from consent.storage.log.tree_store import LogTree

STEP = 4096
"""Leaves of one query: so many receipts are in memory."""


def compared(engine: Engine, site_id: int, tree: LogTree, first: int, end: int) -> Iterator[str]:
    """Yield what is wrong with the receipts from number `first` of the log to before `end`: each must be its leaf."""
    last = None
    for start in range(first, end, STEP):
        until = min(start + STEP, end)
        leaves = tree.leaves(range(start, until))
        with engine.connect() as connection:
            for index, is_erased, leaf, jws in tree_store.receipts_at(connection, site_id, start, until):
                if leaf != leaves[index - start] or not (is_erased or leaf_hash(jws.encode()) == leaf):
                    yield translatable(f"The receipt at number {index} of the log is not what was recorded there.")
                elif index == last:
                    yield translatable(f"There are two receipts at number {index} of the log.")
                last = index


def uncounted(connection: Connection, site_id: int, size: int) -> Iterator[str]:
    """Yield what stands for receipts without being one: more blank ones than were erased, more in files than lie there.

    `size` is how many leaves the log has.
    """
    # Blank ones first: an erasure that is committed in between adds to both.
    blank = tree_store.blank(connection, site_id)
    erased = sum(_erased(one.jws) for one in entries.of_kind(connection, site_id, "erasure"))
    if blank > erased:
        yield translatable(
            f"Receipts that are blank: {blank}; that were erased in full, according to the log: {erased}."
        )
    in_files = sum(month.receipts for month in detached_months.months(connection, site_id))
    indexed = detached_months.count(connection, site_id, size)
    if indexed != in_files:
        yield translatable(
            f"Receipts that are said to lie in files of months: {indexed}; that these were written with: {in_files}."
        )


def _erased(jws: str) -> int:
    """Return how many receipts an entry tells of that were erased in full; none where it cannot be read."""
    try:
        claims = payload_of(jws)
        return int(claims["count"]) if claims["level"] == "full" else 0
    except (ValueError, LookupError, TypeError):
        return 0
