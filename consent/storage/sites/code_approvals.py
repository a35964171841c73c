"""Queries of the approvals of code."""

from typing import NamedTuple

from sqlalchemy import delete, insert, select

from consent.storage.database.base import Transaction
from consent.storage.tables.sites import CodeApproval


class ApprovalRow(NamedTuple):
    """Who (an opaque id) approved the code of a hash and when, in unix seconds; who withdrew that and when, or None."""

    code: str
    by: str
    time: int
    withdrawn_by: str | None
    withdrawn_at: int | None
    mac: str


def of_site(transaction: Transaction, site_id: int) -> list[ApprovalRow]:
    """Return the approvals of a site, whether or not their MAC is right."""
    columns = [getattr(CodeApproval, name) for name in ApprovalRow._fields]
    return [ApprovalRow(*row) for row in transaction.execute(select(*columns).where(CodeApproval.site_id == site_id))]


def put(transaction: Transaction, site_id: int, row: ApprovalRow) -> None:
    """Save an approval in place of an earlier one of the same code."""
    same = (CodeApproval.site_id == site_id, CodeApproval.code == row.code)
    transaction.execute(delete(CodeApproval).where(*same))
    transaction.execute(insert(CodeApproval).values(site_id=site_id, **row._asdict()))
