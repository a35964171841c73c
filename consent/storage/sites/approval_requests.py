"""Queries of drafts that wait for publish approval, and of the site's approval setting."""

from typing import NamedTuple

from sqlalchemy import delete, insert, select, update

from consent.storage.database.base import Transaction
from consent.storage.tables.sites import ApprovalRequest, Site


class Request(NamedTuple):
    """A draft, at `revision`, which somebody (an opaque id) requested approval for."""

    revision: int
    requested_by: str
    requested_at: int
    note: str


def read(transaction: Transaction, site_id: int) -> Request | None:
    """Return the request for approval, whether or not the draft has changed since."""
    columns = [getattr(ApprovalRequest, name) for name in Request._fields]
    row = transaction.execute(select(*columns).where(ApprovalRequest.site_id == site_id)).one_or_none()
    return Request(*row) if row else None


def pending_for(transaction: Transaction, audit_id: str) -> list[tuple[str, int]]:
    """Return key and id of each site whose current draft waits for approval, and was not requested by `audit_id`."""
    query = select(Site.key, Site.id).join(ApprovalRequest, ApprovalRequest.site_id == Site.id)
    same = (ApprovalRequest.revision == Site.draft_revision, ApprovalRequest.requested_by != audit_id)
    return [(key, site_id) for key, site_id in transaction.execute(query.where(*same))]


def put(transaction: Transaction, site_id: int, wanted: Request) -> None:
    """Save a request for approval, in place of an earlier one."""
    remove(transaction, site_id)
    transaction.execute(insert(ApprovalRequest).values(site_id=site_id, **wanted._asdict()))


def remove(transaction: Transaction, site_id: int) -> None:
    """Delete the request for approval."""
    transaction.execute(delete(ApprovalRequest).where(ApprovalRequest.site_id == site_id))


def is_always_required(transaction: Transaction, site_id: int) -> bool:
    """Return whether each publish of the site requires approval."""
    return transaction.execute(select(Site.requires_approval).where(Site.id == site_id)).scalar_one()


def needs_passkey(transaction: Transaction, site_id: int) -> bool:
    """Return whether who approves a publish of the site confirms it with a passkey."""
    return transaction.execute(select(Site.approval_needs_passkey).where(Site.id == site_id)).scalar_one()


def set_needs_passkey(transaction: Transaction, site_id: int, is_needed: bool) -> None:
    """Set whether who approves a publish of the site confirms it with a passkey."""
    transaction.execute(update(Site).where(Site.id == site_id).values(approval_needs_passkey=is_needed))


def set_always_required(transaction: Transaction, site_id: int, is_required: bool) -> None:
    """Set whether each publish of the site requires approval."""
    transaction.execute(update(Site).where(Site.id == site_id).values(requires_approval=is_required))
