"""Write audit entries for the current user's changes to the log of the site or the instance."""

from typing import Any

from flask_security import current_user

from consent.dashboard.frame.context import services
from consent.log.audit_author import AuditActor, Author
from consent.log.entry import INSTANCE, Owner
from consent.storage.database.base import db
from consent.storage.log import actors
from consent.storage.log.actors import ActorName
from consent.storage.sites import sites
from consent.storage.tables.accounts import User


def author() -> Author:
    """Return the current user as an author, with the key that signs audit entries."""
    return author_of(current_user)


def author_of(user: User) -> Author:
    """Return any user as an author, such as one who isn't signed in yet."""
    return Author(AuditActor(*user_name(user)), services().keys.receipt)


def audit_as_self(user: User, action: str, before: Any, after: Any) -> None:
    """Write an audit entry for a user's change to their own account, also during sign-in."""
    author_of(user).record(db.session, INSTANCE, action, user.audit_id, before, after, services().now)


def audit(owner: Owner, action: str, subject: str, before: Any, after: Any) -> None:
    """Write an audit entry for this request's change, to be committed with it."""
    author().record(db.session, owner, action, subject, before, after, services().now)


def audit_account(name: ActorName, site_id: int | None, action: str, before: Any, after: Any) -> None:
    """Write an audit entry about a user or token, whose name is stored outside the log."""
    actors.remember(db.session, name)
    audit(_owner_of(site_id), action, name.id, before, after)


def audit_user(user: User, action: str, before: Any, after: Any, site_id: int | None = None) -> None:
    """Write an audit entry about `user`."""
    audit_account(user_name(user), site_id, action, before, after)


def user_name(user: User) -> ActorName:
    """Return a user's id in the log, and the name that is stored outside it."""
    return ActorName(user.audit_id, "user", user.name or user.email)


def _owner_of(site_id: int | None) -> Owner:
    """Return the site as the log's owner, or the instance if there is no site."""
    return (sites.by_id(db.session, site_id) if site_id else None) or INSTANCE
