"""Queries of scan screenshots, limited in size and to the newest scans."""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import delete, insert, select

from consent.storage.database.base import Transaction
from consent.storage.tables.scans import Scan, Screenshot

MAX_SCREENSHOTS = 60
MAX_BYTES = 512 * 1024
"""Of one picture; what is larger is left out."""
MAX_TOTAL_BYTES = 12 * 1024 * 1024
"""Of one scan."""
MAX_SCANS = 2
"""So many scans of a site have screenshots: the newest, and the one that it is compared with."""


class NewScreenshot(NamedTuple):
    """A screenshot of a page; `region` is empty where the scan was made as from where the scanner stands."""

    state: str
    region: str
    page: str
    is_after_choice: bool
    body: bytes


class StoredScreenshot(NamedTuple):
    """A picture without its body."""

    id: int
    state: str
    region: str
    page: str
    is_after_choice: bool


def save(transaction: Transaction, site_id: int, scan_id: int, pictures: Iterable[NewScreenshot]) -> int:
    """Save the first of `pictures` that fit the bounds, delete those of older scans, and return how many were saved."""
    saved = size = 0
    for one in pictures:
        if saved == MAX_SCREENSHOTS:
            break
        if len(one.body) <= MAX_BYTES and size + len(one.body) <= MAX_TOTAL_BYTES:
            transaction.execute(insert(Screenshot).values(scan_id=scan_id, **one._asdict()))
            saved, size = saved + 1, size + len(one.body)
    have = select(Screenshot.scan_id).join(Scan, Scan.id == Screenshot.scan_id).where(Scan.site_id == site_id)
    newest = transaction.execute(have.group_by(Screenshot.scan_id).order_by(Screenshot.scan_id.desc())).scalars()
    if old := list(newest)[MAX_SCANS:]:
        transaction.execute(delete(Screenshot).where(Screenshot.scan_id.in_(old)))
    return saved


def of_scan(transaction: Transaction, scan_id: int) -> list[StoredScreenshot]:
    """Return the pictures of a scan in the order in which they were saved."""
    columns = [getattr(Screenshot, name) for name in StoredScreenshot._fields]
    query = select(*columns).where(Screenshot.scan_id == scan_id).order_by(Screenshot.id)
    return [StoredScreenshot(*row) for row in transaction.execute(query)]


def body_of(transaction: Transaction, site_id: int, picture_id: int) -> bytes | None:
    """Return the JPEG of a picture of one of the site's scans, or None."""
    query = select(Screenshot.body).join(Scan, Scan.id == Screenshot.scan_id)
    filtered = query.where(Scan.site_id == site_id, Screenshot.id == picture_id)
    return transaction.execute(filtered).scalar_one_or_none()
