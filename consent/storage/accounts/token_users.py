"""Where the users who are responsible for API tokens are still admins."""

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from sqlalchemy import select

from consent.storage.accounts.users import RoleSomewhere
from consent.storage.database.base import Transaction
from consent.storage.tables.accounts import GroupRole, SiteGroupMember, SiteRole, User

ADMIN = "admin"
"""The role that creates tokens, and that may do everything that a token may."""


class AdminSites(NamedTuple):
    """The sites on which a user is admin: all if `everywhere`, including future ones, else `site_ids`."""

    everywhere: bool = False
    site_ids: frozenset[int] = frozenset()

    def includes(self, site_id: int | None) -> bool:
        """Return whether the user is admin of the site; a `site_id` of None means the whole instance."""
        return self.everywhere or site_id in self.site_ids

    def includes_any(self, site_ids: frozenset[int] | None) -> bool:
        """Return whether the user is admin of any of `site_ids`; None means of any site at all."""
        return self.everywhere or bool(self.site_ids if site_ids is None else self.site_ids & site_ids)

    def includes_all(self, site_ids: frozenset[int] | None) -> bool:
        """Return whether the user is admin of all of `site_ids`; None means of every site."""
        return self.everywhere or (site_ids is not None and site_ids <= self.site_ids)

    def loses(self, after: "AdminSites", site_ids: frozenset[int] | None) -> bool:
        """Return whether the user is admin of one of `site_ids`, or of any site at all if that is None, but not `after`."""
        if site_ids is not None:
            return any(self.includes(one) and not after.includes(one) for one in site_ids)
        return not after.everywhere and (self.everywhere or not self.site_ids <= after.site_ids)


def admin_sites(transaction: Transaction, audit_ids: Collection[str]) -> dict[str, AdminSites]:
    """Return where the users with these opaque ids are admins; one who is erased or deactivated is admin nowhere."""
    wanted = (User.audit_id.in_(list(audit_ids)), User.active)
    on_sites = select(User.audit_id, SiteRole.site_id).join(SiteRole, SiteRole.user_id == User.id)
    on_groups = (
        select(User.audit_id, SiteGroupMember.site_id)
        .join(GroupRole, GroupRole.user_id == User.id)
        .join(SiteGroupMember, SiteGroupMember.name == GroupRole.name)
    )
    sites_by_user: dict[str, list[int | None]] = {audit_id: [] for audit_id in audit_ids}
    for query in (on_sites.where(*wanted, SiteRole.role == ADMIN), on_groups.where(*wanted, GroupRole.role == ADMIN)):
        for audit_id, site_id in transaction.execute(query):
            sites_by_user[audit_id].append(site_id)
    return {audit_id: _joined(site_ids) for audit_id, site_ids in sites_by_user.items()}


def admin_sites_of(roles: Iterable[RoleSomewhere], groups: Mapping[str, Collection[int]]) -> AdminSites:
    """Return where a user with these roles is admin; `groups` are the ids of each group's sites by its name."""
    site_ids: list[int | None] = []
    for one in roles:
        if one.role == ADMIN:
            site_ids += [one.site_id] if one.group is None else groups.get(one.group, ())
    return _joined(site_ids)


def _joined(site_ids: Iterable[int | None]) -> AdminSites:
    distinct = set(site_ids)
    return AdminSites(None in distinct, frozenset(one for one in distinct if one is not None))
