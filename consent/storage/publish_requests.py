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


def asked_of(transaction: Transaction, audit_id: str) -> list[tuple[str, int]]:
    """Return key and id of each site whose draft, as it stands, waits and was not asked for by the person `audit_id`."""
    query = select(Site.key, Site.id).join(PublishRequest, PublishRequest.site_id == Site.id)
    same = (PublishRequest.revision == Site.draft_revision, PublishRequest.asked_by != audit_id)
    return [(key, site_id) for key, site_id in transaction.execute(query.where(*same))]


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
