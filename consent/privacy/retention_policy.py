"""Retention policy of a site: period in months and automatic deletion, with an audit entry."""

from typing import NamedTuple

from consent.log.audit_author import Author
from consent.log.entry import Owner
from consent.storage.database.base import Transaction
from consent.storage.privacy import retention


class RetentionPolicy(NamedTuple):
    """How many months receipts are kept after expiry or withdrawal, and whether they are then erased automatically.

    `account_months` is how many months after it was last seen an account is deleted, None for never.
    """

    months: int
    prunes_itself: bool
    account_months: int | None = None


def retention_of(transaction: Transaction, site_id: int) -> RetentionPolicy:
    """Return the site's retention policy."""
    return RetentionPolicy(
        retention.months_of(transaction, site_id),
        retention.prunes_automatically(transaction, site_id),
        retention.account_months_of(transaction, site_id),
    )


def set_retention(transaction: Transaction, author: Author, site: Owner, wanted: RetentionPolicy, now: int) -> None:
    """Set the site's retention policy. Raises ValueError for a period that is too short or over 600 months."""
    before = retention_of(transaction, site.id)
    retention.set_months(transaction, site.id, wanted.months)
    retention.set_prunes_automatically(transaction, site.id, wanted.prunes_itself)
    retention.set_account_months(transaction, site.id, wanted.account_months)
    author.record(transaction, site, "retention.changed", site.key, before._asdict(), wanted._asdict(), now)
