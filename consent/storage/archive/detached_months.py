"""Queries for detached months: the file of each, and the index of its receipts."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, delete, func, insert, select, text, tuple_, update

from consent.core.merkle import leaf_hash
from consent.storage.database.base import Transaction
from consent.storage.database.partitions import month_name, month_of, start_of
from consent.storage.selection.subjects import Subject
from consent.storage.sites import sites
from consent.storage.sites.sites import SiteRow
from consent.storage.tables.archive import DetachedMonth, DetachedReceipt
from consent.storage.tables.receipts import ENDING, Receipt, ReceiptPersonal

STEP = 2000
"""Rows per query, and so in memory at a time."""
Connect = Callable[[], AbstractContextManager[Connection]]
"""Returns a connection for one query, such as `engine.connect`, so that none stays open while a file is written."""


class Month(NamedTuple):
    """A detached month of a site, as in `DetachedMonth`; `detached_at` is in unix seconds, `size` in bytes."""

    site_id: int
    month: int
    file: str
    size: int
    sha256: str
    receipts: int
    blank: int
    erased: int
    detached_at: int

    @property
    def name(self) -> str:
        """Return the month as `YYYY-MM`, such as `2026-11`."""
        return month_name(self.month)

    @property
    def pending_erasures(self) -> int:
        """Return how many erased receipts the file still contains."""
        return self.erased - self.blank


class Detached(NamedTuple):
    """A receipt whose signed part is in a file; times are unix seconds."""

    id: str
    time: int
    site_id: int
    log_index: int
    erased: bool

    @property
    def month(self) -> str:
        """Return the receipt's month as `YYYY-MM`, such as `2026-11`."""
        return month_name(month_of(self.time))


_COLUMNS = [getattr(DetachedReceipt, name) for name in Detached._fields]
_MONTH_COLUMNS = [getattr(DetachedMonth, name) for name in Month._fields]
_MOVE = (
    "INSERT INTO detached_receipt (id, time, ends_at, log_index, site_id, erased, is_ending)"  # noqa: S608 - constants
    f" SELECT id, time, coalesce(expires, time), log_index, site_id, erased, action IN {ENDING} FROM receipt"
    " WHERE site_id = :site AND time >= :since AND time < :until"
)
_ALTERED = (
    r"SELECT count(*), count(*) FILTER (WHERE NOT erased AND sha256('\x00'::bytea || convert_to(jws, 'UTF8')) <> leaf_hash)"
    " FROM receipt WHERE site_id = :site AND time >= :since AND time < :until"
).replace("::", r"\:\:")


def get(transaction: Transaction, receipt_id: str) -> Detached | None:
    """Return the detached receipt with that id, of any site and even if erased, or None."""
    row = transaction.execute(select(*_COLUMNS).where(DetachedReceipt.id == receipt_id)).one_or_none()
    return Detached(*row) if row else None


def of_subject(transaction: Transaction, site_id: int, subject: Subject) -> list[Detached]:
    """Return a subject's detached receipts on the site, oldest first, without erased ones."""
    if subject.kind == "receipt":
        one = get(transaction, subject.id)
        return [one] if one and one.site_id == site_id and not one.erased else []
    owner_column = ReceiptPersonal.account if subject.kind == "account" else ReceiptPersonal.visitor
    subject_ids = select(ReceiptPersonal.receipt_id).where(
        ReceiptPersonal.site_id == site_id, owner_column == subject.id
    )
    query = select(*_COLUMNS).where(DetachedReceipt.id.in_(subject_ids), DetachedReceipt.site_id == site_id)
    rows = transaction.execute(query.order_by(DetachedReceipt.time, DetachedReceipt.id))
    return [Detached(*row) for row in rows]


def months(
    transaction: Transaction, site_id: int | None, since: int | None = None, until: int | None = None
) -> list[Month]:
    """Return the detached months of a site, or of all sites, that overlap the given times, oldest first."""
    query = select(*_MONTH_COLUMNS).order_by(DetachedMonth.month, DetachedMonth.site_id)
    if site_id is not None:
        query = query.where(DetachedMonth.site_id == site_id)
    if since is not None:
        query = query.where(DetachedMonth.month >= month_of(since))
    if until is not None:
        query = query.where(DetachedMonth.month <= month_of(until - 1))
    return [Month(*row) for row in transaction.execute(query)]


def find_month(transaction: Transaction, site_id: int, month: int) -> Month | None:
    """Return the site's detached month, or None if it isn't detached."""
    row = transaction.execute(select(*_MONTH_COLUMNS).where(*_matching(site_id, month))).one_or_none()
    return Month(*row) if row else None


def stream(connect: Connect, site_id: int, month: int) -> Iterator[Detached]:
    """Yield a detached month's receipts in file order (newest first), with a connection from `connect` per query."""
    return map(Detached._make, _stream(connect, DetachedReceipt, _COLUMNS, site_id, month))


def attached(connect: Connect, site_id: int, month: int, columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """Yield `columns` of a month's receipts in the table, newest first; the first two columns must be id and time."""
    return _stream(connect, Receipt, [getattr(Receipt, name) for name in columns], site_id, month)


def count_attached(connection: Connection, site_id: int, month: int) -> tuple[int, int]:
    """Return how many of a month's receipts are in the table, and how many of them don't match their leaf hash."""
    if connection.dialect.name == "postgresql":
        values = {"site": site_id, "since": start_of(month), "until": start_of(month + 1)}
        count, altered = connection.execute(text(_ALTERED), values).one()
        return int(count), int(altered)
    same: Connect = lambda: nullcontext(connection)  # noqa: E731
    rows = attached(same, site_id, month, ("id", "time", "erased", "leaf_hash", "jws"))
    is_same = [is_erased or leaf_hash(jws.encode()) == leaf for _, _, is_erased, leaf, jws in rows]
    return len(is_same), is_same.count(False)


def _stream(
    connect: Connect, table: type[DetachedReceipt] | type[Receipt], columns: Sequence[Any], site_id: int, month: int
) -> Iterator[tuple[Any, ...]]:
    newest_first = (table.time.desc(), table.id.desc())
    query = select(*columns).where(*of_month(table, site_id, month)).order_by(*newest_first).limit(STEP)
    page_query = query
    while True:
        with connect() as connection, connection.execute(page_query) as result:
            # Raw driver rows: converting them to SQLAlchemy rows takes eight times as long.
            rows = result.cursor.fetchall() if result.cursor else []
        yield from rows
        if len(rows) < STEP:
            return
        receipt_id, time = rows[-1][:2]
        page_query = query.where(table.time <= time, tuple_(table.time, table.id) < tuple_(time, receipt_id))


def sites_of(transaction: Transaction, month: int) -> list[SiteRow]:
    """Return the sites that have receipts of the month in the table, ordered by name."""
    known_sites = sites.every(transaction)
    return [site for site in known_sites if transaction.execute(_any_of(site.id, month)).first()]


def unlogged(transaction: Transaction, site_id: int, month: int) -> bool:
    """Return whether any receipt of the month has no index in the log yet."""
    return transaction.execute(_any_of(site_id, month).where(Receipt.log_index.is_(None))).first() is not None


def oldest_ids(transaction: Transaction, site_id: int, month: int, limit: int) -> list[str]:
    """Return the ids of up to `limit` of the month's receipts in the table, oldest first."""
    matching = of_month(Receipt, site_id, month)
    query = select(Receipt.id).where(*matching).order_by(Receipt.time, Receipt.id).limit(limit)
    return list(transaction.execute(query).scalars())


def delete_attached(transaction: Transaction, site_id: int, month: int, receipt_ids: Collection[str]) -> None:
    """Delete receipts of the month from the table."""
    transaction.execute(delete(Receipt).where(*of_month(Receipt, site_id, month), Receipt.id.in_(receipt_ids)))


def detach_receipts(transaction: Transaction, site_id: int, month: int, receipt_ids: Collection[str]) -> None:
    """Move receipts of the month from the table into the index; each is always in exactly one of them."""
    index_receipts(transaction, site_id, month, receipt_ids)
    delete_attached(transaction, site_id, month, receipt_ids)


def is_attached(transaction: Transaction, columns: Sequence[str], rows: Collection[tuple[Any, ...]]) -> bool:
    """Return whether the table has each of `rows` unchanged; the first value of each is the id."""
    query = select(*(getattr(Receipt, name) for name in columns)).where(Receipt.id.in_([row[0] for row in rows]))
    return {tuple(row) for row in transaction.execute(query)} == set(rows)


def _any_of(site_id: int, month: int) -> Select[str]:
    return select(Receipt.id).where(*of_month(Receipt, site_id, month)).limit(1)


def add_month(transaction: Transaction, month: Month) -> None:
    """Record the file of a month."""
    transaction.execute(insert(DetachedMonth).values(month._asdict()))


def index_receipts(transaction: Transaction, site_id: int, month: int, receipt_ids: Collection[str] = ()) -> int:
    """Copy a month's receipts, or only `receipt_ids`, into the index, and return how many."""
    values: dict[str, Any] = {"site": site_id, "since": start_of(month), "until": start_of(month + 1)}
    id_condition = ""
    if receipt_ids:
        names = [f"id{place}" for place in range(len(receipt_ids))]
        id_condition = f" AND id IN ({', '.join(f':{name}' for name in names)})"
        values |= dict(zip(names, receipt_ids, strict=True))
    done: Any = transaction.execute(text(_MOVE + id_condition), values)
    return int(done.rowcount)


def count_erased(transaction: Transaction, site_id: int, month: int) -> None:
    """Recount the month's erased receipts once all receipts are in the index."""
    matching = (*of_month(DetachedReceipt, site_id, month), DetachedReceipt.erased)
    number = select(func.count()).where(*matching).scalar_subquery()
    transaction.execute(update(DetachedMonth).where(*_matching(site_id, month)).values(erased=number))


def erase(transaction: Transaction, site_id: int, receipt_ids: Collection[str]) -> int:
    """Mark detached receipts as fully erased, and return how many weren't before."""
    matching = (DetachedReceipt.site_id == site_id, DetachedReceipt.id.in_(receipt_ids))
    query = select(DetachedReceipt.time).where(*matching)
    for month in sorted(set(map(month_of, transaction.execute(query).scalars()))):
        lock_month(transaction, site_id, month)
    not_erased = DetachedReceipt.erased.is_(False)
    times = list(transaction.execute(query.where(not_erased)).scalars())
    if not times:
        return 0
    transaction.execute(update(DetachedReceipt).where(*matching, not_erased).values(erased=True))
    for month, number in Counter(map(month_of, times)).items():
        more = {"erased": DetachedMonth.erased + number}
        transaction.execute(update(DetachedMonth).where(*_matching(site_id, month)).values(more))
    return len(times)


def lock_month(transaction: Transaction, site_id: int, month: int) -> None:
    """Keep others from erasing receipts of a detached month, or attaching it, until the transaction ends."""
    transaction.execute(select(DetachedMonth.month).where(*_matching(site_id, month)).with_for_update())


def set_file(transaction: Transaction, month: Month) -> None:
    """Record a month's file after it was rewritten."""
    values = {"file": month.file, "size": month.size, "sha256": month.sha256, "blank": month.blank}
    transaction.execute(update(DetachedMonth).where(*_matching(month.site_id, month.month)).values(values))


def count(transaction: Transaction, site_id: int, size: int, first: int = 0) -> int:
    """Return how many log leaves with an index from `first` to before `size` are detached receipts."""
    matching = (
        DetachedReceipt.site_id == site_id,
        DetachedReceipt.log_index >= first,
        DetachedReceipt.log_index < size,
    )
    return transaction.execute(select(func.count()).where(*matching)).scalar_one()


def remove(transaction: Transaction, site_id: int, month: int, receipt_ids: Collection[str] = ()) -> None:
    """Remove `receipt_ids` from the index or, without ids, all of the month's receipts and the month itself."""
    matching = list(of_month(DetachedReceipt, site_id, month))
    if receipt_ids:
        transaction.execute(delete(DetachedReceipt).where(*matching, DetachedReceipt.id.in_(receipt_ids)))
        return
    transaction.execute(delete(DetachedReceipt).where(*matching))
    transaction.execute(delete(DetachedMonth).where(*_matching(site_id, month)))


def _matching(site_id: int, month: int) -> tuple[ColumnElement[bool], ...]:
    return DetachedMonth.site_id == site_id, DetachedMonth.month == month


def of_month(table: type[DetachedReceipt] | type[Receipt], site_id: int, month: int) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions for rows of the month."""
    return table.site_id == site_id, table.time >= start_of(month), table.time < start_of(month + 1)
