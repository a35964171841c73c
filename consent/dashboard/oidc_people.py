"""Who somebody is whom the provider signs in: by its own name for them, at first by a mail address that it has verified."""

import secrets
from typing import Any

from consent.dashboard.mail_addresses import normal_address
from consent.dashboard.services import services
from consent.dashboard.telling import tell_as_self
from consent.proof.audit import Author, Who
from consent.proof.entry import INSTANCE
from consent.sign_on import Grant, Provider
from consent.storage import people, site_groups, sites, staff
from consent.storage.models import User, db
from consent.storage.staff import RoleSomewhere

PROVIDER = Who("sign-on provider", "program")


class NotLetIn(Exception):
    """Somebody whom the provider knows and who may not come in; the message is a sentence for them."""


def person_of(claims: dict[str, Any]) -> User:
    """Return the person whom `claims` are about, added where the operator wants that. Raises NotLetIn."""
    subject = f"{claims['iss']} {claims['sub']}"
    user = staff.by_oidc_subject(db.session, subject) or _by_address(claims, subject)
    if not user.active:
        raise NotLetIn("Your account is switched off. An admin of this service can help.")
    return user


def take_roles(user: User, claims: dict[str, Any]) -> None:
    """Give and take roles so that the person has those of the claim, where the operator maps one; the caller commits.

    The last admin of every site keeps that role. A site or group that is not there gives nothing.
    """
    provider = _provider()
    if not provider.role_claim:
        return
    said = claims.get(provider.role_claim, [])
    values = {str(value) for value in (said if isinstance(said, list) else [said])}
    person = staff.somebody(db.session, user.id)
    has = set(person.roles if person else [])
    wanted = {role for grant in provider.grants if grant.value in values and (role := _role(grant)) is not None}
    for role in sorted(wanted - has, key=str):
        people.grant(db.session, user.id, *role)
        _tell("role.granted", user, role, is_new=True)
    for role in sorted(has - wanted, key=str):
        people.revoke(db.session, user.id, *role)
        if staff.active_admins(db.session) == 0:
            people.grant(db.session, user.id, *role)
            continue
        _tell("role.revoked", user, role, is_new=False)


def _by_address(claims: dict[str, Any], subject: str) -> User:
    """Return who is here by the address that the provider has verified, and remember its own name for them."""
    if claims.get("email_verified") is not True:
        raise NotLetIn("The provider has not verified your mail address, so it is not known who you are here.")
    try:
        address = normal_address(str(claims.get("email", "")))
    except ValueError:
        raise NotLetIn("The provider does not tell your mail address.") from None
    user = staff.by_address(db.session, address) or _added(address, claims)
    if user.oidc_subject is not None:
        raise NotLetIn(
            "This mail address belongs to another account of the provider. An admin of this service can help."
        )
    user.oidc_subject = subject
    db.session.flush()
    tell_as_self(user, "person.linked", None, None)
    return user


def _added(address: str, claims: dict[str, Any]) -> User:
    if address.rpartition("@")[2] not in _provider().create:
        raise NotLetIn("You have no account here. An admin of this service can invite you.")
    name = str(claims.get("name", ""))[:255]
    user = User(email=address, name=name, active=True, created_at=services().now)
    user.audit_id, user.fs_uniquifier = secrets.token_hex(16), secrets.token_hex(32)
    db.session.add(user)
    db.session.flush()
    tell_as_self(user, "person.added", None, None)
    return user


def _role(grant: Grant) -> RoleSomewhere | None:
    if grant.group is not None:
        return RoleSomewhere(grant.role, group=grant.group) if grant.group in site_groups.every(db.session) else None
    if grant.site is None:
        return RoleSomewhere(grant.role)
    site = sites.by_key(db.session, grant.site)
    return RoleSomewhere(grant.role, site.id) if site else None


def _tell(action: str, user: User, role: RoleSomewhere, *, is_new: bool) -> None:
    owner = (sites.by_id(db.session, role.site_id) if role.site_id else None) or INSTANCE
    told = {"role": role.role} | ({"group": role.group} if role.group else {})
    by = Author(PROVIDER, services().keys.receipt)
    before, after = (None, told) if is_new else (told, None)
    by.tell(db.session, owner, action, user.audit_id, before, after, services().now)


def _provider() -> Provider:
    provider = services().provider
    if provider is None:
        raise RuntimeError("no provider is set")
    return provider
