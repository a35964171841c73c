"""Write audit entries for the current user's changes, in the log of the site or of the instance."""

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
    """Return the user of this request, with the key that signs their audit entries."""
    return author_of(current_user)


def author_of(user: User) -> Author:
    """Return a user as the author of changes, such as one who is not signed in yet."""
    return Author(AuditActor(*user_name(user)), services().keys.receipt)


def audit_as_self(user: User, action: str, before: Any, after: Any) -> None:
    """Write an audit entry of what a user changes in their own account while they sign in."""
    author_of(user).record(db.session, INSTANCE, action, user.audit_id, before, after, services().now)


def audit(owner: Owner, action: str, subject: str, before: Any, after: Any) -> None:
    """Write an audit entry of this request's change; the commit of the change keeps both."""
    author().record(db.session, owner, action, subject, before, after, services().now)


def audit_account(name: ActorName, site_id: int | None, action: str, before: Any, after: Any) -> None:
    """Write an audit entry about a user or a token; the name is stored beside the log."""
    actors.remember(db.session, name)
    audit(_owner_of(site_id), action, name.id, before, after)


def audit_user(user: User, action: str, before: Any, after: Any, site_id: int | None = None) -> None:
    """Write an audit entry about the user `user`."""
    audit_account(user_name(user), site_id, action, before, after)


def user_name(user: User) -> ActorName:
    """Return the id and name under which the log and the names beside it know a user."""
    return ActorName(user.audit_id, "user", user.name or user.email)


def _owner_of(site_id: int | None) -> Owner:
    """Return the owner of the log for the site, or the instance without one."""
    return (sites.by_id(db.session, site_id) if site_id else None) or INSTANCE
