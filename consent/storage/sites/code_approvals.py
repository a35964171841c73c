"""Queries for approvals of code."""

from typing import NamedTuple

from sqlalchemy import delete, insert, select

from consent.storage.database.base import Transaction
from consent.storage.tables.sites import CodeApproval


class ApprovalRow(NamedTuple):
    """Who (opaque id) approved the code with a hash and when (unix seconds); who withdrew that and when, or None."""

    code: str
    by: str
    time: int
    withdrawn_by: str | None
    withdrawn_at: int | None
    mac: str


def of_site(transaction: Transaction, site_id: int) -> list[ApprovalRow]:
    """Return a site's approvals, whether or not their MAC is valid."""
    columns = [getattr(CodeApproval, name) for name in ApprovalRow._fields]
    return [ApprovalRow(*row) for row in transaction.execute(select(*columns).where(CodeApproval.site_id == site_id))]


def put(transaction: Transaction, site_id: int, row: ApprovalRow) -> None:
    """Save an approval, replacing an earlier one of the same code."""
    same = (CodeApproval.site_id == site_id, CodeApproval.code == row.code)
    transaction.execute(delete(CodeApproval).where(*same))
    transaction.execute(insert(CodeApproval).values(site_id=site_id, **row._asdict()))
