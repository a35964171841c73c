"""Queries for scan screenshots, limited in size and to the newest scans."""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import delete, insert, select

from consent.storage.database.base import Transaction
from consent.storage.tables.scans import Scan, Screenshot

MAX_SCREENSHOTS = 60
MAX_BYTES = 512 * 1024
"""Per screenshot; larger ones are skipped."""
MAX_TOTAL_BYTES = 12 * 1024 * 1024
"""Per scan."""
MAX_SCANS = 2
"""How many scans of a site keep screenshots: the newest, and the one it is compared with."""


class NewScreenshot(NamedTuple):
    """A screenshot of a page; `region` is empty if the scan didn't simulate one."""

    state: str
    region: str
    page: str
    is_after_choice: bool
    body: bytes


class StoredScreenshot(NamedTuple):
    """A screenshot without its image data."""

    id: int
    state: str
    region: str
    page: str
    is_after_choice: bool


def save(transaction: Transaction, site_id: int, scan_id: int, pictures: Iterable[NewScreenshot]) -> int:
    """Save the first of `pictures` within the limits, delete those of older scans, and return how many were saved."""
    saved = size = 0
    for one in pictures:
        if saved == MAX_SCREENSHOTS:
            break
        if len(one.body) <= MAX_BYTES and size + len(one.body) <= MAX_TOTAL_BYTES:
            transaction.execute(insert(Screenshot).values(scan_id=scan_id, **one._asdict()))
            saved, size = saved + 1, size + len(one.body)
    with_screenshots = (
        select(Screenshot.scan_id).join(Scan, Scan.id == Screenshot.scan_id).where(Scan.site_id == site_id)
    )
    newest = transaction.execute(
        with_screenshots.group_by(Screenshot.scan_id).order_by(Screenshot.scan_id.desc())
    ).scalars()
    if old := list(newest)[MAX_SCANS:]:
        transaction.execute(delete(Screenshot).where(Screenshot.scan_id.in_(old)))
    return saved


def of_scan(transaction: Transaction, scan_id: int) -> list[StoredScreenshot]:
    """Return a scan's screenshots in the order they were saved."""
    columns = [getattr(Screenshot, name) for name in StoredScreenshot._fields]
    query = select(*columns).where(Screenshot.scan_id == scan_id).order_by(Screenshot.id)
    return [StoredScreenshot(*row) for row in transaction.execute(query)]


def body_of(transaction: Transaction, site_id: int, picture_id: int) -> bytes | None:
    """Return the JPEG data of a screenshot from one of the site's scans, or None."""
    query = select(Screenshot.body).join(Scan, Scan.id == Screenshot.scan_id)
    filtered = query.where(Scan.site_id == site_id, Screenshot.id == picture_id)
    return transaction.execute(filtered).scalar_one_or_none()
