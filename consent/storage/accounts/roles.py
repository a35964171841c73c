"""Queries for user roles on sites, on site groups, and on all sites."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, insert, or_, select

from consent.storage.database.base import Transaction
from consent.storage.tables.accounts import SITE_ROLES, GroupRole, SiteGroupMember, SiteRole
from consent.storage.tables.sites import Site


def roles_of(transaction: Transaction, user_id: int, site_id: int) -> frozenset[str]:
    """Return the user's roles on the site: those on the site itself, on its groups, and on every site."""
    on_site = or_(SiteRole.site_id == site_id, SiteRole.site_id.is_(None))
    query = select(SiteRole.role).where(SiteRole.user_id == user_id, on_site)
    by_group = _by_group(GroupRole.role).where(GroupRole.user_id == user_id, SiteGroupMember.site_id == site_id)
    return frozenset(transaction.execute(query.union(by_group)).scalars())


def roles_by_site(transaction: Transaction, user_id: int, site_ids: Collection[int]) -> dict[int, frozenset[str]]:
    """Return the user's roles on each of the sites, as `roles_of` does for one, in one query."""
    on_site = or_(SiteRole.site_id.in_(site_ids), SiteRole.site_id.is_(None))
    query = select(SiteRole.site_id, SiteRole.role).where(SiteRole.user_id == user_id, on_site)
    by_group = select(SiteGroupMember.site_id, GroupRole.role).select_from(GroupRole)
    by_group = by_group.join(SiteGroupMember, SiteGroupMember.name == GroupRole.name)
    by_group = by_group.where(GroupRole.user_id == user_id, SiteGroupMember.site_id.in_(site_ids))
    rows = transaction.execute(query.union(by_group)).all()
    return {
        site_id: frozenset(role for place, role in rows if place is None or place == site_id) for site_id in site_ids
    }


def instance_roles_of(transaction: Transaction, user_id: int) -> frozenset[str]:
    """Return the user's roles on every site, including future ones."""
    query = select(SiteRole.role).where(SiteRole.user_id == user_id, SiteRole.site_id.is_(None))
    return frozenset(transaction.execute(query).scalars())


def site_keys_of(transaction: Transaction, user_id: int) -> list[str]:
    """Return the keys of the sites that the user has any role on."""
    on_sites = select(SiteRole.id).where(
        SiteRole.user_id == user_id, or_(SiteRole.site_id == Site.id, SiteRole.site_id.is_(None))
    )
    by_group = _by_group(SiteGroupMember.site_id).where(GroupRole.user_id == user_id)
    query = select(Site.key).where(or_(on_sites.exists(), Site.id.in_(by_group))).order_by(Site.key)
    return list(transaction.execute(query).scalars())


def grant(
    transaction: Transaction, user_id: int, role: str, site_id: int | None = None, group: str | None = None
) -> bool:
    """Grant a role on the site, on the `group` or, if neither is given, on every site; return whether it is new.

    Raises ValueError for an unknown role.
    """
    if role not in SITE_ROLES:
        raise ValueError(f"role must be one of {', '.join(SITE_ROLES)}")
    table: type[SiteRole | GroupRole] = GroupRole if group is not None else SiteRole
    if transaction.execute(select(table.id).where(*_matching(user_id, role, site_id, group))).first() is not None:
        return False
    place = {"name": group} if group is not None else {"site_id": site_id}
    transaction.execute(insert(table).values(user_id=user_id, role=role, **place))
    return True


def revoke(
    transaction: Transaction, user_id: int, role: str, site_id: int | None = None, group: str | None = None
) -> bool:
    """Revoke the role; return whether the user had it."""
    table: type[SiteRole | GroupRole] = GroupRole if group is not None else SiteRole
    deletion = delete(table).where(*_matching(user_id, role, site_id, group)).returning(table.id)
    return bool(transaction.execute(deletion).all())


def _by_group(column: Any) -> Select[Any]:
    return select(column).select_from(GroupRole).join(SiteGroupMember, SiteGroupMember.name == GroupRole.name)


def _matching(user_id: int, role: str, site_id: int | None, group: str | None) -> tuple[ColumnElement[bool], ...]:
    if group is not None:
        return GroupRole.user_id == user_id, GroupRole.role == role, GroupRole.name == group
    same_site = SiteRole.site_id.is_(None) if site_id is None else SiteRole.site_id == site_id
    return SiteRole.user_id == user_id, SiteRole.role == role, same_site
