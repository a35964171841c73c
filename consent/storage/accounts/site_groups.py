"""Queries for site groups: a role on a group applies to all its sites, which may also share settings and accounts."""

import re
from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import delete, insert, select, update

from consent.core.translatable import translatable
from consent.storage.database.base import Transaction
from consent.storage.tables.accounts import GroupRole, SiteGroup, SiteGroupMember

FORM = re.compile(r"(?!\.{1,2}$)[^\s:,/\\](?:[^:,/\\\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]{0,78}[^\s:,/\\])?")
"""At most 80 characters, without `:` and `,`, which separate names elsewhere.

A name is part of URLs, so it has no slashes, which browsers and proxies merge, isn't `.` or `..`, which lead elsewhere,
and has no invisible characters. `?`, `#` and `%` are escaped there.
"""
NAME_RULE = translatable(
    "A group needs a name of up to 80 characters, without colons, commas, slashes and control characters."
)


class StaleGroupError(Exception):
    """Someone else has saved the group's shared settings since they were read."""


class Shared(NamedTuple):
    """What a group's sites share: settings as JSON text, the revision a save must state, and the accounts' realm."""

    settings: str = "{}"
    revision: int = 0
    realm: str | None = None


def shared(transaction: Transaction, name: str) -> Shared:
    """Return what the group's sites share."""
    query = select(SiteGroup.settings, SiteGroup.revision, SiteGroup.realm).where(SiteGroup.name == name)
    row = transaction.execute(query).one_or_none()
    return Shared(*row) if row else Shared()


def lock(transaction: Transaction, name: str) -> None:
    """Lock what the group's sites share against other changes until the end of the transaction."""
    # SQLite has no FOR UPDATE.
    transaction.execute(update(SiteGroup).where(SiteGroup.name == name).values(revision=SiteGroup.revision))


def save_shared(transaction: Transaction, name: str, settings: str, revision: int) -> int:
    """Save the group's settings, which were read at `revision`, and return the new revision. Raises StaleGroupError."""
    _ensure(transaction, name)
    unchanged = (SiteGroup.name == name, SiteGroup.revision == revision)
    changed = update(SiteGroup).where(*unchanged).values(settings=settings, revision=revision + 1)
    if not transaction.execute(changed.returning(SiteGroup.name)).all():
        raise StaleGroupError
    return revision + 1


def set_realm(transaction: Transaction, name: str, realm: str | None) -> None:
    """Set the realm in which the group's sites share accounts, or None to stop sharing.

    Raises sqlalchemy's IntegrityError if another group has the realm.
    """
    _ensure(transaction, name)
    transaction.execute(update(SiteGroup).where(SiteGroup.name == name).values(realm=realm))


def of_realm(transaction: Transaction, realm: str) -> str | None:
    """Return the name of the group that has the realm, or None."""
    return transaction.execute(select(SiteGroup.name).where(SiteGroup.realm == realm)).scalar_one_or_none()


def realms_of(transaction: Transaction, site_id: int) -> list[str]:
    """Return the realms in which the site may share accounts through its groups."""
    query = (
        select(SiteGroup.realm)
        .join(SiteGroupMember, SiteGroupMember.name == SiteGroup.name)
        .where(SiteGroupMember.site_id == site_id, SiteGroup.realm.is_not(None))
        .order_by(SiteGroup.realm)
    )
    return [str(realm) for realm in transaction.execute(query).scalars()]


def _ensure(transaction: Transaction, name: str) -> None:
    if transaction.execute(select(SiteGroup.name).where(SiteGroup.name == name)).first() is None:
        transaction.execute(insert(SiteGroup).values(name=name, settings="{}", revision=0))


def every(transaction: Transaction) -> dict[str, list[int]]:
    """Return the ids of the sites in each group, by name, including empty groups that have roles or settings."""
    groups: dict[str, list[int]] = {}
    rows = select(SiteGroupMember.name, SiteGroupMember.site_id).order_by(SiteGroupMember.name, SiteGroupMember.site_id)
    for name, site_id in transaction.execute(rows):
        groups.setdefault(name, []).append(site_id)
    for column in (GroupRole.name, SiteGroup.name):
        for name in transaction.execute(select(column).distinct()).scalars():
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
    """Delete the group and all roles on it."""
    transaction.execute(delete(SiteGroupMember).where(SiteGroupMember.name == name))
    transaction.execute(delete(SiteGroup).where(SiteGroup.name == name))
    transaction.execute(delete(GroupRole).where(GroupRole.name == name))
