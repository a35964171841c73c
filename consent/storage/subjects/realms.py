"""Queries for realms: which sites share accounts, and which shared realms a site used to be in."""

from typing import NamedTuple

from sqlalchemy import delete, insert, select, update

from consent.storage.database.base import Transaction
from consent.storage.tables.sites import Site
from consent.storage.tables.subjects import FormerRealm


class Realms(NamedTuple):
    """The shared realm of a site, None if it has its own; and those it has left, each with the day."""

    present: str | None
    former: tuple[tuple[str, int], ...]


class RealmSite(NamedTuple):
    """A site that shares accounts or used to."""

    id: int
    key: str


def of_site(transaction: Transaction, site_id: int) -> Realms:
    """Return the realms of a site."""
    present = transaction.execute(select(Site.realm).where(Site.id == site_id)).scalar_one_or_none()
    query = select(FormerRealm.realm, FormerRealm.left_on).where(FormerRealm.site_id == site_id)
    former = tuple((realm, day) for realm, day in transaction.execute(query.order_by(FormerRealm.realm)))
    return Realms(present, former)


def put(transaction: Transaction, site_id: int, realm: str | None, today: int) -> bool:
    """Share the site's accounts in `realm`, or with None stop sharing; return whether this is a change."""
    before = transaction.execute(select(Site.realm).where(Site.id == site_id)).scalar_one()
    if before == realm:
        return False
    transaction.execute(update(Site).where(Site.id == site_id).values(realm=realm))
    again = FormerRealm.realm.in_([one for one in (before, realm) if one])
    transaction.execute(delete(FormerRealm).where(FormerRealm.site_id == site_id, again))
    if before is not None:
        transaction.execute(insert(FormerRealm).values(site_id=site_id, realm=before, left_on=today))
    return True


def abandoned(transaction: Transaction) -> dict[str, tuple[int, ...]]:
    """Return the shared realms that all sites have left, with those sites' ids."""
    used = select(Site.realm).where(Site.realm.is_not(None))
    query = select(FormerRealm.realm, FormerRealm.site_id).where(FormerRealm.realm.not_in(used))
    left: dict[str, tuple[int, ...]] = {}
    for realm, site_id in transaction.execute(query.order_by(FormerRealm.realm, FormerRealm.site_id)):
        left[realm] = (*left.get(realm, ()), site_id)
    return left


def sites_in(transaction: Transaction, realm: str) -> list[RealmSite]:
    """Return the sites that share accounts in `realm`, ordered by key."""
    query = select(Site.id, Site.key).where(Site.realm == realm).order_by(Site.key)
    return [RealmSite(*row) for row in transaction.execute(query)]


def sites_ever_in(transaction: Transaction, realm: str) -> list[RealmSite]:
    """Return the sites that share accounts in `realm` or used to: receipts of all of them refer to its accounts."""
    left = select(FormerRealm.site_id).where(FormerRealm.realm == realm)
    query = select(Site.id, Site.key).where((Site.realm == realm) | Site.id.in_(left)).order_by(Site.key)
    return [RealmSite(*row) for row in transaction.execute(query)]
