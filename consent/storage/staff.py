"""The people of an instance with all their roles, for those who manage them."""

import secrets
from collections.abc import Collection
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, delete, func, or_, select, update

from consent.storage import actors
from consent.storage.actors import Name
from consent.storage.base import Transaction
from consent.storage.models import BrowserSession, GroupRole, SiteRole, User
from consent.storage.user_models import user_role


class RoleSomewhere(NamedTuple):
    """One role of a person on a site or a group; with neither on every site."""

    role: str
    site_id: int | None = None
    group: str | None = None


class Person(NamedTuple):
    """A person with all roles; `can_sign_in` is False until they chose a password or came by the provider."""

    id: int
    email: str
    name: str
    active: bool
    created_at: int
    can_sign_in: bool
    roles: list[RoleSomewhere]


def everybody(transaction: Transaction) -> list[Person]:
    """Return all people by mail address."""
    roles = _roles(transaction)
    return [Person._make([*row, roles.get(row.id, [])]) for row in transaction.execute(_people().order_by(User.email))]


def somebody(transaction: Transaction, user_id: int) -> Person | None:
    """Return the person with that id, or None."""
    row = transaction.execute(_people().where(User.id == user_id)).one_or_none()
    return Person._make([*row, _roles(transaction).get(row.id, [])]) if row else None


def _people() -> Any:
    return select(User.id, User.email, User.name, User.active, User.created_at, _can_sign_in())


def _can_sign_in() -> ColumnElement[bool]:
    return or_(User.password.is_not(None), User.oidc_subject.is_not(None))


def _roles(transaction: Transaction) -> dict[int, list[RoleSomewhere]]:
    """Return the roles of everybody, those for every site first, then those on groups."""
    found: dict[int, list[RoleSomewhere]] = {}
    on_sites = select(SiteRole.user_id, SiteRole.role, SiteRole.site_id).order_by(SiteRole.role, SiteRole.id)
    on_groups = select(GroupRole.user_id, GroupRole.role, GroupRole.name).order_by(GroupRole.name, GroupRole.role)
    rows = [(user_id, RoleSomewhere(role, site_id)) for user_id, role, site_id in transaction.execute(on_sites)]
    rows += [(user_id, RoleSomewhere(role, group=name)) for user_id, role, name in transaction.execute(on_groups)]
    for user_id, role in sorted(rows, key=lambda row: (row[1].site_id is not None, row[1].group is not None)):
        found.setdefault(user_id, []).append(role)
    return found


def names_of(transaction: Transaction, audit_ids: Collection[str]) -> dict[str, str]:
    """Return the name, or else the mail address, of each person of `audit_ids` who is still known."""
    query = select(User.audit_id, User.name, User.email).where(User.audit_id.in_(list(audit_ids)))
    return {audit_id: name or email for audit_id, name, email in transaction.execute(query)}


def by_oidc_subject(transaction: Transaction, subject: str) -> User | None:
    """Return the person whom the sign-on provider calls so, or None."""
    return transaction.execute(select(User).where(User.oidc_subject == subject)).scalar_one_or_none()


def by_address(transaction: Transaction, email: str) -> User | None:
    """Return the person who is there by that mail address, or None."""
    return transaction.execute(select(User).where(User.email == email)).scalar_one_or_none()


def id_of(transaction: Transaction, email: str) -> int:
    """Return the number of the person who is there as `email`."""
    return transaction.execute(select(User.id).where(User.email == email.strip().lower())).scalar_one()


def audit_name(transaction: Transaction, email: str) -> Name:
    """Return under which id and name the log and what lies beside it know the person who is there as `email`."""
    query = select(User.audit_id, User.name, User.email).where(User.email == email.strip().lower())
    row = transaction.execute(query).one()
    return Name(row.audit_id, "person", row.name or row.email)


def is_admin_somewhere(transaction: Transaction, user_id: int) -> bool:
    """Tell whether the person is admin on any site, on a group, or on every site."""
    on_sites = select(SiteRole.user_id).where(SiteRole.user_id == user_id, SiteRole.role == "admin")
    on_groups = select(GroupRole.user_id).where(GroupRole.user_id == user_id, GroupRole.role == "admin")
    return transaction.execute(on_sites.union(on_groups)).first() is not None


def set_password(transaction: Transaction, email: str, hashed: str) -> bool:
    """Keep another password of a person and end their sessions and links; tell whether they are here."""
    changed = {"password": hashed, "fs_uniquifier": secrets.token_hex(32)}
    query = update(User).where(User.email == email.strip().lower()).values(changed).returning(User.id)
    user_id = transaction.execute(query).scalar_one_or_none()
    if user_id is not None:
        transaction.execute(delete(BrowserSession).where(BrowserSession.user_id == user_id))
    return user_id is not None


def take_second_factor(transaction: Transaction, email: str) -> bool:
    """Take the second factor off an account; tell whether there was one."""
    mine = (User.email == email.strip().lower(), User.tf_primary_method.is_not(None))
    nothing = dict.fromkeys(("tf_primary_method", "tf_totp_secret", "mf_recovery_codes", "totp_counter"))
    return bool(transaction.execute(update(User).where(*mine).values(nothing).returning(User.id)).all())


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
        transaction.execute(delete(GroupRole).where(GroupRole.user_id == user.id))
        transaction.execute(delete(BrowserSession).where(BrowserSession.user_id == user.id))
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
