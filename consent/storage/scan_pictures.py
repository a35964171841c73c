"""The pictures of a site's scans: kept for the newest ones, in bounds, and gone with their scan."""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import delete, insert, select

from consent.storage.base import Transaction
from consent.storage.scan_models import Scan, ScanPicture

MOST_PICTURES = 60
MOST_BYTES = 512 * 1024
"""Of one picture; what is larger is left out."""
MOST_ALTOGETHER = 12 * 1024 * 1024
"""Of one scan."""
SCANS_KEPT = 2
"""So many scans of a site keep their pictures: the newest, and the one that it is compared with."""


class Picture(NamedTuple):
    """What a page looked like; `region` is empty where the scan was made as from where the scanner stands."""

    state: str
    region: str
    page: str
    is_after_choice: bool
    body: bytes


class KnownPicture(NamedTuple):
    """A picture without its body."""

    id: int
    state: str
    region: str
    page: str
    is_after_choice: bool


def keep(transaction: Transaction, site_id: int, scan_id: int, pictures: Iterable[Picture]) -> int:
    """Keep the first of `pictures` that fit the bounds, forget those of older scans, and return how many were kept."""
    kept = size = 0
    for one in pictures:
        if kept == MOST_PICTURES:
            break
        if len(one.body) <= MOST_BYTES and size + len(one.body) <= MOST_ALTOGETHER:
            transaction.execute(insert(ScanPicture).values(scan_id=scan_id, **one._asdict()))
            kept, size = kept + 1, size + len(one.body)
    have = select(ScanPicture.scan_id).join(Scan, Scan.id == ScanPicture.scan_id).where(Scan.site_id == site_id)
    newest = transaction.execute(have.group_by(ScanPicture.scan_id).order_by(ScanPicture.scan_id.desc())).scalars()
    if old := list(newest)[SCANS_KEPT:]:
        transaction.execute(delete(ScanPicture).where(ScanPicture.scan_id.in_(old)))
    return kept


def of_scan(transaction: Transaction, scan_id: int) -> list[KnownPicture]:
    """Return the pictures of a scan in the order in which they were kept."""
    columns = [getattr(ScanPicture, name) for name in KnownPicture._fields]
    query = select(*columns).where(ScanPicture.scan_id == scan_id).order_by(ScanPicture.id)
    return [KnownPicture(*row) for row in transaction.execute(query)]


def body_of(transaction: Transaction, site_id: int, picture_id: int) -> bytes | None:
    """Return the JPEG of a picture of one of the site's scans, or None."""
    query = select(ScanPicture.body).join(Scan, Scan.id == ScanPicture.scan_id)
    found = query.where(Scan.site_id == site_id, ScanPicture.id == picture_id)
    return transaction.execute(found).scalar_one_or_none()
