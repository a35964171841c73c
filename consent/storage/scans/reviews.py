"""Queries for review decisions on cookies, storage items and hosts, which override all classifiers."""

from typing import NamedTuple

from sqlalchemy import delete, select, text

from consent.storage.database.base import Transaction
from consent.storage.tables.scans import ReviewDecision

_DECIDE = text(
    'INSERT INTO review_decision (site_id, kind, name, host, "group", purpose, reason, decided_by, decided_at)'
    " VALUES (:site_id, :kind, :name, :host, :group, :purpose, :reason, :decided_by, :decided_at)"
    ' ON CONFLICT (site_id, kind, name, host) DO UPDATE SET "group" = excluded."group", purpose = excluded.purpose,'
    " reason = excluded.reason, decided_by = excluded.decided_by, decided_at = excluded.decided_at"
)


class Decided(NamedTuple):
    """A decision; the first three fields identify the finding, `decided_by` is a user's opaque id."""

    kind: str
    name: str
    host: str
    group: str
    purpose: str | None
    reason: str
    decided_by: str
    decided_at: int

    @property
    def key(self) -> tuple[str, str, str]:
        """Return what identifies the finding within its site."""
        return self.kind, self.name, self.host


def decisions(transaction: Transaction, site_id: int) -> list[Decided]:
    """Return a site's decisions, newest first."""
    columns = [getattr(ReviewDecision, name) for name in Decided._fields]
    query = select(*columns).where(ReviewDecision.site_id == site_id)
    order = (ReviewDecision.decided_at.desc(), ReviewDecision.id.desc())
    return [Decided(*row) for row in transaction.execute(query.order_by(*order))]


def decide(transaction: Transaction, site_id: int, decided: Decided) -> None:
    """Save a decision, replacing an earlier one on the same finding."""
    transaction.execute(_DECIDE, decided._asdict() | {"site_id": site_id})


def take_back(transaction: Transaction, site_id: int, key: tuple[str, str, str]) -> Decided | None:
    """Delete a decision and return it, or None if there is none."""
    decision = next((one for one in decisions(transaction, site_id) if one.key == key), None)
    names = (ReviewDecision.kind, ReviewDecision.name, ReviewDecision.host)
    same = [column == value for column, value in zip(names, key, strict=True)]
    transaction.execute(delete(ReviewDecision).where(ReviewDecision.site_id == site_id, *same))
    return decision
