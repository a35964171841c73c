"""Compare receipts with the leaves of their log, and blanked rows with the erasures recorded there."""

from collections.abc import Iterator

from sqlalchemy import Connection, Engine

from consent.core.merkle import leaf_hash
from consent.core.translatable import translatable
from consent.storage.archive import detached_months
from consent.storage.log import entries, tree_store
from consent.storage.log.entry_index import payload_of
from consent.storage.log.tree_store import LogTree

STEP = 4096
"""Leaves per query, and thus the number of receipts in memory."""


def compared(engine: Engine, site_id: int, tree: LogTree, first: int, end: int) -> Iterator[str]:
    """Yield the errors in the receipts at log indexes `first` to `end` (exclusive): each must match its leaf."""
    last = None
    for start in range(first, end, STEP):
        until = min(start + STEP, end)
        leaves = tree.leaves(range(start, until))
        with engine.connect() as connection:
            for index, is_erased, leaf, jws in tree_store.receipts_at(connection, site_id, start, until):
                if leaf != leaves[index - start] or not (is_erased or leaf_hash(jws.encode()) == leaf):
                    yield translatable(f"The receipt at index {index} of the log differs from what was recorded.")
                elif index == last:
                    yield translatable(f"There are two receipts at index {index} of the log.")
                last = index


def excess_rows(connection: Connection, site_id: int, size: int) -> Iterator[str]:
    """Yield the rows in excess: more blank ones than were erased, or more indexed in months' files than those contain.

    `size` is the number of leaves in the log.
    """
    # Count blank rows first: an erasure committed in between adds to both.
    blank = tree_store.blank(connection, site_id)
    erased = sum(_erased(one.jws) for one in entries.of_kind(connection, site_id, "erasure"))
    if blank > erased:
        yield translatable(f"Blank receipts: {blank}; fully erased according to the log: {erased}.")
    in_files = sum(month.receipts for month in detached_months.months(connection, site_id))
    indexed = detached_months.count(connection, site_id, size)
    if indexed != in_files:
        yield translatable(
            f"Receipts recorded as kept in files of months: {indexed}; receipts that these files were "
            f"written with: {in_files}."
        )


def _erased(jws: str) -> int:
    """Return the number of receipts that an entry records as erased in full; 0 if it can't be read."""
    try:
        claims = payload_of(jws)
        return int(claims["count"]) if claims["level"] == "full" else 0
    except (ValueError, LookupError, TypeError):
        return 0
