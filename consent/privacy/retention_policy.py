"""Retention policy of a site: period in months and automatic deletion, with an audit entry."""

from typing import NamedTuple

from consent.log.audit_author import Author
from consent.log.entry import Owner
from consent.storage.database.base import Transaction
from consent.storage.privacy import retention


class RetentionPolicy(NamedTuple):
    """For how many months after expiry or withdrawal receipts are kept, and whether the service then erases them.

    `account_months` is after how many months without a sight of it an account is forgotten, None for never.
    """

    months: int
    prunes_itself: bool
    account_months: int | None = None


def retention_of(transaction: Transaction, site_id: int) -> RetentionPolicy:
    """Return what the site has set."""
    return RetentionPolicy(
        retention.months_of(transaction, site_id),
        retention.prunes_automatically(transaction, site_id),
        retention.account_months_of(transaction, site_id),
    )


def set_retention(transaction: Transaction, author: Author, site: Owner, wanted: RetentionPolicy, now: int) -> None:
    """Set the retention of a site to `wanted`. Raises ValueError for too few or more than 600 months."""
    before = retention_of(transaction, site.id)
    retention.set_months(transaction, site.id, wanted.months)
    retention.set_prunes_automatically(transaction, site.id, wanted.prunes_itself)
    retention.set_account_months(transaction, site.id, wanted.account_months)
    author.record(transaction, site, "retention.changed", site.key, before._asdict(), wanted._asdict(), now)
