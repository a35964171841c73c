"""Who may do what: the roles of people on sites."""

from typing import NamedTuple

from sqlalchemy import ColumnElement, delete, insert, or_, select

from consent.storage.base import Transaction
from consent.storage.models import SITE_ROLES, Site, SiteRole, User


class Member(NamedTuple):
    """A person with one role, on one site or, where `site_id` is None, on every one."""

    user_id: int
    email: str
    name: str
    role: str
    site_id: int | None


def roles_of(transaction: Transaction, user_id: int, site_id: int) -> frozenset[str]:
    """Return the roles that the person has on the site, those for every site among them."""
    on_site = or_(SiteRole.site_id == site_id, SiteRole.site_id.is_(None))
    query = select(SiteRole.role).where(SiteRole.user_id == user_id, on_site)
    return frozenset(transaction.execute(query).scalars())


def instance_roles_of(transaction: Transaction, user_id: int) -> frozenset[str]:
    """Return the roles that the person has on every site, also on those to come."""
    query = select(SiteRole.role).where(SiteRole.user_id == user_id, SiteRole.site_id.is_(None))
    return frozenset(transaction.execute(query).scalars())


def site_keys_of(transaction: Transaction, user_id: int) -> list[str]:
    """Return the keys of the sites that the person may see at all."""
    mine = select(SiteRole.id).where(
        SiteRole.user_id == user_id, or_(SiteRole.site_id == Site.id, SiteRole.site_id.is_(None))
    )
    return list(transaction.execute(select(Site.key).where(mine.exists()).order_by(Site.key)).scalars())


def members(transaction: Transaction, site_id: int) -> list[Member]:
    """Return who may work on the site, by mail address."""
    query = (
        select(User.id, User.email, User.name, SiteRole.role, SiteRole.site_id)
        .join(SiteRole, SiteRole.user_id == User.id)
        .where(or_(SiteRole.site_id == site_id, SiteRole.site_id.is_(None)))
        .order_by(User.email, SiteRole.role)
    )
    return [Member(*row) for row in transaction.execute(query)]


def grant(transaction: Transaction, user_id: int, role: str, site_id: int | None = None) -> None:
    """Give the person a role on the site, or on every one without `site_id`; nothing happens if it is there.

    Raises ValueError for a role that does not exist.
    """
    if role not in SITE_ROLES:
        raise ValueError(f"role must be one of {', '.join(SITE_ROLES)}")
    if transaction.execute(select(SiteRole.id).where(*_same(user_id, role, site_id))).first() is None:
        transaction.execute(insert(SiteRole).values(user_id=user_id, role=role, site_id=site_id))


def revoke(transaction: Transaction, user_id: int, role: str, site_id: int | None = None) -> None:
    """Take the role away again."""
    transaction.execute(delete(SiteRole).where(*_same(user_id, role, site_id)))


def _same(
    user_id: int, role: str, site_id: int | None
) -> tuple[ColumnElement[bool], ColumnElement[bool], ColumnElement[bool]]:
    same_site = SiteRole.site_id.is_(None) if site_id is None else SiteRole.site_id == site_id
    return SiteRole.user_id == user_id, SiteRole.role == role, same_site
