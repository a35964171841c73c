"""What the person of this request changes, told in the log of the site or of the instance."""

from typing import Any

from flask_security import current_user

from consent.dashboard.services import services
from consent.proof.audit import Author, Who
from consent.proof.entry import INSTANCE, Owner
from consent.storage import actors, sites
from consent.storage.actors import Name
from consent.storage.models import User, db


def author() -> Author:
    """Return the person of this request, with the key that signs what is told of them."""
    return author_of(current_user)


def author_of(user: User) -> Author:
    """Return a person as the author of changes, such as one who is not signed in yet."""
    return Author(Who(*person_name(user)), services().keys.receipt)


def tell_as_self(user: User, action: str, before: Any, after: Any) -> None:
    """Write an audit entry of what a person does to themselves while they sign in."""
    author_of(user).tell(db.session, INSTANCE, action, user.audit_id, before, after, services().now)


def tell(owner: Owner, action: str, subject: str, before: Any, after: Any) -> None:
    """Write an audit entry of this request's change; the commit of the change keeps both."""
    author().tell(db.session, owner, action, subject, before, after, services().now)


def tell_of(name: Name, site_id: int | None, action: str, before: Any, after: Any) -> None:
    """Write an audit entry about a person or a token; the name is kept beside the log."""
    actors.remember(db.session, name)
    tell(_owner_of(site_id), action, name.id, before, after)


def tell_of_person(user: User, action: str, before: Any, after: Any, site_id: int | None = None) -> None:
    """Write an audit entry about the person `user`."""
    tell_of(person_name(user), site_id, action, before, after)


def person_name(user: User) -> Name:
    """Return under which id and name the log and what lies beside it know a person."""
    return Name(user.audit_id, "person", user.name or user.email)


def _owner_of(site_id: int | None) -> Owner:
    """Return whose log tells of what concerns the site, or of what concerns every site without one."""
    return (sites.by_id(db.session, site_id) if site_id else None) or INSTANCE
