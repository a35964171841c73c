"""Queries for the instance's users with all their roles."""

import secrets
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Update, delete, func, insert, or_, select, update

from consent.storage.database.base import Transaction
from consent.storage.log import actors
from consent.storage.log.actors import ActorName
from consent.storage.tables.accounts import BrowserSession, GroupRole, Passkey, SiteRole, User, user_role


class RoleSomewhere(NamedTuple):
    """A user's role on a site, on a group or, if neither is set, on every site."""

    role: str
    site_id: int | None = None
    group: str | None = None


class UserWithRoles(NamedTuple):
    """A user with all roles; `can_sign_in` is False until they choose a password or sign in through the provider."""

    id: int
    email: str
    name: str
    active: bool
    created_at: int
    can_sign_in: bool
    roles: list[RoleSomewhere]


def every(transaction: Transaction) -> list[UserWithRoles]:
    """Return all users, ordered by email address."""
    roles = _roles(transaction)
    return [
        UserWithRoles._make([*row, roles.get(row.id, [])]) for row in transaction.execute(_users().order_by(User.email))
    ]


def by_id(transaction: Transaction, user_id: int) -> UserWithRoles | None:
    """Return the user with that id, or None."""
    row = transaction.execute(_users().where(User.id == user_id)).one_or_none()
    return UserWithRoles._make([*row, _roles(transaction).get(row.id, [])]) if row else None


def _users() -> Any:
    return select(User.id, User.email, User.name, User.active, User.created_at, _can_sign_in())


def _can_sign_in() -> ColumnElement[bool]:
    return or_(User.password.is_not(None), User.oidc_subject.is_not(None))


def _roles(transaction: Transaction) -> dict[int, list[RoleSomewhere]]:
    """Return the roles of all users by user id, those on every site first, then those on groups."""
    by_user: dict[int, list[RoleSomewhere]] = {}
    on_sites = select(SiteRole.user_id, SiteRole.role, SiteRole.site_id).order_by(SiteRole.role, SiteRole.id)
    on_groups = select(GroupRole.user_id, GroupRole.role, GroupRole.name).order_by(GroupRole.name, GroupRole.role)
    rows = [(user_id, RoleSomewhere(role, site_id)) for user_id, role, site_id in transaction.execute(on_sites)]
    rows += [(user_id, RoleSomewhere(role, group=name)) for user_id, role, name in transaction.execute(on_groups)]
    for user_id, role in sorted(rows, key=lambda row: (row[1].site_id is not None, row[1].group is not None)):
        by_user.setdefault(user_id, []).append(role)
    return by_user


def set_language(transaction: Transaction, user_id: int, language: str | None) -> None:
    """Set a user's dashboard language; None follows the browser."""
    transaction.execute(update(User).where(User.id == user_id).values(language=language))


def set_display(transaction: Transaction, user_id: int, theme: str | None, time_zone: str | None) -> None:
    """Set a user's dashboard theme and time zone; None follows the browser."""
    transaction.execute(update(User).where(User.id == user_id).values(theme=theme, time_zone=time_zone))


def language_of(transaction: Transaction, email: str) -> str | None:
    """Return the language chosen by the user with that email address; None if there is no such user or choice."""
    return transaction.execute(select(User.language).where(User.email == email)).scalar()


def names_of(transaction: Transaction, audit_ids: Collection[str]) -> dict[str, str]:
    """Return the name, or else the email address, of each user of `audit_ids` who still exists."""
    query = select(User.audit_id, User.name, User.email).where(User.audit_id.in_(list(audit_ids)))
    return {audit_id: name or email for audit_id, name, email in transaction.execute(query)}


def addresses_of(transaction: Transaction, audit_ids: Collection[str]) -> dict[int, str]:
    """Return the email address of each active user of `audit_ids`, by user id."""
    query = select(User.id, User.email).where(User.audit_id.in_(list(audit_ids)), User.active)
    return dict(transaction.execute(query).tuples().all())


def by_oidc_subject(transaction: Transaction, subject: str) -> User | None:
    """Return the user with that subject at the sign-on provider, or None."""
    return transaction.execute(select(User).where(User.oidc_subject == subject)).scalar_one_or_none()


def by_address(transaction: Transaction, email: str) -> User | None:
    """Return the user with that email address, or None."""
    return transaction.execute(select(User).where(User.email == email)).scalar_one_or_none()


class Credentials(NamedTuple):
    """A user's credentials: ids, name and the hash of the password, None if there is none."""

    id: int
    audit_id: str
    name: str
    active: bool
    password: str | None


def credentials(transaction: Transaction, email: str) -> Credentials | None:
    """Return the credentials of the user with that email address, or None."""
    columns = (User.id, User.audit_id, User.name, User.active, User.password)
    row = transaction.execute(select(*columns).where(User.email == email.strip().lower())).one_or_none()
    return Credentials(*row) if row else None


def by_account(transaction: Transaction, account: str) -> User | None:
    """Return the user whose email address or session marker is `account`, or None."""
    known_as = or_(User.email == account, User.fs_uniquifier == account)
    return transaction.execute(select(User).where(known_as)).scalar_one_or_none()


def spend_time_step(transaction: Transaction, user_id: int, step: int) -> bool:
    """Record that a code of time step `step` was used; return False if one of that step or later was used before."""
    unused = or_(User.totp_counter.is_(None), User.totp_counter < step)
    return _apply(transaction, update(User).where(User.id == user_id, unused).values(totp_counter=step))


def spend_recovery_code(transaction: Transaction, user_id: int, before: list[str], after: list[str]) -> bool:
    """Replace the recovery codes `before` with `after`; return False if another request has changed them."""
    unchanged = User.mf_recovery_codes == before
    return _apply(transaction, update(User).where(User.id == user_id, unchanged).values(mf_recovery_codes=after))


def _apply(transaction: Transaction, change: Update) -> bool:
    return transaction.execute(change.returning(User.id)).first() is not None


def has_users(transaction: Transaction) -> bool:
    """Return whether there are any users."""
    return transaction.execute(select(User.id).limit(1)).first() is not None


def add(transaction: Transaction, row: Mapping[str, object]) -> None:
    """Add a user; `row` maps columns of `User` to values. Raises IntegrityError if the email address is taken."""
    transaction.execute(insert(User).values(dict(row)))


def id_of(transaction: Transaction, email: str) -> int:
    """Return the id of the user with that email address, who must exist."""
    return transaction.execute(select(User.id).where(User.email == email.strip().lower())).scalar_one()


def audit_name(transaction: Transaction, email: str) -> ActorName:
    """Return the opaque id and name by which the log refers to the user with that email address, who must exist."""
    query = select(User.audit_id, User.name, User.email).where(User.email == email.strip().lower())
    row = transaction.execute(query).one()
    return ActorName(row.audit_id, "user", row.name or row.email)


def is_admin_somewhere(transaction: Transaction, user_id: int) -> bool:
    """Return whether the user is an admin of any site, of a group, or of every site."""
    on_sites = select(SiteRole.user_id).where(SiteRole.user_id == user_id, SiteRole.role == "admin")
    on_groups = select(GroupRole.user_id).where(GroupRole.user_id == user_id, GroupRole.role == "admin")
    return transaction.execute(on_sites.union(on_groups)).first() is not None


def set_password(transaction: Transaction, email: str, hashed: str) -> bool:
    """Set a user's password and invalidate their sessions and links; return whether the user exists."""
    changed = {"password": hashed, "fs_uniquifier": secrets.token_hex(32)}
    query = update(User).where(User.email == email.strip().lower()).values(changed).returning(User.id)
    user_id = transaction.execute(query).scalar_one_or_none()
    if user_id is not None:
        transaction.execute(delete(BrowserSession).where(BrowserSession.user_id == user_id))
    return user_id is not None


def rename_passkey(transaction: Transaction, user_id: int, old: str, new: str) -> bool:
    """Rename a user's passkey from `old` to `new`; return whether it exists."""
    same = (Passkey.user_id == user_id, Passkey.name == old)
    return bool(transaction.execute(update(Passkey).where(*same).values(name=new).returning(Passkey.id)).all())


def reset_second_factor(transaction: Transaction, email: str) -> bool:
    """Remove a user's second factor and passkeys; return whether there were any."""
    same = User.email == email.strip().lower()
    passkeys = Passkey.user_id.in_(select(User.id).where(same))
    had_passkey = bool(transaction.execute(delete(Passkey).where(passkeys).returning(Passkey.id)).all())
    cleared = dict.fromkeys(("tf_primary_method", "tf_totp_secret", "mf_recovery_codes", "totp_counter"))
    had_app = transaction.execute(select(User.id).where(same, User.tf_primary_method.is_not(None))).first()
    transaction.execute(update(User).where(same).values(cleared))
    return had_passkey or had_app is not None


def forget(transaction: Transaction, who: str) -> str | None:
    """Delete a user's account, roles and name, and return the opaque id that remains, or None if nobody matched.

    `who` is an email address or an opaque id; an id also matches a stored name whose account is gone.
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
        transaction.execute(delete(Passkey).where(Passkey.user_id == user.id))
        transaction.execute(delete(user_role).where(user_role.c.user_id == user.id))
        transaction.execute(delete(User).where(User.id == user.id))
    return audit_id if user or has_name else None


def active_admins(transaction: Transaction) -> int:
    """Return how many active users are admins of every site."""
    query = (
        select(func.count())
        .select_from(SiteRole)
        .join(User, User.id == SiteRole.user_id)
        .where(SiteRole.role == "admin", SiteRole.site_id.is_(None), User.active.is_(True))
    )
    return transaction.execute(query).scalar_one()
