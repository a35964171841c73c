"""Groups of sites: a group is a name, and a role on it counts on all sites that bear it."""

import re
from collections.abc import Collection

from sqlalchemy import delete, insert, select

from consent.storage.base import Transaction
from consent.storage.models import GroupRole, SiteInGroup

FORM = re.compile(r"[^\s:,](?:[^:,\x00-\x1f\x7f]{0,78}[^\s:,])?")
"""At most 80 characters, without `:` and `,`, which stand between names elsewhere."""


def every(transaction: Transaction) -> dict[str, list[int]]:
    """Return the ids of the sites in each group, by name; a group without sites lives on in the roles that name it."""
    found: dict[str, list[int]] = {}
    rows = select(SiteInGroup.name, SiteInGroup.site_id).order_by(SiteInGroup.name, SiteInGroup.site_id)
    for name, site_id in transaction.execute(rows):
        found.setdefault(name, []).append(site_id)
    for name in transaction.execute(select(GroupRole.name).distinct()).scalars():
        found.setdefault(name, [])
    return dict(sorted(found.items()))


def put(transaction: Transaction, name: str, site_ids: Collection[int]) -> None:
    """Have the group consist of these sites."""
    transaction.execute(delete(SiteInGroup).where(SiteInGroup.name == name))
    if site_ids:
        transaction.execute(insert(SiteInGroup), [{"name": name, "site_id": site_id} for site_id in sorted(site_ids)])


def remove(transaction: Transaction, name: str) -> None:
    """Take the group away with all roles on it."""
    transaction.execute(delete(SiteInGroup).where(SiteInGroup.name == name))
    transaction.execute(delete(GroupRole).where(GroupRole.name == name))
