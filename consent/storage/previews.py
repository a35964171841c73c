"""How often all links to previews of a site's draft were ended: each link names the number of its time."""

from sqlalchemy import select, update

from consent.storage.base import Transaction
from consent.storage.models import Site


def ended(transaction: Transaction, site_id: int) -> int:
    """Return how often the links of the site were ended."""
    return transaction.execute(select(Site.previews_ended).where(Site.id == site_id)).scalar_one()


def end(transaction: Transaction, site_id: int) -> None:
    """End all links of the site."""
    transaction.execute(update(Site).where(Site.id == site_id).values(previews_ended=Site.previews_ended + 1))
