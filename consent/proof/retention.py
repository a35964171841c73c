"""How long a site keeps receipts, and whether it erases them by itself: set together and told in the log."""

from typing import NamedTuple

from consent.proof.audit import Author
from consent.proof.entry import Owner
from consent.storage import retention
from consent.storage.base import Transaction


class Keeping(NamedTuple):
    """For how many months after expiry or withdrawal receipts are kept, and whether the service then erases them."""

    months: int
    prunes_itself: bool


def keeping_of(transaction: Transaction, site_id: int) -> Keeping:
    """Return what the site has set."""
    return Keeping(retention.months_of(transaction, site_id), retention.prunes_itself(transaction, site_id))


def set_keeping(transaction: Transaction, author: Author, site: Owner, wanted: Keeping, now: int) -> None:
    """Have the site keep receipts as `wanted`. Raises ValueError for less than 1 or more than 600 months."""
    before = keeping_of(transaction, site.id)
    retention.set_months(transaction, site.id, wanted.months)
    retention.set_prunes_itself(transaction, site.id, wanted.prunes_itself)
    author.tell(transaction, site, "retention.set", site.key, before._asdict(), wanted._asdict(), now)
