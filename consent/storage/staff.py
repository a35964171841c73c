"""The people of an instance with all their roles, for those who manage them."""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import delete, func, or_, select

from consent.storage import actors
from consent.storage.actors import Name
from consent.storage.base import Transaction
from consent.storage.models import SiteRole, User
from consent.storage.user_models import user_role


class RoleOnSite(NamedTuple):
    """One role of a person; `site_id` None stands for every site."""

    role: str
    site_id: int | None


class Person(NamedTuple):
    """A person with all roles."""

    id: int
    email: str
    name: str
    active: bool
    created_at: int
    roles: list[RoleOnSite]


def everybody(transaction: Transaction) -> list[Person]:
    """Return all people by mail address."""
    roles: dict[int, list[RoleOnSite]] = {}
    rows = select(SiteRole.user_id, SiteRole.role, SiteRole.site_id).order_by(SiteRole.role, SiteRole.id)
    for user_id, role, site_id in transaction.execute(rows):
        roles.setdefault(user_id, []).append(RoleOnSite(role, site_id))
    people = select(User.id, User.email, User.name, User.active, User.created_at).order_by(User.email)
    return [Person(*row, roles.get(row.id, [])) for row in transaction.execute(people)]


def names_of(transaction: Transaction, audit_ids: Collection[str]) -> dict[str, str]:
    """Return the name, or else the mail address, of each person of `audit_ids` who is still known."""
    query = select(User.audit_id, User.name, User.email).where(User.audit_id.in_(list(audit_ids)))
    return {audit_id: name or email for audit_id, name, email in transaction.execute(query)}


def audit_name(transaction: Transaction, email: str) -> Name:
    """Return under which id and name the log and what lies beside it know the person who is there as `email`."""
    query = select(User.audit_id, User.name, User.email).where(User.email == email.strip().lower())
    row = transaction.execute(query).one()
    return Name(row.audit_id, "person", row.name or row.email)


def forget(transaction: Transaction, who: str) -> str | None:
    """Delete the account, the roles and the name of a person, and return the opaque id that stays; None for a stranger.

    `who` is a mail address or an opaque id; the latter also finds a name whose account is gone.
    """
    same = or_(User.email == who.strip().lower(), User.audit_id == who)
    user = transaction.execute(select(User.id, User.audit_id).where(same)).one_or_none()
    audit_id = user.audit_id if user else who
    has_name = actors.names_of(transaction, [audit_id])
    actors.forget(transaction, audit_id)
    if user:
        transaction.execute(delete(SiteRole).where(SiteRole.user_id == user.id))
        transaction.execute(delete(user_role).where(user_role.c.user_id == user.id))
        transaction.execute(delete(User).where(User.id == user.id))
    return audit_id if user or has_name else None


def active_admins(transaction: Transaction) -> int:
    """Return how many active people are admin on every site."""
    query = (
        select(func.count())
        .select_from(SiteRole)
        .join(User, User.id == SiteRole.user_id)
        .where(SiteRole.role == "admin", SiteRole.site_id.is_(None), User.active.is_(True))
    )
    return transaction.execute(query).scalar_one()
