"""Drafts that wait for a second person, and whether a site wants one at each publish."""

from typing import NamedTuple

from sqlalchemy import delete, insert, select, update

from consent.storage.base import Transaction
from consent.storage.models import PublishRequest, Site


class Request(NamedTuple):
    """A draft, at `revision`, which somebody (an opaque id) asked a second person to look at."""

    revision: int
    asked_by: str
    asked_at: int
    note: str


def read(transaction: Transaction, site_id: int) -> Request | None:
    """Return what waits for a second person, whether or not the draft has changed since."""
    columns = [getattr(PublishRequest, name) for name in Request._fields]
    row = transaction.execute(select(*columns).where(PublishRequest.site_id == site_id)).one_or_none()
    return Request(*row) if row else None


def put(transaction: Transaction, site_id: int, wanted: Request) -> None:
    """Have a draft wait, in place of one that waited before."""
    remove(transaction, site_id)
    transaction.execute(insert(PublishRequest).values(site_id=site_id, **wanted._asdict()))


def remove(transaction: Transaction, site_id: int) -> None:
    """Have nothing wait any more."""
    transaction.execute(delete(PublishRequest).where(PublishRequest.site_id == site_id))


def is_always_wanted(transaction: Transaction, site_id: int) -> bool:
    """Tell whether each publish of the site waits for a second person."""
    return transaction.execute(select(Site.second_person).where(Site.id == site_id)).scalar_one()


def want_always(transaction: Transaction, site_id: int, is_wanted: bool) -> None:
    """Set whether each publish of the site waits for a second person."""
    transaction.execute(update(Site).where(Site.id == site_id).values(second_person=is_wanted))
