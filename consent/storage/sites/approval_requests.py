"""Queries for drafts awaiting publish approval, and the site's approval settings."""

from typing import NamedTuple

from sqlalchemy import delete, insert, select, update

from consent.storage.database.base import Transaction
from consent.storage.tables.sites import ApprovalRequest, Site


class Request(NamedTuple):
    """A request to approve the draft at `revision`; `requested_by` is an opaque id."""

    revision: int
    requested_by: str
    requested_at: int
    note: str


def read(transaction: Transaction, site_id: int) -> Request | None:
    """Return the approval request, whether or not the draft has changed since."""
    columns = [getattr(ApprovalRequest, name) for name in Request._fields]
    row = transaction.execute(select(*columns).where(ApprovalRequest.site_id == site_id)).one_or_none()
    return Request(*row) if row else None


def pending_for(transaction: Transaction, audit_id: str) -> list[tuple[str, int]]:
    """Return key and id of each site whose current draft awaits approval that `audit_id` didn't request."""
    query = select(Site.key, Site.id).join(ApprovalRequest, ApprovalRequest.site_id == Site.id)
    same = (ApprovalRequest.revision == Site.draft_revision, ApprovalRequest.requested_by != audit_id)
    return [(key, site_id) for key, site_id in transaction.execute(query.where(*same))]


def put(transaction: Transaction, site_id: int, wanted: Request) -> None:
    """Save an approval request, replacing an earlier one."""
    remove(transaction, site_id)
    transaction.execute(insert(ApprovalRequest).values(site_id=site_id, **wanted._asdict()))


def remove(transaction: Transaction, site_id: int) -> None:
    """Delete the approval request."""
    transaction.execute(delete(ApprovalRequest).where(ApprovalRequest.site_id == site_id))


def is_always_required(transaction: Transaction, site_id: int) -> bool:
    """Return whether every publish of the site requires approval."""
    return transaction.execute(select(Site.requires_approval).where(Site.id == site_id)).scalar_one()


def needs_passkey(transaction: Transaction, site_id: int) -> bool:
    """Return whether approving a publish of the site requires a passkey."""
    return transaction.execute(select(Site.approval_needs_passkey).where(Site.id == site_id)).scalar_one()


def set_needs_passkey(transaction: Transaction, site_id: int, is_needed: bool) -> None:
    """Set whether approving a publish of the site requires a passkey."""
    transaction.execute(update(Site).where(Site.id == site_id).values(approval_needs_passkey=is_needed))


def set_always_required(transaction: Transaction, site_id: int, is_required: bool) -> None:
    """Set whether every publish of the site requires approval."""
    transaction.execute(update(Site).where(Site.id == site_id).values(requires_approval=is_required))
