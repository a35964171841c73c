"""Receipt queries: search, lookup by id, and the receipts of one visitor."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any, NamedTuple

from sqlalchemy import Row, and_, bindparam, func, or_, select

from consent.core.groups import OPTIONAL
from consent.core.receipt import STORED_COLUMNS, ReceiptRecord
from consent.storage.archive import detached_months
from consent.storage.database.base import Transaction
from consent.storage.database.partitions import month_of
from consent.storage.privacy.marks import restricted_ids
from consent.storage.selection.filters import VISITOR, Filters, conditions, limited_until, queries, spans
from consent.storage.selection.keyset_cursor import create_cursor, read_cursor
from consent.storage.selection.subjects import receipts_of_account, site_condition
from consent.storage.sites import configs, sites
from consent.storage.tables.log import LogCheckpoint, LogEntry
from consent.storage.tables.receipts import Receipt, ReceiptPersonal

MAX_LIMIT = 500
COUNT_CAP = 5_000


class Personal(NamedTuple):
    """A receipt's personal part; `salt` ties the JSON text `body` to the signed part."""

    receipt_id: str
    visitor: str | None
    previous: str | None
    salt: bytes
    body: str


class Latest(NamedTuple):
    """A visitor's newest receipt; `time` is in unix seconds."""

    id: str
    time: int


class Page(NamedTuple):
    """Receipts, newest first, and the cursor of the next page if there is one."""

    items: list[ReceiptRecord]
    next: str | None


class Count(NamedTuple):
    """A number of receipts; if `is_capped`, there are more than `number`."""

    number: int
    is_capped: bool


# Table columns, not model attributes, for which SQLAlchemy makes new keys for each page of rows.
_COLUMNS = [Receipt.__table__.columns[name] for name in STORED_COLUMNS]
_FOUND = select(*_COLUMNS, VISITOR)
# Built once: otherwise the ids of each call would stay in memory with its statement until a garbage collection.
_PRESENT = select(Receipt.id).where(Receipt.id.in_(bindparam("ids", expanding=True)))


def search(
    transaction: Transaction, site_id: int, filters: Filters, cursor: str | None = None, limit: int = 50
) -> Page:
    """Return the page of at most `limit` receipts after `cursor`, newest first.

    Raises CursorError.
    """
    return _search(transaction, site_id, filters, restricted_ids(transaction, site_id), cursor, limit)


def search_and_count(
    transaction: Transaction, site_id: int, filters: Filters, cursor: str | None = None, limit: int = 50
) -> tuple[Page, Count]:
    """Return a page as `search` does, and how many receipts match the filters in total. Raises CursorError.

    Rows that the search skipped aren't read again for the count.
    """
    restricted = restricted_ids(transaction, site_id)
    page = _search(transaction, site_id, filters, restricted, cursor, limit)
    if cursor is None and page.next is None:
        return page, Count(len(page.items), False)
    if cursor is None:
        filters = replace(filters, until=page.items[0].time + 1)
    return page, _count(transaction, site_id, filters, restricted)


def count(transaction: Transaction, site_id: int, filters: Filters, cap: int = COUNT_CAP) -> Count:
    """Return how many receipts match `filters`, up to `cap`: an exact million helps nobody and takes a second."""
    return _count(transaction, site_id, filters, restricted_ids(transaction, site_id), cap)


def count_stored(transaction: Transaction) -> int:
    """Return how many receipts of all sites are in the table, including erased ones."""
    return transaction.execute(select(func.count()).select_from(Receipt)).scalar_one()


def recorded(transaction: Transaction, site_id: int) -> int:
    """Return how many receipts are in the site's log: all that were ever recorded, including erased ones."""
    size = select(LogCheckpoint.size).where(LogCheckpoint.site_id == site_id).scalar_subquery()
    others = select(func.count()).where(LogEntry.site_id == site_id, LogEntry.log_index.is_not(None)).scalar_subquery()
    return int(transaction.execute(select(func.coalesce(size - others, 0))).scalar_one())


def oldest_time(transaction: Transaction, site_id: int) -> int | None:
    """Return the unix time of the site's oldest receipt in the table, or None."""
    return transaction.execute(select(func.min(Receipt.time)).where(Receipt.site_id == site_id)).scalar_one()


def oldest_month(transaction: Transaction) -> int | None:
    """Return the oldest month (as of `month_of`) from which any site has a receipt in the table, or None."""
    times = [oldest for site in sites.every(transaction) if (oldest := oldest_time(transaction, site.id)) is not None]
    return month_of(min(times)) if times else None


def get(transaction: Transaction, receipt_id: str) -> ReceiptRecord | None:
    """Return the receipt `receipt_id` of any site, even if erased, or None."""
    row = transaction.execute(select(*_COLUMNS).where(Receipt.id == receipt_id).limit(1)).one_or_none()
    if row is None:
        return None
    same = (ReceiptPersonal.time == row.time, ReceiptPersonal.receipt_id == row.id)
    visitor = transaction.execute(select(ReceiptPersonal.visitor).where(*same)).scalar_one_or_none()
    return ReceiptRecord.from_row((*row, visitor))


def present_ids(transaction: Transaction, ids: Iterable[str]) -> frozenset[str]:
    """Return those of `ids` that are receipts in the table, including erased ones."""
    return frozenset(transaction.execute(_PRESENT, {"ids": list(ids)}).scalars())


def places(transaction: Transaction, site_id: int, ids: Iterable[str]) -> dict[str, tuple[str | None, str | None]]:
    """Return country and subdivision of those of the site's receipts that are in the table, by id."""
    matching = (site_condition(Receipt, site_id), Receipt.id.in_(list(ids)))
    query = select(Receipt.id, Receipt.country, Receipt.subdivision).where(*matching)
    return {row.id: (row.country, row.subdivision) for row in transaction.execute(query)}


def personal(transaction: Transaction, receipt_id: str) -> Personal | None:
    """Return the personal part of a receipt, attached or detached, or None if it no longer has one."""
    receipt = get(transaction, receipt_id) or detached_months.get(transaction, receipt_id)
    if receipt is None:
        return None
    names = [getattr(ReceiptPersonal, name) for name in Personal._fields]
    same = (ReceiptPersonal.time == receipt.time, ReceiptPersonal.receipt_id == receipt.id)
    row = transaction.execute(select(*names).where(*same)).one_or_none()
    return Personal(*row) if row else None


def latest_of_visitor(transaction: Transaction, site_id: int, visitor: str) -> Latest | None:
    """Return the visitor's newest receipt on the site, attached or detached, or None."""
    newest = (
        select(ReceiptPersonal.receipt_id, ReceiptPersonal.time)
        .where(ReceiptPersonal.site_id == site_id, ReceiptPersonal.visitor == visitor)
        .order_by(ReceiptPersonal.time.desc(), ReceiptPersonal.receipt_id.desc())
        .limit(1)
    )
    row = transaction.execute(newest).one_or_none()
    return Latest(*row) if row else None


def ids_with_prefix(transaction: Transaction, site_id: int, prefix: str, limit: int) -> list[str]:
    """Return the ids of the site's receipts that start with `prefix` (hex digits)."""
    # A range instead of LIKE reads only the primary key, on both databases.
    within = (Receipt.id >= prefix, Receipt.id < f"{prefix}g", site_condition(Receipt, site_id))
    return [*transaction.execute(select(Receipt.id).where(*within).order_by(Receipt.id).limit(limit)).scalars()]


def visitors_with_prefix(transaction: Transaction, site_id: int, prefix: str, limit: int) -> list[str]:
    """Return the ids of the site's visitors that start with `prefix` (hex digits)."""
    visitor = ReceiptPersonal.visitor
    within = (ReceiptPersonal.site_id == site_id, visitor >= prefix, visitor < f"{prefix}g")
    query = select(visitor).where(*within).distinct().order_by(visitor).limit(limit)
    return [one for one in transaction.execute(query).scalars() if one]


def timeline(transaction: Transaction, site_id: int, visitor: str, limit: int = 500) -> list[ReceiptRecord]:
    """Return the visitor's newest `limit` receipts on the site, oldest first, including restricted ones."""
    filters = Filters(visitor=visitor, restricted="include")
    return search(transaction, site_id, filters, limit=limit).items[::-1]


def timeline_of_account(transaction: Transaction, site_id: int, number: str, limit: int = 500) -> list[ReceiptRecord]:
    """Return the account's newest `limit` receipts on the site, oldest first, without erased ones."""
    ids = receipts_of_account(transaction, site_id, number)
    query = select(*_COLUMNS).where(site_condition(Receipt, site_id), Receipt.id.in_(ids), Receipt.erased.is_(False))
    rows = transaction.execute(query.order_by(Receipt.time.desc(), Receipt.id.desc()).limit(limit))
    return [ReceiptRecord.from_row((*row, None)) for row in rows][::-1]


def grants_of_account(transaction: Transaction, site_id: int, number: str, since: int) -> int:
    """Return how many of the account's choices on the site have granted something since a unix time."""
    own_receipts = (
        ReceiptPersonal.site_id == site_id,
        ReceiptPersonal.account == number,
        ReceiptPersonal.time >= since,
    )
    grants = or_(*(getattr(Receipt, group).is_(True) for group in OPTIONAL), Receipt.vendors.contains(":true"))
    same = and_(Receipt.time == ReceiptPersonal.time, Receipt.id == ReceiptPersonal.receipt_id)
    query = select(func.count()).select_from(ReceiptPersonal).join(Receipt, same).where(*own_receipts, grants)
    return int(transaction.execute(query).scalar_one())


def limited_to_config(transaction: Transaction, site_id: int, filters: Filters) -> Filters:
    """Return `filters` limited, if they name a config, to the times at which receipts can refer to it.

    Config names are too long for the index: without these limits, all other receipts would be read too.
    """
    if filters.config is None:
        return filters
    first, end = configs.named_between(transaction, site_id, filters.config)
    filters = replace(filters, since=max(first, filters.since or 0))
    return filters if end is None else limited_until(filters, end)


def _search(
    transaction: Transaction,
    site_id: int,
    filters: Filters,
    restricted: Collection[str],
    cursor: str | None,
    limit: int,
) -> Page:
    limit, place = min(limit, MAX_LIMIT), read_cursor(site_id, cursor) if cursor is not None else None
    if _finds_nothing(filters, restricted):
        return Page([], None)
    rows: list[Row[Any]] = []
    for query, values in queries(_FOUND, site_id, limited_to_config(transaction, site_id, filters), restricted, place):
        rows += transaction.execute(query, values | {"most": limit + 1 - len(rows)}).all()
        if len(rows) > limit:
            break
    items = [*map(ReceiptRecord.from_row, rows[:limit])]
    more = len(rows) > limit
    return Page(items, create_cursor(site_id, items[-1].time, items[-1].id) if more else None)


def _finds_nothing(filters: Filters, restricted: Collection[str]) -> bool:
    """Return whether only restricted receipts are wanted and there are none: SQLite would scan every receipt."""
    return filters.restricted == "only" and not restricted


def _count(
    transaction: Transaction, site_id: int, filters: Filters, restricted: Collection[str], cap: int = COUNT_CAP
) -> Count:
    number = 0
    if _finds_nothing(filters, restricted):
        return Count(0, False)
    # As for a page: the newest months usually suffice, and the others needn't be read.
    for span in spans(limited_to_config(transaction, site_id, filters)):
        capped = select(Receipt.time).where(*conditions(site_id, span, restricted)).limit(cap + 1 - number)
        number += transaction.execute(select(func.count()).select_from(capped.subquery())).scalar_one()
        if number > cap:
            break
    return Count(min(number, cap), number > cap)
