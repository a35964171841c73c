"""Queries of site groups: a role on a group applies to all of its sites."""

import re
from collections.abc import Collection

from sqlalchemy import delete, insert, select

from consent.storage.database.base import Transaction
from consent.storage.tables.accounts import GroupRole, SiteGroupMember

FORM = re.compile(r"[^\s:,](?:[^:,\x00-\x1f\x7f]{0,78}[^\s:,])?")
"""At most 80 characters, without `:` and `,`, which stand between names elsewhere."""


def every(transaction: Transaction) -> dict[str, list[int]]:
    """Return the ids of the sites in each group, by name; a group without sites lives on in the roles that name it."""
    groups: dict[str, list[int]] = {}
    rows = select(SiteGroupMember.name, SiteGroupMember.site_id).order_by(SiteGroupMember.name, SiteGroupMember.site_id)
    for name, site_id in transaction.execute(rows):
        groups.setdefault(name, []).append(site_id)
    for name in transaction.execute(select(GroupRole.name).distinct()).scalars():
        groups.setdefault(name, [])
    return dict(sorted(groups.items()))


def put(transaction: Transaction, name: str, site_ids: Collection[int]) -> None:
    """Set the sites of a group."""
    transaction.execute(delete(SiteGroupMember).where(SiteGroupMember.name == name))
    if site_ids:
        transaction.execute(
            insert(SiteGroupMember), [{"name": name, "site_id": site_id} for site_id in sorted(site_ids)]
        )


def remove(transaction: Transaction, name: str) -> None:
    """Delete the group with all roles on it."""
    transaction.execute(delete(SiteGroupMember).where(SiteGroupMember.name == name))
    transaction.execute(delete(GroupRole).where(GroupRole.name == name))
